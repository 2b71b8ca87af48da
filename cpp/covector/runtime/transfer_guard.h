#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>

#include "covector/core/aval.h"

// Guards against copies between host and devices that a program did not ask for.
namespace covector::runtime {

enum class Transfer : uint8_t { kHostToDevice, kDeviceToDevice, kDeviceToHost };
inline constexpr int kTransferKinds = 3;

// What becomes of a transfer. The explicit levels also concern those that were asked for.
enum class GuardLevel : uint8_t { kAllow, kLog, kDisallow, kLogExplicit, kDisallowExplicit };

// For all threads, and for this one, whose own level hides that of all. None is kAllow.
void set_transfer_guard(Transfer, std::optional<GuardLevel>);
void set_thread_transfer_guard(Transfer, std::optional<GuardLevel>);

// Who writes what is logged; front ends install one. Without it nothing is written.
using TransferLog = void (*)(std::string_view text);
void set_transfer_log(TransferLog);

// A scope of this thread in which transfers are asked for, as by `device_put`.
class ExplicitTransfers {
 public:
  ExplicitTransfers();
  ~ExplicitTransfers();
  ExplicitTransfers(const ExplicitTransfers&) = delete;
  ExplicitTransfers& operator=(const ExplicitTransfers&) = delete;
};

namespace detail {
// How many levels were ever set; while none is, a guard costs one load.
extern std::atomic<uint32_t> guards_set;
void guard(Transfer, const Aval&);
void guard_import(const Aval&);
}  // namespace detail

// Called before a transfer of an array of this type. Throws DeviceError if it is disallowed.
inline void guard_transfer(Transfer t, const Aval& a) {
  if (detail::guards_set.load(std::memory_order_relaxed)) [[unlikely]]
    detail::guard(t, a);
}

// As a front end makes an array of its own data, which it may copy to a device only later: a
// transfer from the host if operations run at once. What is staged becomes part of a program.
inline void guard_import(const Aval& a) {
  if (detail::guards_set.load(std::memory_order_relaxed)) [[unlikely]]
    detail::guard_import(a);
}

}  // namespace covector::runtime

#include "covector/runtime/transfer_guard.h"

#include <array>

#include "covector/base/error.h"
#include "covector/core/trace.h"

namespace covector::runtime {

namespace detail {
std::atomic<uint32_t> guards_set{0};
}

namespace {

constexpr int kUnset = -1;
constexpr int kInvalidArgument = 3;  // PJRT's code

std::array<std::atomic<int>, kTransferKinds> global_levels{kUnset, kUnset, kUnset};
thread_local std::array<int, kTransferKinds> thread_levels{kUnset, kUnset, kUnset};
thread_local int explicit_scopes = 0;
std::atomic<TransferLog> log_hook{nullptr};

int code(std::optional<GuardLevel> level) { return level ? static_cast<int>(*level) : kUnset; }

void count(std::optional<GuardLevel> level) {
  if (level) detail::guards_set.fetch_add(1, std::memory_order_relaxed);
}

GuardLevel level_of(Transfer t) {
  auto i = static_cast<size_t>(t);
  int level = thread_levels[i];
  if (level == kUnset) level = global_levels[i].load(std::memory_order_relaxed);
  return level == kUnset ? GuardLevel::kAllow : static_cast<GuardLevel>(level);
}

const char* name_of(Transfer t) {
  constexpr const char* kNames[] = {"host-to-device", "device-to-device", "device-to-host"};
  return kNames[static_cast<size_t>(t)];
}

}  // namespace

void set_transfer_guard(Transfer t, std::optional<GuardLevel> level) {
  global_levels[static_cast<size_t>(t)].store(code(level), std::memory_order_relaxed);
  count(level);
}

void set_thread_transfer_guard(Transfer t, std::optional<GuardLevel> level) {
  thread_levels[static_cast<size_t>(t)] = code(level);
  count(level);
}

void set_transfer_log(TransferLog f) { log_hook.store(f, std::memory_order_relaxed); }

ExplicitTransfers::ExplicitTransfers() { ++explicit_scopes; }
ExplicitTransfers::~ExplicitTransfers() { --explicit_scopes; }

void detail::guard(Transfer t, const Aval& a) {
  GuardLevel level = level_of(t);
  bool asked_for = explicit_scopes > 0;
  if (level == GuardLevel::kDisallowExplicit || (level == GuardLevel::kDisallow && !asked_for))
    throw DeviceError(
        str("INVALID_ARGUMENT: Disallowed ", name_of(t), " transfer: aval=", a,
            asked_for ? ""
                      : ". Ask for it (covector.device_put, covector.device_get) or allow it with "
                        "covector.transfer_guard('allow')."),
        kInvalidArgument);
  if (level == GuardLevel::kLogExplicit || (level == GuardLevel::kLog && !asked_for))
    if (TransferLog log = log_hook.load(std::memory_order_relaxed))
      log(str(name_of(t), " transfer: aval=", a));
}

void detail::guard_import(const Aval& a) {
  if (is_eager()) guard(Transfer::kHostToDevice, a);
}

}  // namespace covector::runtime

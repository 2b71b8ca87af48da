#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "covector/base/ref.h"
#include "covector/pjrt/buffer.h"
#include "covector/pjrt/element_type.h"

namespace covector::pjrt {

// Host memory to be read. Without strides it is dense, the last dimension
// fastest; with them `data` is the element at index zero and strides may be
// negative or zero. Sub-byte elements take the low bits of a byte each; the
// others are ignored, and are zero in what comes back.
struct HostArray {
  const void* data = nullptr;
  ElementType type = ElementType::kInvalid;
  std::span<const int64_t> dims;
  std::span<const int64_t> byte_strides = {};
};

// How long the runtime may look at the host memory; PJRT_HostBufferSemantics by
// number. Zero copy is a wish: it is granted on a CPU if `can_alias`.
enum class HostSemantics : int {
  kOnlyDuringCall = 0,
  kUntilTransferCompletes = 1,
  kImmutableZeroCopy = 2,
  kMutableZeroCopy = 3,  // a program that the buffer is donated to writes into it
};

// What a CPU plugin demands of memory that it is to use in place.
inline constexpr uintptr_t kHostAlignment = 64;
bool can_alias(const HostArray& array);

// `done` is called once, on any thread, when the host memory is no longer
// needed: before the return, after the transfer, or when the buffer has died,
// as the semantics have it. It must not throw. If this call throws, `done` is
// destroyed uncalled.
Ref<Buffer> to_device(const HostArray& array, const Device& device, const Memory* memory = nullptr,
                      HostSemantics semantics = HostSemantics::kOnlyDuringCall,
                      std::function<void()> done = {});

// A buffer in memory of somebody else on `device`, dense and row-major (DLPack);
// a CPU pointer must be aligned to kHostAlignment. `done` as in to_device.
// Donating the buffer to a program lets the program write into that memory.
Ref<Buffer> view_of_device_memory(void* data, ElementType type, std::span<const int64_t> dims,
                                  const Device& device, std::function<void()> done = {});

}  // namespace covector::pjrt

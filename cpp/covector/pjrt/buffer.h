#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "covector/base/ref.h"
#include "covector/base/small_vector.h"
#include "covector/pjrt/c_types.h"
#include "covector/pjrt/element_type.h"
#include "covector/pjrt/event.h"

namespace covector::pjrt {

class Client;
class Device;
class Memory;

// An array on a device: the owner of a PJRT_Buffer. Its contents may still be
// computed; whoever reads them waits first. All members are thread safe.
class Buffer final : public RefCounted {
 public:
  // Takes ownership of `raw`, which must not be null.
  Buffer(const Client& client, PJRT_Buffer* raw);

  const Client& client() const noexcept { return *client_; }
  PJRT_Buffer* raw() const noexcept { return raw_; }
  ElementType element_type() const;
  // Lives as long as the buffer.
  std::span<const int64_t> dims() const;
  const Device& device() const;
  const Memory& memory() const;
  // Of the storage, with packing and padding.
  size_t on_device_size() const;
  // Whether the elements lie densely, the last dimension fastest.
  bool is_row_major() const;

  // Once a buffer was seen ready these cost an atomic load.
  bool is_ready() const;
  void await() const;
  Event ready_event() const;

  // True after `delete_memory` and after donation to a program.
  bool is_deleted() const;
  // Frees the device memory now, or as soon as what is in flight is done with
  // it. The buffer can't be read afterwards.
  void delete_memory() const;

  // Where the elements are, on the device that they are on. Neither waits nor
  // keeps anything alive.
  void* unsafe_pointer() const;
  // The contents in place, after waiting. Only of CPU buffers that are row-major
  // and not sub-byte; null for others. Valid while the buffer lives undeleted.
  const void* host_data() const;
  // Waits, then copies to dense row-major host memory, a byte per element at
  // least (see host_size). `dst` may be larger than needed.
  void to_host(std::span<std::byte> dst) const;
  // The same, but the copy of an accelerator's buffer is only started: `dst` must
  // stay until the event is ready. Transfers of several buffers then overlap.
  Event start_to_host(std::span<std::byte> dst) const;

  // To another device or memory of the same client; starts the copy.
  Ref<Buffer> copy_to(const Device& device) const;
  Ref<Buffer> copy_to(const Memory& memory) const;

  // Of this process; tests hold it against leaks.
  static int64_t live_count() noexcept;

 private:
  ~Buffer() override;
  // The dimensions from the fastest one on; empty if the memory has tiles.
  SmallVector<int64_t, 8> minor_to_major() const;
  void copy_cpu_bytes(std::span<std::byte> dst) const;
  Event copy_by_plugin(PJRT_Buffer_MemoryLayout* layout, std::span<std::byte> dst) const;

  const Client* client_;
  PJRT_Buffer* raw_;
  mutable std::atomic<bool> seen_ready_{false};
};

// Keeps the memory of a buffer in place for a foreign view of it (NumPy,
// DLPack): a program that is given the buffer as a donation copies instead.
class ExternalReference {
 public:
  explicit ExternalReference(Ref<Buffer> buffer);
  ExternalReference(ExternalReference&&) = default;
  ExternalReference& operator=(ExternalReference&& o) noexcept;
  ~ExternalReference();

  const Ref<Buffer>& buffer() const noexcept { return buffer_; }
  // On the buffer's device.
  void* data() const;

 private:
  Ref<Buffer> buffer_;
};

}  // namespace covector::pjrt

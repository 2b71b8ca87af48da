#pragma once

#include <functional>

#include "covector/core/value.h"
#include "covector/pjrt/buffer.h"
#include "covector/pjrt/device.h"

namespace covector::runtime {

// Storage on devices: one buffer on one, or (runtime/sharded.h) a shard on each of several.
class DeviceStorage : public Buffer {
 public:
  const bool sharded;

 protected:
  explicit DeviceStorage(bool sharded) : Buffer(Place::kDevice), sharded(sharded) {}
};

// The storage of an array that lives on one device.
class DeviceBuffer final : public DeviceStorage {
 public:
  DeviceBuffer(Ref<pjrt::Buffer> b, const pjrt::Device& device, Ref<const Buffer> source = {})
      : DeviceStorage(false), pjrt(std::move(b)), device(&device), source(std::move(source)) {}
  bool deleted() const override { return pjrt->is_deleted(); }
  void read(void* dst) const override;

  const Ref<pjrt::Buffer> pjrt;
  const pjrt::Device* const device;
  // The host memory that this took the place of in an array: another thread may be reading it.
  const Ref<const Buffer> source;
};

// The physical type: keys are arrays of words.
Aval physical_aval(const Aval&);

// The array's buffer on `device`: as it is, put there, or copied there; shards are
// put together there. Where a host value was put first is remembered in the array.
// Throws RuntimeError for a deleted array.
Ref<const DeviceBuffer> on_device(const Array&, const pjrt::Device&);
// The device an array is on, the first of several, or null if it is in host memory
// only.
const pjrt::Device* device_of(const Array&);

// Host memory to be read; without strides it is dense and row-major. `done` is
// called once the memory is no longer needed; without it the memory is copied
// before the return.
struct HostMemory {
  const void* data = nullptr;
  std::span<const int64_t> byte_strides = {};
  std::function<void()> done = {};
};
Value to_array(const Aval&, HostMemory, const pjrt::Device&, bool committed);

// The same elements on another device, committed to it.
Value put(const Value&, const pjrt::Device&, bool committed = true);

// Waits until the array is computed; throws what its computation threw.
// Answers the front end's signals meanwhile.
void block_until_ready(const Array&);
bool is_ready(const Array&);
// Copies the elements to dense row-major memory, after waiting.
void read(const Array&, void* dst);
// The elements in place, after waiting, if one device has them and its memory is the
// host's; else null. Valid while the array's buffer lives.
const void* host_data(const Array&);
void delete_array(const Array&);

}  // namespace covector::runtime

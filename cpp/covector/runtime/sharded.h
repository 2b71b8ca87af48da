#pragma once

#include <vector>

#include "covector/base/host_object.h"
#include "covector/runtime/transfer.h"

namespace covector::runtime {

// The storage of an array that is divided over several devices, or copied to each
// of them. Programs still run on one device: what they are given is put together
// there first (see on_device).
class ShardedBuffer final : public DeviceStorage {
 public:
  struct Shard {
    Value array;  // concrete, on one device
    Shape start;  // of its elements in the whole array
    const Array& data() const { return *array.array(); }
  };

  ShardedBuffer(Aval whole, std::vector<Shard> shards, Ref<const HostObject> sharding);
  // One shard without memory is enough: then the whole cannot be read.
  bool deleted() const override;
  void read(void* dst) const override;

  const std::vector<Shard> shards;
  // The front end's description of the division.
  const Ref<const HostObject> sharding;

 private:
  void read_shard(const Shard&, std::byte* dst) const;

  const Aval whole_;
};

// An array of type `whole`, committed to the devices of its shards. Throws ValueError
// if there is none, if one has another dtype, or if one reaches beyond the shape.
Value sharded_array(const Aval& whole, std::vector<ShardedBuffer::Shard> shards,
                    Ref<const HostObject> sharding);
// The storage of an array on several devices, else null.
const ShardedBuffer* shards_of(const Array&);
// The only shard of an array that has one, which is all of it; else the array.
const Array& unsharded(const Array&);

}  // namespace covector::runtime

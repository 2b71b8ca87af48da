#include "covector/runtime/sharded.h"

#include <algorithm>

namespace covector::runtime {
namespace {

void require_within(const Aval& whole, const ShardedBuffer::Shard& s) {
  const Aval& part = s.array.aval();
  require<ValueError>(
      part.dtype() == whole.dtype(), "Input buffers to `Array` must have matching dtypes. Got ",
      part.dtype()->name, ", expected ", whole.dtype()->name, " for buffer: ", part);
  bool fits = part.rank() == whole.rank() && s.start.size() == whole.shape().size();
  for (int64_t i = 0; fits && i < whole.rank(); ++i) {
    int64_t start = s.start[static_cast<size_t>(i)];
    fits = start >= 0 && start + part.dim(i) <= whole.dim(i);
  }
  require<ValueError>(fits, "sharded array: a shard of type ", part, " that starts at ", s.start,
                      " is not within the whole of type ", whole);
}

}  // namespace

ShardedBuffer::ShardedBuffer(Aval whole, std::vector<Shard> s, Ref<const HostObject> d)
    : DeviceStorage(true), shards(std::move(s)), sharding(std::move(d)), whole_(whole) {}

bool ShardedBuffer::deleted() const {
  return std::ranges::any_of(
      shards, [](const Shard& s) { return s.data().buffer() && s.data().buffer()->deleted(); });
}

void ShardedBuffer::read(void* dst) const {
  std::vector<const Shape*> done;  // replicas are read once
  for (const Shard& s : shards) {
    if (std::ranges::any_of(done, [&](const Shape* start) { return *start == s.start; })) continue;
    done.push_back(&s.start);
    read_shard(s, static_cast<std::byte*>(dst));
  }
}

// Row by row: what is contiguous in the whole is copied at once.
void ShardedBuffer::read_shard(const Shard& s, std::byte* dst) const {
  Aval whole = physical_aval(whole_), part = physical_aval(s.array.aval());
  if (part.shape() == whole.shape()) return runtime::read(s.data(), dst);
  std::vector<std::byte> bytes(static_cast<size_t>(part.bytes()));
  runtime::read(s.data(), bytes.data());
  int64_t last = whole.rank() - 1, row = part.dim(last) * part.dtype()->itemsize;
  for (int64_t i = 0, rows = part.size() / std::max<int64_t>(part.dim(last), 1); i < rows; ++i) {
    int64_t rest = i, offset = 0, stride = whole.dtype()->itemsize;
    for (int64_t axis = last; axis >= 0; --axis) {
      bool given = static_cast<size_t>(axis) < s.start.size();  // not of a key's words
      int64_t at = given ? s.start[static_cast<size_t>(axis)] : 0;
      if (axis != last) {
        at += rest % part.dim(axis);
        rest /= part.dim(axis);
      }
      offset += at * stride;
      stride *= whole.dim(axis);
    }
    std::memcpy(dst + offset, bytes.data() + i * row, static_cast<size_t>(row));
  }
}

Value sharded_array(const Aval& whole, std::vector<ShardedBuffer::Shard> shards,
                    Ref<const HostObject> sharding) {
  require<ValueError>(!shards.empty(), "sharded array: there is no shard");
  for (const ShardedBuffer::Shard& s : shards) require_within(whole, s);
  Ref<const Buffer> b =
      make_ref<const ShardedBuffer>(whole, std::move(shards), std::move(sharding));
  return make_ref<const Array>(whole, std::move(b), true);
}

const ShardedBuffer* shards_of(const Array& a) {
  const Buffer* b = a.buffer();
  if (!b || b->place != Buffer::Place::kDevice) return nullptr;
  auto* storage = static_cast<const DeviceStorage*>(b);
  return storage->sharded ? static_cast<const ShardedBuffer*>(storage) : nullptr;
}

const Array& unsharded(const Array& a) {
  const ShardedBuffer* s = shards_of(a);
  return s && s->shards.size() == 1 ? s->shards[0].data() : a;
}

}  // namespace covector::runtime

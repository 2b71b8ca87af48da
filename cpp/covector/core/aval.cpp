#include "covector/core/aval.h"

#include <limits>
#include <mutex>
#include <unordered_set>

#include "covector/base/hash.h"

namespace covector {
namespace {

// What is looked up: the same fields, not yet on the heap.
struct AvalKey {
  DType dtype;
  std::span<const int64_t> shape;
  bool weak_type, is_reference;
  size_t hash;
};

struct RecordHash {
  using is_transparent = void;
  size_t operator()(const AvalRecord* r) const { return r->hash; }
  size_t operator()(const AvalKey& k) const { return k.hash; }
};

struct RecordEqual {
  using is_transparent = void;
  bool operator()(const AvalRecord* a, const AvalRecord* b) const { return a == b; }
  bool operator()(const AvalKey& k, const AvalRecord* r) const {
    return k.dtype == r->dtype && k.weak_type == r->weak_type &&
           k.is_reference == r->is_reference &&
           std::equal(k.shape.begin(), k.shape.end(), r->shape.begin(), r->shape.end());
  }
  bool operator()(const AvalRecord* r, const AvalKey& k) const { return (*this)(k, r); }
};

// Split by hash so that threads that trace at once rarely meet.
struct Shard {
  std::mutex mutex;
  std::unordered_set<const AvalRecord*, RecordHash, RecordEqual> records;
};

constexpr size_t kShards = 16;

Shard& shard_of(size_t hash) {
  static Shard* shards = new Shard[kShards];
  return shards[hash >> 32 & (kShards - 1)];
}

// Sizes can come from the user; a product that overflows must not wrap.
int64_t element_count(std::span<const int64_t> shape) {
  int64_t n = 1;
  for (int64_t d : shape) {
    require<ValueError>(d >= 0, "shapes must have non-negative dimensions, got ",
                        Shape(shape.begin(), shape.end()));
    if (d == 0) return 0;
  }
  for (int64_t d : shape) {
    require<OverflowError>(n <= std::numeric_limits<int64_t>::max() / 16 / d, "an array of shape ",
                           Shape(shape.begin(), shape.end()), " has too many elements");
    n *= d;
  }
  return n;
}

}  // namespace

Aval::Aval(DType dtype, std::span<const int64_t> shape, bool weak_type, bool is_reference) {
  size_t h = hash_range(shape, std::hash<DType>()(dtype) + weak_type + 2 * is_reference);
  Shard& s = shard_of(h);
  std::lock_guard lock(s.mutex);
  auto it = s.records.find(AvalKey{dtype, shape, weak_type, is_reference, h});
  if (it == s.records.end()) {
    int64_t n = element_count(shape);
    Shape copy(shape.begin(), shape.end());
    it = s.records.insert(new AvalRecord{dtype, copy, weak_type, is_reference, n, h}).first;
  }
  r_ = *it;
}

Aval Aval::without_axis(int64_t axis) const {
  Shape s = shape();
  s.erase(s.begin() + axis);
  return with_shape(s);
}

Aval Aval::with_axis(int64_t axis, int64_t size) const {
  Shape s = shape();
  s.insert(s.begin() + axis, size);
  return with_shape(s);
}

Aval tangent_aval(const Aval& a) { return is_inexact(a.dtype()) ? a : Aval(kFloat0, a.shape()); }

void append_to(std::string& s, const Aval& a) {
  if (a.is_reference()) {
    s += str("Ref{", a.referent(), "}");
    return;
  }
  append_to(s, a.dtype());
  s += '[';
  for (size_t i = 0; i < a.shape().size(); ++i) {
    if (i) s += ',';
    append_to(s, a.shape()[i]);
  }
  s += ']';
}

void append_to(std::string& s, const Shape& shape) {
  s += '(';
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i) s += ", ";
    append_to(s, shape[i]);
  }
  s += shape.size() == 1 ? ",)" : ")";
}

}  // namespace covector

#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>

#include "covector/base/small_vector.h"
#include "covector/core/dtype.h"

namespace covector {

using Shape = SmallVector<int64_t, 6>;
using Axes = SmallVector<int64_t, 6>;

// The record behind an Aval. There is one for each distinct type in the
// process and it is never freed: programs use few types, and pointers to them
// sit in caches, jaxprs and other threads.
struct AvalRecord {
  DType dtype;
  Shape shape;
  bool weak_type;
  bool is_reference;
  int64_t size;  // number of elements
  size_t hash;
  // Text of the StableHLO type, made on first use by hlo/.
  mutable std::atomic<const std::string*> hlo_text{nullptr};
};

// The type of an array, what tracing knows about a value; or of a reference to
// one. Interned: equality is a pointer compare, and a copy costs nothing.
class Aval {
 public:
  Aval() = default;
  Aval(DType dtype, std::span<const int64_t> shape, bool weak_type = false,
       bool is_reference = false);
  Aval(DType dtype, std::initializer_list<int64_t> shape, bool weak_type = false)
      : Aval(dtype, std::span<const int64_t>(shape.begin(), shape.size()), weak_type) {}

  explicit operator bool() const { return r_ != nullptr; }
  DType dtype() const { return r_->dtype; }
  const Shape& shape() const { return r_->shape; }
  bool weak_type() const { return r_->weak_type; }
  int64_t rank() const { return static_cast<int64_t>(r_->shape.size()); }
  int64_t size() const { return r_->size; }
  int64_t dim(int64_t axis) const { return r_->shape[static_cast<size_t>(axis)]; }
  int64_t bytes() const { return r_->size * r_->dtype->itemsize; }
  size_t hash() const { return r_->hash; }
  const AvalRecord* record() const { return r_; }
  // Of a reference (see core/reference.h) to an array of that dtype and shape.
  bool is_reference() const { return r_->is_reference; }
  Aval reference() const { return Aval(dtype(), shape(), false, true); }
  Aval referent() const { return is_reference() ? Aval(dtype(), shape()) : *this; }

  Aval with_dtype(DType d) const {
    return d == dtype() ? *this : Aval(d, shape(), weak_type(), is_reference());
  }
  Aval with_shape(std::span<const int64_t> s) const {
    return Aval(dtype(), s, weak_type(), is_reference());
  }
  Aval with_weak_type(bool w) const {
    return w == weak_type() ? *this : Aval(dtype(), shape(), w, is_reference());
  }
  Aval strong() const { return with_weak_type(false); }
  Aval without_axis(int64_t axis) const;
  Aval with_axis(int64_t axis, int64_t size) const;
  // Equal but for the weak type.
  bool same_type(const Aval& o) const {
    return r_ == o.r_ ||
           (dtype() == o.dtype() && shape() == o.shape() && is_reference() == o.is_reference());
  }

  bool operator==(const Aval& o) const { return r_ == o.r_; }

 private:
  const AvalRecord* r_ = nullptr;
};

using Avals = SmallVector<Aval, 2>;
using AvalSpan = std::span<const Aval>;

// The type that tangents of a value have: itself, or float0 where no
// derivative exists.
Aval tangent_aval(const Aval&);

// Prints as jaxprs do: f32[2,3].
void append_to(std::string&, const Aval&);
// Prints as a Python tuple: (2, 3).
void append_to(std::string&, const Shape&);

}  // namespace covector

template <>
struct std::hash<covector::Aval> {
  size_t operator()(const covector::Aval& a) const noexcept { return a.hash(); }
};

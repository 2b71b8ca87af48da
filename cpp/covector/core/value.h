#pragma once

#include <atomic>
#include <concepts>
#include <cstring>
#include <functional>
#include <span>
#include <vector>

#include "covector/base/host_object.h"
#include "covector/base/ref.h"
#include "covector/core/aval.h"

namespace covector {

class Trace;

// What a Value points to: an Array, a Reference to one, or a Tracer owned by some Trace.
class Node : public RefCounted {
 public:
  enum class Kind : uint8_t { kArray, kTracer, kReference };

  const Kind kind;
  const Aval aval;
  // Weak pointer to the wrapper a front end made for this node, so that it can
  // hand out the same object again. Written only under the front end's lock.
  mutable void* host = nullptr;

 protected:
  Node(Kind k, Aval a) : kind(k), aval(a) {}
};

// Storage of a concrete array. The runtime implements it with device buffers.
class Buffer : public RefCounted {
 public:
  // Where the storage is: HostBuffer is the only kind in host memory, what the
  // runtime derives is on devices.
  enum class Place : uint8_t { kHost, kDevice };
  const Place place;

  // True once its memory was donated or deleted.
  virtual bool deleted() const = 0;
  // Copies the elements, dense and row-major, waiting for them if need be.
  virtual void read(void* dst) const = 0;

 protected:
  explicit Buffer(Place p) : place(p) {}
};

// Elements in host memory.
class HostBuffer final : public Buffer {
 public:
  explicit HostBuffer(std::vector<std::byte> bytes)
      : Buffer(Place::kHost), bytes(std::move(bytes)) {}
  bool deleted() const override { return false; }
  void read(void* dst) const override { std::memcpy(dst, bytes.data(), bytes.size()); }

  const std::vector<std::byte> bytes;
};

// The bits of one element of any type, as host memory holds them.
struct Scalar {
  alignas(16) std::byte bytes[16] = {};

  template <class T>
  static Scalar of(T x) {
    static_assert(sizeof(T) <= 16 && std::is_trivially_copyable_v<T>);
    Scalar s;
    std::memcpy(s.bytes, &x, sizeof x);
    return s;
  }
  template <class T>
  T as() const {
    T x;
    std::memcpy(&x, bytes, sizeof x);
    return x;
  }
};

// A concrete array: a scalar whose value is known to the host, a buffer, or
// both. Immutable but for the buffer, which the runtime may fill in (a scalar
// that was put on a device) or find deleted (a donated array).
class Array final : public Node {
 public:
  Array(Aval a, Scalar s, bool is_number = false)
      : Node(Kind::kArray, a), has_scalar_(true), is_number_(is_number), scalar_(s) {}
  Array(Aval a, Ref<const Buffer> b, bool committed = false)
      : Node(Kind::kArray, a), committed_(committed), buffer_(b.detach()) {}
  ~Array() override { Ref<const Buffer>::adopt(buffer_.load(std::memory_order_relaxed)); }

  // Whether the user chose the device, so that it must be obeyed.
  bool committed() const { return committed_; }
  const Scalar* scalar() const { return has_scalar_ ? &scalar_ : nullptr; }
  // Whether a user's derivative rule wrote it as a number of the front end, and is to get it back
  // as one.
  bool is_number() const { return is_number_; }
  const Buffer* buffer() const { return buffer_.load(std::memory_order_acquire); }
  // For the runtime: remembers where a host value was put. Others may read meanwhile, and have the
  // one before in hand: it must live on. Callers serialize themselves (see runtime/transfer.h).
  void set_buffer(Ref<const Buffer> b) const {
    Ref<const Buffer>::adopt(buffer_.exchange(b.detach(), std::memory_order_acq_rel));
  }

 private:
  const bool committed_ = false;
  const bool has_scalar_ = false;
  const bool is_number_ = false;
  const Scalar scalar_;
  mutable std::atomic<const Buffer*> buffer_{nullptr};  // owned
};

// A value under transformation. Each Trace derives its own kind with what it
// needs to know about the value.
class Tracer : public Node {
 public:
  const Ref<Trace> trace;
  // The concrete array whose derivative is being taken, if that is all this
  // tracer stands for: what Python's `if` and `float` may look at under `grad`.
  virtual const Array* known() const { return nullptr; }

 protected:
  Tracer(Ref<Trace> t, Aval a);
  ~Tracer() override;
};

// Any operand or result of a primitive. A null Value stands for a symbolic
// zero wherever a tangent or cotangent is expected, and nowhere else. Which
// zero it is follows from the primal: its aval, or float0 of its shape where
// the primal is an integer or a boolean (see tangent_aval).
class Value {
 public:
  Value() = default;
  Value(std::nullptr_t) {}
  template <class T>
    requires std::derived_from<std::remove_const_t<T>, Node>
  Value(Ref<T> n) : node_(std::move(n)) {}
  // Python-like scalars: weakly typed int32/float32 (64-bit under x64), or bool.
  template <class T>
    requires(std::integral<T> || std::floating_point<T>)
  Value(T x) : Value(scalar(x)) {}

  explicit operator bool() const { return static_cast<bool>(node_); }
  const Aval& aval() const { return node_->aval; }
  DType dtype() const { return node_->aval.dtype(); }
  const Shape& shape() const { return node_->aval.shape(); }
  int64_t rank() const { return node_->aval.rank(); }
  const Node* node() const { return node_.get(); }
  bool operator==(const Value& o) const { return node_ == o.node_; }

  // The concrete array behind this value, or null.
  const Array* array() const {
    return node_ && node_->kind == Node::Kind::kArray ? static_cast<const Array*>(node_.get())
                                                      : nullptr;
  }
  // The tracer behind this value, or null.
  const Tracer* tracer() const {
    return node_ && node_->kind == Node::Kind::kTracer ? static_cast<const Tracer*>(node_.get())
                                                       : nullptr;
  }
  // The concrete array that this value is, or that its primal is; or null.
  const Array* known() const {
    if (!node_) return nullptr;
    if (node_->kind == Node::Kind::kArray) return static_cast<const Array*>(node_.get());
    return node_->kind == Node::Kind::kTracer ? static_cast<const Tracer*>(node_.get())->known()
                                              : nullptr;
  }
  // The tracer behind this value if it belongs to `t`, else null.
  template <class T>
  const T* tracer_of(const Trace* t) const {
    const Tracer* tr = tracer();
    return tr && tr->trace.get() == t ? static_cast<const T*>(tr) : nullptr;
  }

 private:
  static Value scalar(bool x);
  static Value scalar(int64_t x);
  static Value scalar(double x);
  template <std::integral T>
  static Value scalar(T x) {
    return scalar(static_cast<int64_t>(x));
  }
  static Value scalar(float x) { return scalar(static_cast<double>(x)); }

  Ref<const Node> node_;
};

using Values = SmallVector<Value, 2>;
using Args = std::span<const Value>;
using Mask = SmallVector<bool, 8>;

// A rank-0 array of type `d` whose value is known: x converted as by a C cast
// (to the real part for complex types).
Value scalar_of(DType d, double x, bool weak_type = false);
Value scalar_of(DType d, int64_t x, bool weak_type = false);
// A concrete array made of host memory; `bytes` is dense and row-major.
Value host_array(Aval a, const void* bytes);

// The value of a rank-0 (or one-element) concrete array as a double or integer;
// waits for it. Complex types give the real part.
double to_double(const Array&);
int64_t to_int64(const Array&);

}  // namespace covector

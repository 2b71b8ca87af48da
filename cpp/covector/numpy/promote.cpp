// Type promotion as in JAX: a lattice of dtypes with three weak types, those of
// Python's int, float and complex, between the kinds. The type of an operation
// is the least upper bound of its operands'.
// https://docs.jax.dev/en/latest/type_promotion.html

#include <array>
#include <bit>

#include "covector/core/config.h"
#include "covector/core/inexact.h"
#include "covector/numpy/numpy.h"

namespace covector::numpy {
namespace {

constexpr DType kStrong[] = {
    kBool,           kUint2,          kUint4,
    kUint8,          kUint16,         kUint32,
    kUint64,         kInt2,           kInt4,
    kInt8,           kInt16,          kInt32,
    kInt64,          kFloat4E2m1fn,   kFloat8E3m4,
    kFloat8E4m3,     kFloat8E8m0fnu,  kFloat8E4m3b11fnuz,
    kFloat8E4m3fn,   kFloat8E4m3fnuz, kFloat8E5m2,
    kFloat8E5m2fnuz, kBfloat16,       kFloat16,
    kFloat32,        kFloat64,        kComplex64,
    kComplex128,
};
constexpr int kNumStrong = std::size(kStrong);
// The weak types follow the strong ones.
constexpr int kWeakInt = kNumStrong, kWeakFloat = kNumStrong + 1, kWeakComplex = kNumStrong + 2;
constexpr int kNodes = kNumStrong + 3;
static_assert(kNodes <= 64);

int node_of(DType d) {
  for (int i = 0; i < kNumStrong; ++i)
    if (kStrong[i] == d) return i;
  return -1;
}

bool is_small_float(DType d) { return is_floating(d) && d->bits <= 8; }

using Bounds = std::array<uint64_t, kNodes>;  // bit j of entry i: j is an upper bound of i

void add_edge(Bounds& b, int from, int to) { b[static_cast<size_t>(from)] |= 1ull << to; }

// The direct successors of every node.
Bounds standard_edges() {
  Bounds b{};
  auto edge = [&](DType from, DType to) { add_edge(b, node_of(from), node_of(to)); };
  add_edge(b, node_of(kBool), kWeakInt);
  for (DType d : {kUint2, kUint4, kUint8, kInt2, kInt4, kInt8}) add_edge(b, kWeakInt, node_of(d));
  edge(kUint8, kInt16), edge(kUint8, kUint16), edge(kUint16, kInt32), edge(kUint16, kUint32);
  edge(kUint32, kInt64), edge(kUint32, kUint64), edge(kInt8, kInt16), edge(kInt16, kInt32);
  edge(kInt32, kInt64);
  for (DType d : {kUint64, kInt64}) add_edge(b, node_of(d), kWeakFloat);
  for (DType d : kStrong)
    if (is_small_float(d) || d == kBfloat16 || d == kFloat16) add_edge(b, kWeakFloat, node_of(d));
  add_edge(b, kWeakFloat, kWeakComplex);
  edge(kBfloat16, kFloat32), edge(kFloat16, kFloat32), edge(kFloat32, kFloat64);
  edge(kFloat32, kComplex64), edge(kFloat64, kComplex128), edge(kComplex64, kComplex128);
  add_edge(b, kWeakComplex, node_of(kComplex64));
  return b;
}

// Only weak types promote: among themselves, and to strong types of their kind
// and the kinds above.
Bounds strict_edges() {
  Bounds b{};
  add_edge(b, kWeakInt, kWeakFloat), add_edge(b, kWeakFloat, kWeakComplex);
  for (int i = 0; i < kNumStrong; ++i) {
    DType d = kStrong[i];
    if (is_integer(d)) add_edge(b, kWeakInt, i);
    if (is_floating(d)) add_edge(b, kWeakFloat, i);
    if (is_complex(d)) add_edge(b, kWeakComplex, i);
  }
  return b;
}

Bounds closure(Bounds b) {
  for (int i = 0; i < kNodes; ++i) add_edge(b, i, i);
  for (int k = 0; k < kNodes; ++k)
    for (auto& x : b)
      if (x >> k & 1) x |= b[static_cast<size_t>(k)];
  return b;
}

const Bounds& bounds() {
  static const Bounds standard = closure(standard_edges()), strict = closure(strict_edges());
  bool is_strict = option(Option::kDtypePromotion) == static_cast<int64_t>(DtypePromotion::kStrict);
  return is_strict ? strict : standard;
}

// The least upper bound of these nodes; -1 if there is none.
int join(uint64_t nodes) {
  const Bounds& b = bounds();
  uint64_t common = ~0ull;
  for (uint64_t n = nodes; n; n &= n - 1) common &= b[static_cast<size_t>(std::countr_zero(n))];
  for (uint64_t n = common & ((1ull << kNodes) - 1); n; n &= n - 1) {
    int i = std::countr_zero(n);
    if ((common & ~b[static_cast<size_t>(i)] & ((1ull << kNodes) - 1)) == 0) return i;
  }
  return -1;
}

int node_of(LatticeType t) {
  if (!t.weak) return node_of(t.dtype);
  if (is_integer(t.dtype)) return kWeakInt;
  return is_complex(t.dtype) ? kWeakComplex : kWeakFloat;
}

LatticeType type_of(int node) {
  if (node == kWeakInt) return {canonical(kInt64), true};
  if (node == kWeakFloat) return {canonical(kFloat64), true};
  if (node == kWeakComplex) return {canonical(kComplex128), true};
  return {canonical(kStrong[node]), false};
}

bool is_strict() {
  return option(Option::kDtypePromotion) == static_cast<int64_t>(DtypePromotion::kStrict);
}

// Types that no other strong type promotes to or from.
struct Unpromoted {
  bool (*holds)(DType);
  std::string_view what, cast;
};
constexpr Unpromoted kUnpromoted[] = {
    {[](DType d) { return is_floating(d) && d->bits == 8; }, "8-bit floats", "float32"},
    {[](DType d) { return is_floating(d) && d->bits == 4; }, "4-bit floats", "float32"},
    {[](DType d) { return is_integer(d) && d->bits < 8; }, "2-bit and 4-bit integers", "int32"},
};

[[noreturn]] void no_promotion(std::span<const LatticeType> types) {
  std::string names;
  for (const LatticeType& t : types)
    names += str(names.empty() ? "" : ", ", t.dtype->name, t.weak ? " (weak)" : "");
  std::string text =
      str("Input dtypes (", names, ") have no available implicit dtype ", "promotion path");
  if (is_strict())
    fail<TypePromotionError>(text, " when jax_numpy_dtype_promotion=strict. Try explicitly ",
                             "casting inputs to the desired output type, or set ",
                             "jax_numpy_dtype_promotion=standard.");
  for (auto [is_special, what, cast] : kUnpromoted)
    for (const LatticeType& t : types)
      if (is_special(t.dtype))
        fail<TypePromotionError>(
            text, ". To avoid unintended promotion, ", what, " do not support ",
            "implicit promotion. If you'd like your inputs to be promoted ",
            "to another type, you can do so explicitly using e.g. x.astype('", cast, "')");
  fail<TypePromotionError>(text, ". Try explicitly casting inputs to the desired output type.");
}

LatticeType result_type(std::span<const LatticeType> types) {
  invariant(!types.empty(), "result_type of nothing");
  bool all_same = true, all_weak = true;
  for (const LatticeType& t : types) {
    all_same &= t.dtype == types[0].dtype;
    all_weak &= t.weak;
  }
  if (all_same) return {canonical(types[0].dtype), all_weak};
  // Weak types alone meet where their strong counterparts do. The strict lattice
  // has no such place, but joins weak types.
  bool as_strong = all_weak && !is_strict();
  uint64_t nodes = 0;
  for (LatticeType t : types) {
    if (as_strong) t.weak = false;
    int n = node_of(t);
    if (n < 0) no_promotion(types);
    nodes |= 1ull << n;
  }
  int j = join(nodes);
  if (j < 0) no_promotion(types);
  LatticeType r = type_of(j);
  return {r.dtype, r.weak || all_weak};
}

// A known scalar changes its type on the host; a weak one keeps nothing back.
Value as_type(const Value& x, DType d, bool weak) {
  if (x.dtype() == d && x.aval().weak_type() == weak) return x;
  const Array* a = x.array();
  if (a && a->scalar() && !is_complex(x.dtype()) && !is_extended(d)) {
    if (is_integer(x.dtype())) return scalar_of(d, to_int64(*a), weak);
    return scalar_of(d, to_double(*a), weak);
  }
  return convert_element_type(x, d, weak);
}

Values converted(Args args, LatticeType t) {
  Values r;
  r.reserve(args.size());
  for (const Value& a : args) r.push_back(as_type(a, t.dtype, t.weak));
  return r;
}

}  // namespace

LatticeType promote_types(LatticeType a, LatticeType b) {
  LatticeType both[] = {a, b};
  return result_type(std::span<const LatticeType>(both));
}

LatticeType result_type(AvalSpan avals) {
  SmallVector<LatticeType, 4> types;
  for (const Aval& a : avals) types.push_back({a.dtype(), a.weak_type()});
  return result_type(std::span<const LatticeType>(types));
}

LatticeType result_type(Args args) {
  SmallVector<LatticeType, 4> types;
  for (const Value& a : args) types.push_back({a.dtype(), a.aval().weak_type()});
  return result_type(std::span<const LatticeType>(types));
}

DType to_inexact(DType d) { return inexact_dtype(d); }

Values promote_dtypes(Args args) {
  bool same = true;
  for (const Value& a : args)
    same &= a.dtype() == args[0].dtype() && a.aval().weak_type() == args[0].aval().weak_type();
  if (same) return Values(args.begin(), args.end());
  return converted(args, result_type(args));
}

Values promote_dtypes_inexact(Args args) {
  LatticeType t = result_type(args);
  return converted(args, {to_inexact(t.dtype), t.weak});
}

}  // namespace covector::numpy

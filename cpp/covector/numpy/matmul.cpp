#include "covector/lax/rules.h"
#include "covector/numpy/numpy.h"

namespace covector::numpy {
namespace {

// How the leading (batch) axes of two stacks of matrices pair up, from the right.
struct Batch {
  Axes lhs, rhs;            // paired axes of the operands
  Axes lhs_only, rhs_only;  // axes that only one operand has, or has more than once
};

// Removes the leading axes of size 1 that the other operand has larger (or that
// both have): they broadcast, and a contraction without them is cheaper.
Value squeezed(const Value& x, int64_t rank, const Shape& other, int64_t other_rank,
               SmallVector<int64_t, 6>& kept) {
  Axes drop;
  for (int64_t i = 0; i < rank; ++i) {
    int64_t from_right = rank - i, j = other_rank - from_right;
    bool broadcasts = x.aval().dim(i) == 1 && j >= 0 && other[static_cast<size_t>(j)] != 1;
    if (broadcasts)
      drop.push_back(i);
    else
      kept.push_back(from_right);
  }
  return drop.empty() ? x : squeeze(x, drop);
}

void require_matmul(const Value& a, const Value& b) {
  require<ValueError>(a.rank() > 0 && b.rank() > 0, "matmul: inputs must have ndim at least 1, ",
                      "but got ", a.aval(), " and ", b.aval());
  int64_t k = a.aval().dim(a.rank() - 1), l = b.aval().dim(b.rank() == 1 ? 0 : b.rank() - 2);
  require<TypeError>(k == l, "matmul: contracted sizes must agree, got ", a.aval(), " and ",
                     b.aval());
}

// A stack of matrices times a stack of matrices, with leading axes that pair up.
Value stacked(const Value& a0, const Value& b0, const DotOptions& options) {
  int64_t ra = a0.rank() - 2, rb = b0.rank() - 2;
  Shape batch_a(a0.shape().begin(), a0.shape().begin() + ra);
  Shape batch_b(b0.shape().begin(), b0.shape().begin() + rb);
  Shape both[] = {batch_a, batch_b};
  broadcast_shapes(both);  // checks
  SmallVector<int64_t, 6> kept_a, kept_b;
  Value a = squeezed(a0, ra, b0.shape(), rb, kept_a);
  Value b = squeezed(b0, rb, a0.shape(), ra, kept_b);
  DotDims d;
  Axes result;  // from the right: the batch axis that each result axis is
  for (size_t i = 0; i < kept_a.size(); ++i) {
    auto* at = std::find(kept_b.begin(), kept_b.end(), kept_a[i]);
    if (at == kept_b.end()) continue;
    d.lhs_batch.push_back(static_cast<int64_t>(i));
    d.rhs_batch.push_back(at - kept_b.begin());
    result.push_back(kept_a[i]);
  }
  d.lhs_contract = {a.rank() - 1};
  d.rhs_contract = {b.rank() - 2};
  constexpr int64_t kRows = 0, kColumns = -1;
  for (size_t i = 0; i < kept_a.size(); ++i)
    if (!rules::contains(d.lhs_batch, static_cast<int64_t>(i))) result.push_back(kept_a[i]);
  result.push_back(kRows);
  for (size_t i = 0; i < kept_b.size(); ++i)
    if (!rules::contains(d.rhs_batch, static_cast<int64_t>(i))) result.push_back(kept_b[i]);
  result.push_back(kColumns);
  Value r = dot_general(a, b, d, options);
  // Back to batch axes from left to right, rows, columns.
  Axes perm = rules::iota_axes(r.rank());
  std::stable_sort(perm.begin(), perm.end(), [&](int64_t i, int64_t j) {
    return result[static_cast<size_t>(i)] > result[static_cast<size_t>(j)];
  });
  return transpose(r, perm);
}

}  // namespace

Value matmul(const Value& x, const Value& y, DotOptions options) {
  require_matmul(x, y);
  Value in[] = {x, y};
  // As in JAX, whose jaxprs name the dtype even where it is the operands'.
  if (!options.preferred_element_type) options.preferred_element_type = result_type(in).dtype;
  // A contraction takes operands of two dtypes; weak types have to become those of the result.
  bool weak = x.aval().weak_type() || y.aval().weak_type();
  Values v = weak ? promote_dtypes(in) : Values{x, y};
  // Without batch axes on the right one contraction does it, vectors included.
  if (v[1].rank() <= 2 || v[0].rank() == 1) {
    DotDims d;
    d.lhs_contract = {v[0].rank() - 1};
    d.rhs_contract = {v[1].rank() == 1 ? 0 : v[1].rank() - 2};
    return dot_general(v[0], v[1], d, options);
  }
  return stacked(v[0], v[1], options);
}

}  // namespace covector::numpy

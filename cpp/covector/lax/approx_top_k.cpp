// The k greatest or least elements, approximately where hardware makes that
// pay: F. Chern et al., "TPU-KNN: K nearest neighbor search at peak FLOP/s",
// 2022. Where exact selection is as fast, the result is exact.

#include <cmath>

#include "covector/lax/order.h"
#include "covector/lax/rules.h"

namespace covector {

using namespace rules;

namespace {

struct ApproxParams {
  int64_t k = 1, axis = -1;
  double recall_target = 0.95;
  bool is_max_k = true;
  int64_t size_override = -1;
  bool aggregate = true;
  void fields(FieldVisitor& f) const {
    f("aggregate_to_topk", aggregate);
    f("is_max_k", is_max_k);
    f("k", k);
    f("recall_target", recall_target);
    f("reduction_dimension", axis);
    f("reduction_input_size_override", size_override);
  }
  bool operator==(const ApproxParams&) const = default;
};

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

int64_t log2_floor(double x) {
  int64_t n = 0;
  while (x >= 2) x /= 2, ++n;
  return n;
}

int64_t log2_ceil(int64_t x) {
  int64_t n = 0;
  while ((int64_t{1} << n) < x) ++n;
  return n;
}

// How many candidates are left if they are not reduced to k: each is the
// greatest of a bin, and there are as many bins as the recall demands (the
// paper's formula 12), in whole tiles.
int64_t num_candidates(const ApproxParams& p, int64_t size, int64_t rank) {
  int64_t tile = rank == 1 ? 1024 : 128;
  if (size <= tile || p.recall_target >= 1) return size;
  int64_t tiles = ceil_div(size, tile);
  if (p.k == 1) return tile;
  double logical = static_cast<double>(p.size_override >= 0 ? p.size_override : size);
  double bins = static_cast<double>(1 - p.k) / std::log(p.recall_target);
  bins = std::min(std::max(bins, static_cast<double>(tile)), static_cast<double>(size));
  int64_t reduction = std::min(log2_floor(logical / bins), log2_ceil(tiles));
  return reduction <= 0 ? size : ceil_div(tiles, int64_t{1} << reduction) * tile;
}

int64_t axis_of(const ApproxParams& p, int64_t rank) { return p.axis < 0 ? p.axis + rank : p.axis; }

int64_t result_size(const ApproxParams& p, const Aval& x) {
  return p.aggregate ? p.k : num_candidates(p, x.dim(axis_of(p, x.rank())), x.rank());
}

Avals approx_top_k_aval(const Op& op, AvalSpan in) {
  auto& p = op.get<ApproxParams>();
  const Aval& x = in[0];
  require<ValueError>(p.k > 0, "k must be positive, got ", p.k);
  require<TypeError>(x.rank() > 0, "approx_top_k operand must have >= 1 dimension, got ",
                     x.shape());
  int64_t axis = axis_of(p, x.rank());
  require<IndexError>(axis >= 0 && axis < x.rank(), "approx_top_k: reduction_dimension ", p.axis,
                      " is out of bounds for an operand of type ", x);
  require<ValueError>(x.dim(axis) >= p.k, "k must be smaller than the size of reduction_dim ",
                      x.dim(axis), ", got ", p.k);
  require<ValueError>(is_floating(x.dtype()), "operand must be a floating type, got ",
                      x.dtype()->name);
  require<ValueError>(p.recall_target > 0 && p.recall_target <= 1,
                      "approx_top_k: recall_target must be in (0, 1], got ", p.recall_target);
  Aval values = x.without_axis(axis).with_axis(axis, result_size(p, x));
  return {values, values.with_dtype(kInt32)};
}

JvpOut approx_top_k_jvp(const Op& op, Args in, Args tangents) {
  Values out = op.bind(in);
  Value t;
  if (tangents[0])
    t = take_along(tangents[0], out[1], axis_of(op.get<ApproxParams>(), in[0].rank()));
  return {std::move(out), {std::move(t), Value()}};
}

Values exact(const Op& op, Args in) {
  auto& p = op.get<ApproxParams>();
  int64_t axis = axis_of(p, in[0].rank()), k = result_size(p, in[0].aval());
  Values r = rules::top_k(p.is_max_k ? in[0] : neg(in[0]), k, axis);
  return {p.is_max_k ? r[0] : neg(r[0]), r[1]};
}

const Primitive approx_top_k_p{{
    .name = "approx_top_k",
    .multiple_results = true,
    .abstract_eval = approx_top_k_aval,
    .jvp = approx_top_k_jvp,
    .batch = [](const Op& op, const AxisData&, Args in, const MappedAxes& axes) -> BatchOut {
      ApproxParams p = op.get<ApproxParams>();
      p.axis = axis_of(p, in[0].rank() - 1);
      p.axis += p.axis >= axes[0];
      return {op.prim->with(p).bind(in), {axes[0], axes[0]}};
    },
    .lower = lower_via(exact),
    .function = {.signature = "operand, k, reduction_dimension=-1, recall_target=0.95, "
                              "is_max_k=True, reduction_input_size_override=-1, "
                              "aggregate_to_topk=True",
                 .doc = R"(The k greatest or least elements along an axis, and where they are.

Args:
  operand: an array of floating dtype.
  k: how many.
  reduction_dimension: the axis.
  recall_target: the part of the true ones that must be among the result.
  is_max_k: whether to look for the greatest.
  reduction_input_size_override: the size by which the recall is judged, if
    the operand is a part of a larger array.
  aggregate_to_topk: whether to return just k, in order.

Returns:
  A list of two arrays: the elements and their int32 positions.

Raises:
  ValueError: `k` is out of bounds or the dtype not floating.
  TypeError: the operand has no axis.)",
                 .call = [](const CallArgs& a) -> Values {
                   return approx_top_k_p
                       .with(ApproxParams{a.integer(1), a.integer_or(2, -1), a.number(3),
                                          a.boolean(4), a.integer_or(5, -1), a.boolean(6)})
                       .bind({a.value(0)});
                 },
                 .name = "_approx_top_k"},
}};

}  // namespace

}  // namespace covector

// Reductions over named axes, and what only looks at them.

#include "covector/lax/collectives.h"

#include <algorithm>

#include "covector/lax/rules.h"

namespace covector {

using namespace rules;

namespace {

struct ReduceAxesParams {
  std::vector<AxisName> axes;
  void fields(FieldVisitor& f) const {
    Param all(Param::Tuple{axes});
    f("axes", &all);
    f("axis_index_groups", Param::None());
  }
  bool operator==(const ReduceAxesParams&) const = default;
};

struct AxisIndexParams {
  AxisName axis_name;
  void fields(FieldVisitor& f) const { f("axis_name", &axis_name); }
  bool operator==(const AxisIndexParams&) const = default;
};

Effects named(const Op&) { return {&kNamedAxis}; }

Avals reduction_avals(const Op& op, AvalSpan in) {
  for (const AxisName& name : op.get<ReduceAxesParams>().axes) axis_size(name);
  return {in[0]};
}

// A reduction of one axis of an array, and of an array that is the same for all.
using Reduce = Value (*)(const Value&, std::span<const int64_t>);
using OfEqual = Value (*)(const Value&, int64_t size);

BatchOut reduction_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes,
                         Reduce reduce, OfEqual of_equal) {
  ReduceAxesParams rest = op.get<ReduceAxesParams>();
  auto at = std::find(rest.axes.begin(), rest.axes.end(), axis.name);
  if (at == rest.axes.end()) return {op.bind(in), {axes[0]}};
  rest.axes.erase(at);
  int64_t d = axes[0];
  Value r = d == kUnmapped ? of_equal(in[0], axis.size) : reduce(in[0], std::span(&d, 1));
  if (rest.axes.empty()) return {{r}, {kUnmapped}};
  return {op.prim->with(std::move(rest)).bind({r}), {kUnmapped}};
}

Value times(const Value& x, int64_t size) {
  return mul(x, full_like(x, static_cast<double>(size)));
}
Value same(const Value& x, int64_t) { return x; }

JvpOut linear_jvp(const Op& op, Args primals, Args tangents) {
  return {op.bind(primals), tangents[0] ? op.bind(tangents) : Values(1)};
}

const Primitive psum_p{{
    .name = "psum",
    .abstract_eval = reduction_avals,
    .jvp = linear_jvp,
    // Each index adds to the results of all.
    .transpose = [](const Op& op, Args cts, TransposeArgs) { return op.bind(cts); },
    .batch =
        [](const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
          return reduction_batch(op, axis, in, axes, reduce_sum, times);
        },
    .effects = named,
}};

const Primitive pmax_p{{
    .name = "pmax",
    .abstract_eval = reduction_avals,
    .batch =
        [](const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
          return reduction_batch(op, axis, in, axes, reduce_max, same);
        },
    .effects = named,
}};

const Primitive pmin_p{{
    .name = "pmin",
    .abstract_eval = reduction_avals,
    .batch =
        [](const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
          return reduction_batch(op, axis, in, axes, reduce_min, same);
        },
    .effects = named,
}};

const Primitive axis_index_p{{
    .name = "axis_index",
    .abstract_eval = [](const Op& op, AvalSpan) -> Avals {
      axis_size(op.get<AxisIndexParams>().axis_name);
      return {Aval(kInt32, {})};
    },
    .jvp = [](const Op& op, Args, Args) -> JvpOut { return {op.bind({}), Values(1)}; },
    .batch = [](const Op& op, const AxisData& axis, Args, const MappedAxes&) -> BatchOut {
      if (!(op.get<AxisIndexParams>().axis_name == axis.name)) return {op.bind({}), {kUnmapped}};
      return {{iota(kInt32, std::span(&axis.size, 1), 0)}, {0}};
    },
    .effects = named,
}};

Value reduction(const Primitive& p, const Value& x, const std::vector<AxisName>& axes) {
  return axes.empty() ? x : p.with(ReduceAxesParams{axes}).bind1({x});
}

}  // namespace

Value psum(const Value& x, const std::vector<AxisName>& axes) { return reduction(psum_p, x, axes); }
Value pmax(const Value& x, const std::vector<AxisName>& axes) { return reduction(pmax_p, x, axes); }
Value pmin(const Value& x, const std::vector<AxisName>& axes) { return reduction(pmin_p, x, axes); }

Value axis_index(const AxisName& name) {
  return axis_index_p.with(AxisIndexParams{name}).bind1({});
}

}  // namespace covector

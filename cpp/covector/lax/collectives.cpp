// Reductions over named axes, and what only looks at them.

#include "covector/lax/collectives.h"

#include <algorithm>

#include "covector/lax/named_axes.h"
#include "covector/lax/rules.h"

namespace covector {

using namespace rules;

namespace {

struct ReduceAxesParams {
  NamedAxes over;
  void fields(FieldVisitor& f) const {
    Param names = over.names_param(), groups = over.groups_param();
    f("axes", &names);
    f("axis_index_groups", &groups);
  }
  bool operator==(const ReduceAxesParams&) const = default;
};

struct AxisIndexParams {
  AxisName axis_name;
  void fields(FieldVisitor& f) const { f("axis_name", &axis_name); }
  bool operator==(const AxisIndexParams&) const = default;
};

Avals reduction_avals(const Op& op, AvalSpan in) {
  op.get<ReduceAxesParams>().over.check(op.name(), false);
  return {in[0]};
}

// A reduction of one axis of an array, and of an array that is the same for all.
using Reduce = Value (*)(const Value&, std::span<const int64_t>);
using OfEqual = Value (*)(const Value&, int64_t size);

BatchOut reduction_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes,
                         Reduce reduce, OfEqual of_equal) {
  NamedAxes rest = op.get<ReduceAxesParams>().over;
  if (!rest.has(axis.name)) return {op.bind(in), {axes[0]}};
  if (!rest.groups.empty())
    return batch_named(op, rest, axis, in, axes, [&](const Op&, int64_t, Args x) -> BatchOut {
      int64_t front = 0;
      return {{reduce(x[0], std::span(&front, 1))}, {kUnmapped}};
    });
  std::erase(rest.names, axis.name);
  int64_t d = axes[0];
  Value r = d == kUnmapped ? of_equal(in[0], axis.size) : reduce(in[0], std::span(&d, 1));
  if (rest.names.empty()) return {{r}, {kUnmapped}};
  return {op.prim->with(ReduceAxesParams{std::move(rest)}).bind({r}), {kUnmapped}};
}

Value times(const Value& x, int64_t size) {
  return mul(x, full_like(x, static_cast<double>(size)));
}
Value same(const Value& x, int64_t) { return x; }

const Primitive psum_p{{
    .name = "psum",
    .abstract_eval = reduction_avals,
    .jvp = linear_exchange,
    // Each index adds to the results of all.
    .transpose = [](const Op& op, Args cts, TransposeArgs) { return op.bind(cts); },
    .batch =
        [](const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
          return reduction_batch(op, axis, in, axes, reduce_sum, times);
        },
    .effects = names_an_axis,
}};

const Primitive pmax_p{{
    .name = "pmax",
    .abstract_eval = reduction_avals,
    .batch =
        [](const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
          return reduction_batch(op, axis, in, axes, reduce_max, same);
        },
    .effects = names_an_axis,
}};

const Primitive pmin_p{{
    .name = "pmin",
    .abstract_eval = reduction_avals,
    .batch =
        [](const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
          return reduction_batch(op, axis, in, axes, reduce_min, same);
        },
    .effects = names_an_axis,
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
    .effects = names_an_axis,
}};

Value reduction(const Primitive& p, const Value& x, const NamedAxes& over) {
  over.check(p->name, false);
  return over.names.empty() ? x : p.with(ReduceAxesParams{over}).bind1({x});
}

}  // namespace

Value psum(const Value& x, const NamedAxes& over) { return reduction(psum_p, x, over); }
Value pmax(const Value& x, const NamedAxes& over) { return reduction(pmax_p, x, over); }
Value pmin(const Value& x, const NamedAxes& over) { return reduction(pmin_p, x, over); }

Value axis_index(const AxisName& name) {
  return axis_index_p.with(AxisIndexParams{name}).bind1({});
}

}  // namespace covector

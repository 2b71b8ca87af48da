// stack and unstack: arrays as the slices of one along a new axis.

#include "covector/lax/rules.h"

namespace covector {

using namespace rules;

namespace {

struct StackParams {
  int64_t axis = 0;
  void fields(FieldVisitor& f) const { f("axis", axis); }
  bool operator==(const StackParams&) const = default;
};

extern const Primitive unstack_p;

// stack ----------------------------------------------------------------------------

Avals stack_aval(const Op& op, AvalSpan in) {
  int64_t axis = op.get<StackParams>().axis;
  require<ValueError>(!in.empty(), "stack expects at least one operand, got 0.");
  bool weak = true;
  for (const Aval& a : in) {
    require<ValueError>(a.shape() == in[0].shape(),
                        "stack: all arrays must have the same shape, got ", in[0], " and ", a, ".");
    weak &= a.weak_type();
  }
  require_same_dtype(op, in);
  require<ValueError>(axis >= 0 && axis <= in[0].rank(), "stack: axis ", axis,
                      " is out of bounds for a result of rank ", in[0].rank() + 1);
  return {in[0].with_axis(axis, static_cast<int64_t>(in.size())).with_weak_type(weak)};
}

Values stack_transpose(const Op& op, Args ct, TransposeArgs in) {
  Values parts = unstack_p.with(op.get<StackParams>()).bind(ct);
  for (size_t i = 0; i < in.size(); ++i)
    if (!in[i].linear) parts[i] = {};
  return parts;
}

BatchOut stack_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  StackParams p = op.get<StackParams>();
  bool alike = std::ranges::all_of(axes, [&](int a) { return a == axes[0]; });
  if (!alike) {
    ++p.axis;
    return {op.prim->with(p).bind(all_to_front(axis, in, axes)), {0}};
  }
  bool before = p.axis <= axes[0];  // the new axis comes first
  p.axis += !before;
  return {op.prim->with(p).bind(in), {axes[0] + before}};
}

Values stack_formula(const Op& op, Args in) {
  int64_t axis = op.get<StackParams>().axis;
  Values rows;
  for (const Value& x : in) rows.push_back(expand_dims(x, std::span(&axis, 1)));
  return {concatenate(rows, axis)};
}

int64_t axis_in(int64_t axis, int64_t rank) {
  require<ValueError>(axis >= -rank && axis < rank, "axis ", axis,
                      " is out of bounds for array of dimension ", rank);
  return axis < 0 ? axis + rank : axis;
}

const Primitive stack_p{{
    .name = "stack",
    .abstract_eval = stack_aval,
    .jvp = linear,
    .transpose = stack_transpose,
    .batch = stack_batch,
    .lower = lower_via(stack_formula),
    .function = {.signature = "operands, axis=0",
                 .doc = R"(Joins arrays along a new axis.

Args:
  operands: a non-empty sequence of arrays of one shape and dtype.
  axis: where the new axis is in the result; negative ones count from the end.

Returns:
  An array whose slices along the axis are the operands.

Raises:
  ValueError: shapes differ, there are no operands, or the axis is out of bounds.
  TypeError: dtypes differ.)",
                 .call = [](const CallArgs& a) -> Values {
                   Values xs = a.values(0);
                   int64_t rank = xs.empty() ? 1 : xs[0].rank() + 1;
                   StackParams p{axis_in(a.integer_or(1, 0), rank)};
                   return {stack_p.with(p).bind1(xs)};
                 }},
}};

// unstack --------------------------------------------------------------------------

Avals unstack_aval(const Op& op, AvalSpan in) {
  int64_t axis = op.get<StackParams>().axis;
  require<ValueError>(in[0].rank() > 0, "unstack requires arrays with rank > 0, however a scalar ",
                      "array of shape ", in[0].shape(), " was passed.");
  require<ValueError>(axis >= 0 && axis < in[0].rank(), "unstack: axis ", axis,
                      " is out of bounds for an operand of type ", in[0]);
  return Avals(static_cast<size_t>(in[0].dim(axis)), in[0].without_axis(axis));
}

Values unstack_transpose(const Op& op, Args cts, TransposeArgs in) {
  Aval part = in[0].aval.without_axis(op.get<StackParams>().axis);
  Values parts;
  for (const Value& ct : cts) parts.push_back(instantiate(ct, part));
  return stack_p.with(op.get<StackParams>()).bind(parts);
}

Values unstack_formula(const Op& op, Args in) {
  int64_t axis = op.get<StackParams>().axis;
  Axes ones(static_cast<size_t>(in[0].aval().dim(axis)), 1);
  Values parts;
  if (ones.empty()) return parts;
  for (const Value& x : split(in[0], ones, axis)) parts.push_back(squeeze(x, std::span(&axis, 1)));
  return parts;
}

const Primitive unstack_p{{
    .name = "unstack",
    .multiple_results = true,
    .abstract_eval = unstack_aval,
    .jvp = linear,
    .transpose = unstack_transpose,
    .batch = [](const Op& op, const AxisData&, Args in, const MappedAxes& axes) -> BatchOut {
      StackParams p = op.get<StackParams>();
      bool before = p.axis < axes[0];  // the axis that goes stands in front
      p.axis += !before;
      Values parts = op.prim->with(p).bind(in);
      size_t n = parts.size();
      return {std::move(parts), MappedAxes(n, axes[0] - before)};
    },
    .lower = lower_via(unstack_formula),
    .function = {.signature = "x, axis=0",
                 .doc = R"(The slices of an array along an axis.

Args:
  x: an array of rank one or more.
  axis: the axis that goes; negative ones count from the end.

Returns:
  A list of as many arrays as the axis is long.

Raises:
  ValueError: the axis is out of bounds.)",
                 .call = [](const CallArgs& a) -> Values {
                   Value x = a.value(0);
                   require<ValueError>(x.rank() > 0, "unstack requires arrays with rank > 0, ",
                                       "however a scalar array of shape () was passed.");
                   StackParams p{axis_in(a.integer_or(1, 0), x.rank())};
                   return unstack_p.with(p).bind({x});
                 },
                 .name = "_unstack"},
}};

}  // namespace

}  // namespace covector

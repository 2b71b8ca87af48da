// Reductions of whole axes by a fixed operation.

#include "covector/lax/elementwise.h"
#include "covector/lax/monoid.h"

namespace covector {

using namespace rules;

namespace {

struct ReduceParams {
  Axes axes;
  bool is_sum = false;
  void fields(FieldVisitor& f) const {
    f("axes", &axes);
    if (is_sum) f("out_sharding", Param::None());
  }
  bool operator==(const ReduceParams&) const = default;
};

Axes axes_of(const Op& op) { return op.get<ReduceParams>().axes; }

Op with_axes(const Op& op, Axes axes) {
  return op.prim->with(ReduceParams{std::move(axes), op.get<ReduceParams>().is_sum});
}

// abstract_eval --------------------------------------------------------------------

EvalRule reduce_eval(DTypeSet accepts, bool weak) {
  return [=](const Op& op, AvalSpan in) -> Avals {
    Axes axes = axes_of(op);
    const Aval& x = in[0];
    require_dtype(op, x, accepts.has, accepts.names);
    for (size_t i = 0; i < axes.size(); ++i) {
      require<ValueError>(!contains(std::span(axes).first(i), axes[i]),
                          "duplicate value in 'axes' of reduction: ", axes);
      require<ValueError>(axes[i] >= 0 && axes[i] < x.rank(), "reduction axes ", axes,
                          " contains out-of-bounds indices for ", x, ".");
    }
    Shape out;
    for (int64_t i : other_axes(x.rank(), axes)) out.push_back(x.dim(i));
    return {Aval(x.dtype(), out, weak && x.weak_type())};
  };
}

// jvp -------------------------------------------------------------------------------

// Each of several equal extremes has an equal share in the result.
Value extreme_partial(const Axes& axes, const Value& g, const Value& out, const Value& x) {
  Shape kept = x.shape();
  for (int64_t i : axes) kept[static_cast<size_t>(i)] = 1;
  Value won = convert_element_type(eq(x, reshape(out, kept)), x.dtype(), x.aval().weak_type());
  return reduce_sum(g * won, axes) / reduce_sum(won, axes);
}

JvpOut extreme_jvp(const Op& op, Args x, Args t) {
  Value out = op.bind1(x);
  Value d = extreme_partial(axes_of(op), t[0], out, x[0]);
  return {{std::move(out)}, {std::move(d)}};
}

// The axes made one, in front.
Value flattened(const Value& x, const Axes& axes) {
  if (axes.size() == 1) return move_axis(x, static_cast<int>(axes[0]), 0);
  Axes perm = axes;
  perm.append(other_axes(x.rank(), axes));
  Shape shape{1};
  for (size_t i = 0; i < perm.size(); ++i) {
    int64_t n = x.shape()[static_cast<size_t>(perm[i])];
    if (i < axes.size())
      shape[0] *= n;
    else
      shape.push_back(n);
  }
  return reshape(transpose(x, perm), shape);
}

// For each element of the first axis, the product of those before it.
Value products_before(const Value& x, bool reverse) {
  std::vector<PadDim> dims(static_cast<size_t>(x.rank()));
  dims[0] = reverse ? PadDim{-1, 1, 0} : PadDim{1, -1, 0};
  return pad(cumprod(x, 0, reverse), like(x, 1), dims);
}

// The derivative with respect to an element is the product of all others, which
// is right also where elements are zero.
JvpOut product_jvp(const Op& op, Args in, Args t) {
  Value out = op.bind1(in);
  const Axes axes = axes_of(op);
  Value x = flattened(in[0], axes), g = flattened(t[0], axes);
  if (x.shape()[0] == 0) return {{std::move(out)}, {Value()}};
  Value others = products_before(x, false) * products_before(x, true);
  Axes front{0};
  return {{std::move(out)}, {reduce_sum(g * others, front)}};
}

// The other rules -------------------------------------------------------------------

Values sum_transpose(const Op& op, Args ct, TransposeArgs in) {
  const Aval& x = in[0].aval;
  return {broadcast_in_dim(ct[0], x.shape(), other_axes(x.rank(), axes_of(op)))};
}

// The mapped axis stays where it is among those that remain.
BatchOut reduce_batch(const Op& op, const AxisData&, Args in, const MappedAxes& mapped) {
  Axes axes;
  int out = mapped[0];
  for (int64_t i : axes_of(op)) {
    axes.push_back(i + (i >= mapped[0]));
    out -= axes.back() < mapped[0];
  }
  return {with_axes(op, std::move(axes)).bind(in), {out}};
}

LowerRule reduce_lower(Monoid m) {
  return [m](const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan) -> hlo::Results {
    return {reduce_axes(b, m, in[0], axes_of(op))};
  };
}

struct ReductionSpec {
  std::string_view name, summary;
  Monoid monoid;
  DTypeSet accepts;
  JvpRule jvp;
  Value (*f)(const Value&, std::span<const int64_t>);
  TransposeRule transpose = {};
  bool weak = true;
  std::string_view signature = "operand, axes";
};

PrimitiveDef reduction(ReductionSpec s) {
  std::string doc = str(s.summary, R"(

Args:
  operand: an array of dtype )",
                        s.accepts.names, R"(.
  axes: the axes to reduce, each from 0 to the rank, without doubles.

Returns:
  An array of the operand's dtype, without these axes.

Raises:
  TypeError: the dtype is not one of these.
  ValueError: an axis is out of bounds or given twice.)");
  return {.name = s.name,
          .abstract_eval = reduce_eval(s.accepts, s.weak),
          .jvp = std::move(s.jvp),
          .transpose = std::move(s.transpose),
          .batch = reduce_batch,
          .lower = reduce_lower(s.monoid),
          .function = {.signature = s.signature,
                       .doc = kept(std::move(doc)),
                       .call = [f = s.f](const CallArgs& a) -> Values {
                         return {f(a.value(0), a.axes(1))};
                       }}};
}

constexpr DTypeSet kNumber{is_number, "number"};
bool is_wide(DType d) { return is_bool(d) || (is_integer(d) && d->bits >= 8); }
constexpr DTypeSet kWideBits{is_wide, "bool or integer of at least 8 bits"};

const Primitive reduce_sum_p{reduction({
    .name = "reduce_sum",
    .summary = "The sum of the elements along axes, in the operand's own type.",
    .monoid = Monoid::kSum,
    .accepts = kNumber,
    .jvp = linear,
    .f = reduce_sum,
    .transpose = sum_transpose,
    .signature = "operand, axes, *, out_sharding=None",
})};

const Primitive reduce_prod_p{reduction({
    .name = "reduce_prod",
    .summary = "The product of the elements along axes, in the operand's own type.",
    .monoid = Monoid::kProduct,
    .accepts = kNumber,
    .jvp = product_jvp,
    .f = reduce_prod,
})};

const Primitive reduce_max_p{reduction({
    .name = "reduce_max",
    .summary = "The greatest element along axes; NaN if one is.",
    .monoid = Monoid::kMax,
    .accepts = kAny,
    .jvp = extreme_jvp,
    .f = reduce_max,
})};

const Primitive reduce_min_p{reduction({
    .name = "reduce_min",
    .summary = "The least element along axes; NaN if one is.",
    .monoid = Monoid::kMin,
    .accepts = kAny,
    .jvp = extreme_jvp,
    .f = reduce_min,
})};

const Primitive reduce_and_p{reduction({
    .name = "reduce_and",
    .summary = "The bits set in all elements along axes; for booleans, whether all are true.",
    .monoid = Monoid::kAnd,
    .accepts = kWideBits,
    .jvp = zero_jvp,
    .f = reduce_and,
    .weak = false,
})};

const Primitive reduce_or_p{reduction({
    .name = "reduce_or",
    .summary = "The bits set in any element along axes; for booleans, whether one is true.",
    .monoid = Monoid::kOr,
    .accepts = kWideBits,
    .jvp = zero_jvp,
    .f = reduce_or,
    .weak = false,
})};

const Primitive reduce_xor_p{reduction({
    .name = "reduce_xor",
    .summary = "The bits set in an odd number of elements along axes.",
    .monoid = Monoid::kXor,
    .accepts = kWideBits,
    .jvp = zero_jvp,
    .f = reduce_xor,
    .weak = false,
})};

Value reduced(const Primitive& p, const Value& x, std::span<const int64_t> axes,
              bool is_sum = false) {
  return p.with(ReduceParams{Axes(axes.begin(), axes.end()), is_sum}).bind1({x});
}

}  // namespace

Value reduce_sum(const Value& x, std::span<const int64_t> axes) {
  return reduced(reduce_sum_p, x, axes, true);
}
Value reduce_prod(const Value& x, std::span<const int64_t> axes) {
  return reduced(reduce_prod_p, x, axes);
}
Value reduce_max(const Value& x, std::span<const int64_t> axes) {
  return reduced(reduce_max_p, x, axes);
}
Value reduce_min(const Value& x, std::span<const int64_t> axes) {
  return reduced(reduce_min_p, x, axes);
}
Value reduce_and(const Value& x, std::span<const int64_t> axes) {
  return reduced(reduce_and_p, x, axes);
}
Value reduce_or(const Value& x, std::span<const int64_t> axes) {
  return reduced(reduce_or_p, x, axes);
}
Value reduce_xor(const Value& x, std::span<const int64_t> axes) {
  return reduced(reduce_xor_p, x, axes);
}

}  // namespace covector

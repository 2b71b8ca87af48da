// Elementwise arithmetic of two operands, and bits.

#include "covector/lax/elementwise.h"
#include "covector/lax/monoid.h"

namespace covector {

using namespace rules;

namespace {

// add, sub: the tangent of a sum is the sum of tangents, broadcast if alone -----------

JvpOut sum_jvp(const Op& op, Args x, Args t, bool minus) {
  Value out = op.bind1(x), d;
  if (t[0] && t[1])
    d = op.bind1(t);
  else
    d = broadcast_to_shape(t[0] ? t[0] : minus ? -t[1] : t[1], out.shape());
  return {{std::move(out)}, {std::move(d)}};
}

Values sum_transpose(const Value& ct, TransposeArgs in, bool minus) {
  Values r(2);
  if (in[0].linear) r[0] = unbroadcast(ct, in[0].aval);
  if (in[1].linear) r[1] = unbroadcast(minus ? -ct : ct, in[1].aval);
  return r;
}

const Primitive add_p{binary({
    .name = "add",
    .summary = "x + y for each pair of elements.",
    .jvp = [](const Op& op, Args x, Args t) { return sum_jvp(op, x, t, false); },
    .transpose = [](const Op&, Args ct,
                    TransposeArgs in) { return sum_transpose(ct[0], in, false); },
    .lower = hlo_op("add"),
    .f = add,
})};

const Primitive sub_p{binary({
    .name = "sub",
    .summary = "x - y for each pair of elements.",
    .jvp = [](const Op& op, Args x, Args t) { return sum_jvp(op, x, t, true); },
    .transpose = [](const Op&, Args ct,
                    TransposeArgs in) { return sum_transpose(ct[0], in, true); },
    .lower = hlo_op("subtract"),
    .f = sub,
})};

// mul ------------------------------------------------------------------------------

struct MulParams {
  DType out_dtype;  // null: the operands', which then must be equal
  void fields(FieldVisitor& f) const {
    if (out_dtype)
      f("out_dtype", out_dtype);
    else
      f.quiet("out_dtype", Param::None());
  }
  bool operator==(const MulParams&) const = default;
};

Avals mul_aval(const Op& op, AvalSpan in) {
  DType d = op.params ? op.get<MulParams>().out_dtype : DType();
  if (!d) return elementwise_eval(kNumbers)(op, in);
  for (const Aval& a : in) require_dtype(op, a, is_number, kNumbers.names);
  return {Aval(d, broadcast_shape(op, in))};
}

Value mul_to(const Primitive& p, const Value& x, const Value& y, DType d) {
  return d ? p.with(MulParams{d}).bind1({x, y}) : mul(x, y);
}

Values mul_transpose(const Op& op, Args ct, TransposeArgs in) {
  invariant(in[0].linear != in[1].linear, "mul: it is linear in one operand at a time");
  size_t i = in[0].linear ? 0 : 1;
  DType d = op.params && op.get<MulParams>().out_dtype ? in[i].aval.dtype() : DType();
  Values r(2);
  r[i] = unbroadcast(mul_to(*op.prim, ct[0], in[1 - i].value, d), in[i].aval);
  return r;
}

const Primitive mul_p{{
    .name = "mul",
    .abstract_eval = mul_aval,
    .jvp = bilinear,
    .transpose = mul_transpose,
    .batch = batch_elementwise,
    .lower = [](const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) -> hlo::Results {
      hlo::Operand v[2] = {b.convert(in[0], out[0].dtype()), b.convert(in[1], out[0].dtype())};
      return hlo_op("multiply")(op, b, v, out);
    },
    .function = {.signature = "x, y, *, out_dtype=None",
                 .doc = R"(x * y for each pair of elements.

Args:
  x, y: arrays of dtype integer, floating, complexfloating, of the same unless
    `out_dtype` is given. Shapes are equal, or () for scalars, or of equal rank
    with axes of size 1, which are repeated.
  out_dtype: the dtype to compute in, and of the result.

Returns:
  An array of the shape the operands broadcast to.

Raises:
  TypeError: dtypes differ or shapes do not broadcast.)",
                 .call = [](const CallArgs& a) -> Values {
                   return {mul_to(mul_p, a.value(0), a.value(1), a.dtype_or(2, DType()))};
                 }},
}};

// div, rem ----------------------------------------------------------------------------

const Primitive div_p{binary({
    .name = "div",
    .summary = "x / y for each pair of elements; integers round towards 0.",
    .jvp = partials({
        [](const Value& g, const Value&, Args in) { return g / in[1]; },
        [](const Value& g, const Value& out, Args in) { return g * -(out / in[1]); },
    }),
    .transpose = [](const Op&, Args ct, TransposeArgs in) -> Values {
      require<RuntimeError>(!in[1].linear, "nonlinear div can't be transposed");
      return {unbroadcast(ct[0] / in[1].value, in[0].aval), Value()};
    },
    .lower = hlo_op("divide"),
    .f = div,
})};

// x = trunc(x / y) y + rem
const Primitive rem_p{binary({
    .name = "rem",
    .summary = "The remainder of x / y, with the sign of x, for each pair of elements.",
    .accepts = kReals,
    .jvp = partials({
        [](const Value& g, const Value&, Args) { return g; },
        [](const Value& g, const Value&, Args in) {
          Value q = in[0] / in[1];
          return g * -(sign(q) * floor(abs(q)));
        },
    }),
    .lower = hlo_op("remainder"),
    .f = rem,
})};

// max, min ----------------------------------------------------------------------------

JvpRule choice_jvp() {
  return partials({
      [](const Value& g, const Value& out, Args in) {
        return g * share_of_extreme(in[0], in[1], out);
      },
      [](const Value& g, const Value& out, Args in) {
        return g * share_of_extreme(in[1], in[0], out);
      },
  });
}

LowerRule choice_lower(Monoid m) {
  return [m](const Op&, hlo::Builder& b, hlo::Operands in, AvalSpan out) -> hlo::Results {
    const Shape& s = out[0].shape();
    return {combine(b, m, b.broadcast_to(in[0], s), b.broadcast_to(in[1], s))};
  };
}

const Primitive max_p{binary({
    .name = "max",
    .summary = "The greater of each pair of elements; NaN if one is. Complex numbers are ordered "
               "by their real, then their imaginary parts.",
    .accepts = kAny,
    .jvp = choice_jvp(),
    .lower = choice_lower(Monoid::kMax),
    .f = max,
})};

const Primitive min_p{binary({
    .name = "min",
    .summary = "The lesser of each pair of elements; NaN if one is. Complex numbers are ordered "
               "by their real, then their imaginary parts.",
    .accepts = kAny,
    .jvp = choice_jvp(),
    .lower = choice_lower(Monoid::kMin),
    .f = min,
})};

// pow ----------------------------------------------------------------------------------

// Inexact numbers to powers of the same type, or to integer powers.
Avals pow_aval(const Op& op, AvalSpan in) {
  DType x = in[0].dtype(), y = in[1].dtype();
  for (const Aval& a : in) {
    bool base = &a == &in[0];
    if (!(base ? is_inexact : is_number)(a.dtype()))
      fail<TypeError>("pow does not accept dtype ", a.dtype()->name, " at position ", base ? 0 : 1,
                      ". Accepted dtypes at position ", base ? 0 : 1, " are subtypes of ",
                      base ? kInexact.names : kNumbers.names, ".");
  }
  require<TypeError>(x == y || is_integer(y),
                     "the first argument to pow must have an inexact dtype (float or complex), and "
                     "the second argument must have an inexact or integer dtype, and two inexact "
                     "dtypes must match, but got ",
                     x->name, " and ", y->name, " respectively.");
  return {Aval(x, broadcast_shape(op, in), in[0].weak_type() && in[1].weak_type())};
}

// y x^(y - 1). An integer power 0 has slope 0 also where x is 0.
Value pow_by_base(const Value& g, const Value& out, Args in) {
  if (!is_integer(in[1].dtype())) return g * (in[1] * pow(in[0], in[1] - like(in[1], 1)));
  Value x = broadcast_to_shape(in[0], out.shape());
  Value y = broadcast_to_shape(convert_element_type(in[1], x.dtype()), out.shape());
  Value slope = replace_zero(y) * pow(x, y - like(y, 1));
  return g * select(eq(y, like(y, 0)), full(slope.aval(), 0), slope);
}

// log(x) x^y, which is 0 and not NaN where x is 0.
Value pow_by_exponent(const Value& g, const Value& out, Args in) {
  return g * (log(replace_zero(in[0])) * out);
}

const Primitive pow_p{{
    .name = "pow",
    .abstract_eval = pow_aval,
    .jvp = partials({pow_by_base, pow_by_exponent}),
    .batch = batch_elementwise,
    .lower = [](const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) -> hlo::Results {
      hlo::Operand v[2] = {in[0], b.convert(in[1], out[0].dtype())};
      return hlo_op("power")(op, b, v, out);
    },
    .function = {.signature = "x, y",
                 .doc = R"(x to the power y for each pair of elements.

Args:
  x: an array of dtype floating, complexfloating.
  y: an array of the same dtype, or of an integer dtype. Shapes are equal, or ()
    for scalars, or of equal rank with axes of size 1, which are repeated.

Returns:
  An array of the dtype of `x` and the shape the operands broadcast to.

Raises:
  TypeError: dtypes or shapes do not fit.)",
                 .call = [](const CallArgs& a) -> Values { return {pow(a.value(0), a.value(1))}; }},
}};

// atan2, nextafter ------------------------------------------------------------------

const Primitive atan2_p{binary({
    .name = "atan2",
    .summary = "The angle of the point (y, x), arc tangent of x / y, for each pair of elements.",
    .accepts = kInexact,
    .jvp = partials({
        [](const Value& g, const Value&, Args in) {
          return g * (in[1] / (square(in[0]) + square(in[1])));
        },
        [](const Value& g, const Value&, Args in) {
          return g * (-in[0] / (square(in[0]) + square(in[1])));
        },
    }),
    .lower = hlo_op("atan2"),
    .f = atan2,
})};

const Primitive nextafter_p{binary({
    .name = "nextafter",
    .summary = "The float next to x1 in the direction of x2, for each pair of elements.",
    .accepts = kFloats,
    .lower = hlo_op("chlo.next_after"),
    .f = nextafter,
    .signature = "x1, x2",
})};

}  // namespace

Value rules::share_of_extreme(const Value& x, const Value& other, const Value& out) {
  Value won = convert_element_type(eq(x, out), out.dtype(), out.aval().weak_type());
  Value tied = convert_element_type(eq(other, out), out.dtype(), out.aval().weak_type());
  return won / (tied + like(out, 1));
}

Value add(const Value& x, const Value& y) { return add_p.op().bind1({x, y}); }
Value sub(const Value& x, const Value& y) { return sub_p.op().bind1({x, y}); }
Value div(const Value& x, const Value& y) { return div_p.op().bind1({x, y}); }
Value rem(const Value& x, const Value& y) { return rem_p.op().bind1({x, y}); }
Value max(const Value& x, const Value& y) { return max_p.op().bind1({x, y}); }
Value min(const Value& x, const Value& y) { return min_p.op().bind1({x, y}); }
Value pow(const Value& x, const Value& y) { return pow_p.op().bind1({x, y}); }
Value atan2(const Value& x, const Value& y) { return atan2_p.op().bind1({x, y}); }
Value nextafter(const Value& x, const Value& y) { return nextafter_p.op().bind1({x, y}); }

Value mul(const Value& x, const Value& y) {
  static const Params same = make_ref<const ParamsOf<MulParams>>(MulParams{});
  return Op{&mul_p, same}.bind1({x, y});
}

}  // namespace covector

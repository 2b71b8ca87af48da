// Products of arrays of narrow floats with a scale for each block of elements:
// the microscaling formats of the Open Compute Project's MX specification.

#include "covector/lax/dot_algorithm.h"
#include "covector/lax/param_reader.h"
#include "covector/lax/rules.h"

namespace covector {

using namespace rules;

namespace {

extern const Primitive scaled_dot_p;

struct ScaledParams {
  DotDims dims;
  DType preferred = kBfloat16;
  void fields(FieldVisitor& f) const {
    auto pair = [](Param a, Param b) {
      return Param(Param::Tuple{{std::move(a), std::move(b)}, false});
    };
    Param d =
        pair(pair(dims.lhs_contract, dims.rhs_contract), pair(dims.lhs_batch, dims.rhs_batch));
    f("dimension_numbers", &d);
    f("preferred_element_type", preferred);
  }
  bool operator==(const ScaledParams&) const = default;
};

void check_scale(const char* side, const Aval& x, const Aval& scale, const Axes& contract) {
  for (int64_t i = 0; i < x.rank(); ++i) {
    int64_t size = x.dim(i), blocks = scale.dim(i);
    if (!contains(contract, i)) {
      require<TypeError>(size == blocks, side, " dim ", i, " of size ", size,
                         " does not match scale dim size ", blocks, ".");
      continue;
    }
    require<TypeError>(blocks > 0 && size % blocks == 0, side, " contracting dim ", i, " of size ",
                       size, " must be divisible by its scale's dim size ", blocks, ".");
    require<TypeError>(size / blocks >= 2, "The ratio of ", side, " contracting dim ", i,
                       " to its scale's dim size (", size / blocks, ") must be at least 2.");
  }
}

void check_sizes(AvalSpan in, const DotDims& d) {
  for (size_t k = 0; k < std::min(d.lhs_batch.size(), d.rhs_batch.size()); ++k) {
    int64_t i = d.lhs_batch[k], j = d.rhs_batch[k];
    if (i < 0 || i >= in[0].rank() || j < 0 || j >= in[1].rank()) return;
    bool equal = in[0].dim(i) == in[1].dim(j) && in[0].dim(i) == in[2].dim(i);
    require<TypeError>(equal && in[1].dim(j) == in[3].dim(j),
                       "All input tensors must have the same batch dimension size for batch dims (",
                       i, ", ", j, "), got ", in[0], ", ", in[1], " and scales ", in[2], ", ",
                       in[3], ".");
  }
  for (size_t k = 0; k < std::min(d.lhs_contract.size(), d.rhs_contract.size()); ++k) {
    int64_t i = d.lhs_contract[k], j = d.rhs_contract[k];
    if (i < 0 || i >= in[0].rank() || j < 0 || j >= in[1].rank()) return;
    require<TypeError>(in[0].dim(i) == in[1].dim(j), "LHS contracting dim ", i, " of size ",
                       in[0].dim(i), " does not match RHS contracting dim ", j, " of size ",
                       in[1].dim(j), ".");
  }
}

Avals scaled_dot_aval(const Op& op, AvalSpan in) {
  auto& p = op.get<ScaledParams>();
  for (const Aval& a : in) require_dtype(op, a, is_number_or_bool, "number or bool");
  require<TypeError>(in[0].rank() == in[1].rank(), "scaled_dot: all operands must have the same ",
                     "rank, got ", in[0], " and ", in[1], ".");
  require_dtype(op, Aval(p.preferred, {}), is_floating, "floating");
  for (size_t side = 0; side < 2; ++side)
    require<TypeError>(in[side].rank() == in[side + 2].rank(), "scaled_dot: an operand of type ",
                       in[side], " must have the rank of its scale, of type ", in[side + 2], ".");
  check_sizes(in, p.dims);
  Aval out = dot_result(in[0].with_dtype(kBfloat16), in[1].with_dtype(kBfloat16), p.dims, {});
  check_scale("LHS", in[0], in[2], p.dims.lhs_contract);
  check_scale("RHS", in[1], in[3], p.dims.rhs_contract);
  return {Aval(p.preferred, out.shape())};
}

// The operand with each block multiplied by its scale.
Value scaled(const Value& x, const Value& scale) {
  Shape blocks, shape;
  Axes dims;
  for (int64_t i = 0; i < x.rank(); ++i) {
    int64_t n = scale.aval().dim(i);
    dims.push_back(static_cast<int64_t>(blocks.size()));
    blocks.push_back(n);
    if (n != x.aval().dim(i)) blocks.push_back(x.aval().dim(i) / n);
  }
  Value spread = broadcast_in_dim(convert_element_type(scale, kBfloat16), blocks, dims);
  return convert_element_type(x, kBfloat16) * reshape(spread, x.shape());
}

Values scaled_dot_formula(const Op& op, Args in) {
  auto& p = op.get<ScaledParams>();
  DotOptions o;
  o.preferred_element_type = p.preferred;
  return {dot_general(scaled(in[0], in[2]), scaled(in[1], in[3]), p.dims, o)};
}

// The mapped axis is one more batch axis.
BatchOut scaled_dot_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  ScaledParams p = op.get<ScaledParams>();
  for (Axes* a : {&p.dims.lhs_contract, &p.dims.rhs_contract, &p.dims.lhs_batch, &p.dims.rhs_batch})
    *a = shifted(*a);
  p.dims.lhs_batch.insert(p.dims.lhs_batch.begin(), 0);
  p.dims.rhs_batch.insert(p.dims.rhs_batch.begin(), 0);
  return {op.prim->with(std::move(p)).bind(all_to_front(axis, in, axes)), {0}};
}

// Matrices along the last two axes, the others being equal.
DotDims default_dims(const Aval& x) {
  require<TypeError>(x.rank() >= 2, "scaled_dot does not support 0-rank and 1-rank operands.");
  Axes batch = iota_axes(x.rank() - 2);
  return {{x.rank() - 1}, {x.rank() - 2}, batch, batch};
}

Value unit_scale(const Value& x, const Axes& contract) {
  Shape shape = x.shape();
  for (int64_t a : contract)
    if (a >= 0 && a < x.rank()) shape[static_cast<size_t>(a)] = 1;
  return full(Aval(kFloat8E8m0fnu, shape), 1);
}

Values scaled_dot_call(const CallArgs& a) {
  Value x = a.value(0), y = a.value(1);
  DotDims d = a.is_none(4) ? default_dims(x.aval()) : read_dot_dims(a.param(4));
  Value x_scale = a.is_none(2) ? unit_scale(x, d.lhs_contract) : a.value(2);
  Value y_scale = a.is_none(3) ? unit_scale(y, d.rhs_contract) : a.value(3);
  DType preferred = a.is_none(5) ? kBfloat16 : canonical(a.dtype(5));
  return scaled_dot_p.with(ScaledParams{d, preferred}).bind({x, y, x_scale, y_scale});
}

const Primitive scaled_dot_p{{
    .name = "scaled_dot",
    .abstract_eval = scaled_dot_aval,
    .batch = scaled_dot_batch,
    .lower = lower_via(scaled_dot_formula),
    .function = {.signature = "lhs, rhs, *, lhs_scale=None, rhs_scale=None, "
                              "dimension_numbers=None, preferred_element_type=None",
                 .doc = R"(The product of two arrays whose blocks have scales.

Args:
  lhs: an array, of narrow floats as a rule; it is converted to bfloat16.
  rhs: another one, of the same rank.
  lhs_scale: an array of the rank of `lhs`, shorter along the axes that are
    summed over: one scale for as many elements as it is shorter. None: ones.
  rhs_scale: the same of `rhs`.
  dimension_numbers: as of `dot_general`; by default the operands are matrices
    along their last two axes.
  preferred_element_type: the dtype to accumulate in and return; bfloat16 by
    default.

Returns:
  An array as `dot_general` returns it.

Raises:
  TypeError: shapes or dimension numbers do not fit.)",
                 .call = scaled_dot_call},
}};

}  // namespace

}  // namespace covector

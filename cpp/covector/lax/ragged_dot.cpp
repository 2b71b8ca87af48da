// Products of matrices whose rows, columns or batches fall into groups of
// sizes that are known when the program runs only.

#include "covector/lax/dot_algorithm.h"
#include "covector/lax/ragged_dims.h"

namespace covector {

using namespace rules;

namespace {

extern const Primitive ragged_dot_general_p;

struct RaggedParams {
  RaggedDims dims;
  Param precision;
  DType preferred;
  void fields(FieldVisitor& f) const {
    Param numbers = param_of(dims);
    f("group_offset", Param::None());
    f("out_sharding", Param::None());
    f("precision", &precision);
    if (preferred)
      f("preferred_element_type", preferred);
    else
      f("preferred_element_type", Param::None());
    f("ragged_dot_dimension_numbers", &numbers);
  }
  bool operator==(const RaggedParams&) const = default;
};

DotOptions options_of(const RaggedParams& p) { return read_dot_options(p.precision, p.preferred); }

// abstract_eval ----------------------------------------------------------------------

// The product of what one group sees.
Aval one_group(const RaggedParams& p, const Aval& lhs, Aval rhs) {
  DotDims d = p.dims.dot;
  if (mode_of(p.dims) == RaggedMode::kFree) {
    int64_t group = p.dims.rhs_group[0];
    rhs = rhs.without_axis(group);
    for (int64_t& a : d.rhs_contract) a -= a > group;
    for (int64_t& a : d.rhs_batch) a -= a > group;
  }
  return dot_result(lhs, rhs, d, options_of(p));
}

Avals ragged_aval(const Op& op, AvalSpan in) {
  auto& p = op.get<RaggedParams>();
  require_ragged(p.dims, in[0], in[1], in[2]);
  Aval out = one_group(p, in[0], in[1]);
  return {mode_of(p.dims) == RaggedMode::kContracted ? out.with_axis(0, in[2].shape().back())
                                                     : out};
}

// The dense form ---------------------------------------------------------------------

// Sizes of groups for every place along the prefix axes, of these sizes.
Value full_sizes(const Value& sizes, const Shape& prefix_sizes) {
  return sizes.rank() > 1 || prefix_sizes.empty() ? sizes : broadcast(sizes, prefix_sizes);
}

// A copy of x for each group, along a new first axis, that is zero but for the
// group's part of the ragged axis.
Value expanded(const Value& x, const Value& group_sizes, int64_t ragged, const Axes& prefix) {
  Shape prefix_sizes;
  for (int64_t a : prefix) prefix_sizes.push_back(x.aval().dim(a));
  Value sizes = full_sizes(group_sizes, prefix_sizes);
  int64_t last = sizes.rank() - 1;
  Value ends = cumsum(sizes, last), starts = ends - sizes;
  Shape shape = x.shape();
  shape.insert(shape.begin(), sizes.aval().dim(last));
  // Where each axis of the sizes is in the result, in ascending order.
  Axes to = shifted(prefix);
  to.push_back(0);
  Axes perm = iota_axes(sizes.rank());
  std::ranges::sort(perm, {}, [&](int64_t a) { return to[static_cast<size_t>(a)]; });
  Axes dims;
  for (int64_t a : perm) dims.push_back(to[static_cast<size_t>(a)]);
  auto spread = [&](const Value& v) { return broadcast_in_dim(transpose(v, perm), shape, dims); };
  Value at = iota(sizes.dtype(), shape, ragged + 1);
  Value inside = bitwise_and(le(spread(starts), at), lt(at, spread(ends)));
  Value copies = broadcast_in_dim(x, shape, iota_axes(x.rank(), 1));
  return select(inside, copies, full_like(copies, 0));
}

Axes with_front(int64_t first, const Axes& rest) {
  Axes r{first};
  r.append(shifted(rest));
  return r;
}

Value expanded_lhs(const RaggedDims& d, const Value& x, const Value& sizes) {
  return expanded(x, sizes, d.lhs_ragged[0], lhs_prefix(d, x.rank()));
}

// rhs where its contracted axis is the ragged one.
Value expanded_rhs(const RaggedDims& d, const Value& y, const Value& sizes) {
  auto at = std::ranges::find(d.dot.lhs_contract, d.lhs_ragged[0]) - d.dot.lhs_contract.begin();
  int64_t ragged = d.dot.rhs_contract[static_cast<size_t>(at)];
  return expanded(y, sizes, ragged, rhs_prefix(d, ragged));
}

Values dense(const Op& op, Args in) {
  auto& p = op.get<RaggedParams>();
  const RaggedDims& d = p.dims;
  DotDims dot = d.dot;
  if (mode_of(d) == RaggedMode::kBatch) return {dot_general(in[0], in[1], dot, options_of(p))};
  Value x = expanded_lhs(d, in[0], in[2]), y = in[1];
  dot.lhs_batch = shifted(dot.lhs_batch);
  dot.lhs_contract = shifted(dot.lhs_contract);
  if (mode_of(d) == RaggedMode::kFree) {
    dot.lhs_contract.push_back(0);
    dot.rhs_contract.push_back(d.rhs_group[0]);
  } else {
    y = expanded_rhs(d, y, in[2]);
    dot = {dot.lhs_contract, shifted(d.dot.rhs_contract), with_front(0, d.dot.lhs_batch),
           with_front(0, d.dot.rhs_batch)};
  }
  return {dot_general(x, y, dot, options_of(p))};
}

// transpose --------------------------------------------------------------------------

// Puts the axes of `r`, which are these of an operand, in place.
Value in_place(const Value& r, const Axes& origin, const Aval& self) {
  return convert_element_type(transpose(r, inverse_permutation(origin)), self.dtype(),
                              self.weak_type());
}

// The axes of one side, in the order of the other's that they are summed with.
Axes by_other(const Axes& self, const Axes& other) {
  Axes order = iota_axes(static_cast<int64_t>(other.size())), r;
  std::ranges::sort(order, {}, [&](int64_t i) { return other[static_cast<size_t>(i)]; });
  for (int64_t i : order) r.push_back(self[static_cast<size_t>(i)]);
  return r;
}

struct Sides {
  Axes x_free, y_free, ct_batch, ct_x, ct_y;  // and where the cotangent has them
  Sides(const RaggedDims& d, int64_t x_rank, int64_t y_rank, int64_t groups)
      : x_free(lhs_free_axes(d, x_rank)), y_free(rhs_free_axes(d, y_rank)) {
    auto size = [](const Axes& a) { return static_cast<int64_t>(a.size()); };
    ct_batch = iota_axes(size(d.dot.lhs_batch), groups);
    ct_x = iota_axes(size(x_free), groups + size(ct_batch));
    ct_y = iota_axes(size(y_free), groups + size(ct_batch) + size(ct_x));
  }
};

// For a free ragged axis: again a product with a free ragged axis...
Value free_lhs_cotangent(const Op& op, const Value& ct, const Aval& x, const Value& y,
                         const Value& sizes) {
  RaggedParams p = op.get<RaggedParams>();
  RaggedDims d = p.dims;
  Sides s(d, x.rank(), y.rank(), 0);
  auto at = std::ranges::find(s.x_free, d.lhs_ragged[0]) - s.x_free.begin();
  p.dims = {{s.ct_y, s.y_free, s.ct_batch, d.dot.rhs_batch},
            {s.ct_x[static_cast<size_t>(at)]},
            d.rhs_group};
  Axes origin = d.dot.lhs_batch;
  origin.append(s.x_free);
  origin.append(by_other(d.dot.lhs_contract, d.dot.rhs_contract));
  return in_place(op.prim->with(std::move(p)).bind1({ct, y, sizes}), origin, x);
}

// ... and one with a contracted ragged axis.
Value free_rhs_cotangent(const Op& op, const Value& ct, const Value& x, const Aval& y,
                         const Value& sizes) {
  RaggedParams p = op.get<RaggedParams>();
  RaggedDims d = p.dims;
  Sides s(d, x.rank(), y.rank(), 0);
  p.dims = {{s.x_free, s.ct_x, d.dot.lhs_batch, s.ct_batch}, d.lhs_ragged, {}};
  Axes origin = d.rhs_group;
  origin.append(d.dot.rhs_batch);
  origin.append(by_other(d.dot.rhs_contract, d.dot.lhs_contract));
  origin.append(s.y_free);
  return in_place(op.prim->with(std::move(p)).bind1({x, ct, sizes}), origin, y);
}

// For a contracted one the other operand is expanded: it masks for both.
Value contracted_cotangent(const Op& op, const Value& ct, TransposeArgs in, bool of_lhs) {
  auto& p = op.get<RaggedParams>();
  const RaggedDims& d = p.dims;
  Sides s(d, in[0].aval.rank(), in[1].aval.rank(), 1);
  const Value& sizes = in[2].value;
  Value other = of_lhs ? expanded_rhs(d, in[1].value, sizes) : expanded_lhs(d, in[0].value, sizes);
  const DotDims& dot = d.dot;
  DotDims t{with_front(0, of_lhs ? s.y_free : s.x_free), of_lhs ? s.ct_y : s.ct_x,
            shifted(of_lhs ? dot.rhs_batch : dot.lhs_batch), s.ct_batch};
  t.rhs_contract.insert(t.rhs_contract.begin(), 0);
  // (batch, contracted axes of the other, free axes of the operand)
  Value r = dot_general(other, ct, t, options_of(p));
  Axes origin = of_lhs ? dot.lhs_batch : dot.rhs_batch;
  origin.append(of_lhs ? by_other(dot.lhs_contract, dot.rhs_contract)
                       : by_other(dot.rhs_contract, dot.lhs_contract));
  origin.append(of_lhs ? s.x_free : s.y_free);
  return in_place(r, origin, in[of_lhs ? 0 : 1].aval);
}

Values ragged_transpose(const Op& op, Args ct, TransposeArgs in) {
  RaggedMode mode = mode_of(op.get<RaggedParams>().dims);
  bool of_lhs = in[0].linear;
  require<NotImplemented>(mode != RaggedMode::kBatch, "ragged_dot_general: the transpose in mode ",
                          "RAGGED_BATCH is not implemented; use dot_general");
  Values r(3);
  if (mode == RaggedMode::kContracted)
    r[of_lhs ? 0 : 1] = contracted_cotangent(op, ct[0], in, of_lhs);
  else if (of_lhs)
    r[0] = free_lhs_cotangent(op, ct[0], in[0].aval, in[1].value, in[2].value);
  else
    r[1] = free_rhs_cotangent(op, ct[0], in[0].value, in[1].aval, in[2].value);
  return r;
}

JvpOut ragged_jvp(const Op& op, Args p, Args t) {
  Value l = t[0] ? op.bind1({t[0], p[1], p[2]}) : Value();
  Value r = t[1] ? op.bind1({p[0], t[1], p[2]}) : Value();
  return {{op.bind1({p[0], p[1], p[2]})}, {add_any(l, r)}};
}

// batch --------------------------------------------------------------------------------

// The mapped axis is one more batch axis, the outermost.
BatchOut ragged_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  RaggedParams p = op.get<RaggedParams>();
  RaggedDims& d = p.dims;
  RaggedMode mode = mode_of(d);
  Value sizes = in[2];
  if (axes[2] != kUnmapped || sizes.rank() > 1) {
    sizes = batch_to_front(sizes, axis.size, axes[2]);
    Shape prefix_sizes{axis.size};
    int64_t lhs_rank = in[0].rank() - (axes[0] != kUnmapped);
    for (int64_t a : lhs_prefix(d, lhs_rank))
      prefix_sizes.push_back(in[0].aval().dim(a + (axes[0] != kUnmapped && a >= axes[0])));
    prefix_sizes.push_back(sizes.shape().back());
    if (sizes.rank() == 2) {
      int64_t last = static_cast<int64_t>(prefix_sizes.size()) - 1;
      sizes = broadcast_in_dim(sizes, prefix_sizes, Axes{0, last});
    }
  }
  d.dot = {shifted(d.dot.lhs_contract), shifted(d.dot.rhs_contract), with_front(0, d.dot.lhs_batch),
           with_front(0, d.dot.rhs_batch)};
  d.lhs_ragged = shifted(d.lhs_ragged);
  d.rhs_group = shifted(d.rhs_group);
  Value x = batch_to_front(in[0], axis.size, axes[0]),
        y = batch_to_front(in[1], axis.size, axes[1]);
  return {{op.prim->with(std::move(p)).bind1({x, y, sizes})}, {mode == RaggedMode::kContracted}};
}

// The primitive ------------------------------------------------------------------------

Values ragged_call(const CallArgs& a) {
  require<NotImplemented>(a.is_none(6), "Unimplemented group_offset support.");
  DType preferred = a.is_none(5) ? DType() : canonical(a.dtype(5));
  Param precision = precision_param(read_dot_options(a.param(4), preferred));
  RaggedParams p{read_ragged_dims(a.param(3)), std::move(precision), preferred};
  return ragged_dot_general_p.with(std::move(p)).bind({a.value(0), a.value(1), a.value(2)});
}

const Primitive ragged_dot_general_p{{
    .name = "ragged_dot_general",
    .abstract_eval = ragged_aval,
    .jvp = ragged_jvp,
    .transpose = ragged_transpose,
    .batch = ragged_batch,
    .lower = lower_via(dense),
    .function = {.signature = "lhs, rhs, group_sizes, ragged_dot_dimension_numbers, "
                              "precision=None, preferred_element_type=None, group_offset=None, "
                              "out_sharding=None",
                 .doc = R"(A product of arrays one axis of which falls into groups.

If the grouped axis of `lhs` is free, each group meets a slice of its own of
`rhs`; if it is summed over, each group gives a slice of the result; if it is a
batch axis, the product is that of `dot_general`.

Args:
  lhs: an array.
  rhs: an array.
  group_sizes: integers: how long the groups are along the grouped axis. They
    may also vary along the axes of `lhs` before it: batch axes first, then
    those of its kind.
  ragged_dot_dimension_numbers: a `RaggedDotDimensionNumbers`.
  precision: as of `dot_general`.
  preferred_element_type: the dtype to accumulate in and return.
  group_offset: must be None.
  out_sharding: must be None.

Returns:
  An array as `dot_general` returns it; where the grouped axis is summed over,
  with the groups as a new first axis. What belongs to no group is zero.

Raises:
  TypeError: the dimension numbers or shapes do not fit.)",
                 .call = ragged_call},
}};

}  // namespace

}  // namespace covector

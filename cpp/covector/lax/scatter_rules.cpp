#include "covector/lax/scatter_rules.h"

namespace covector::rules {

namespace {

Value zeros_like(const Value& x) { return zeros(x.aval()); }

// Reads from x the windows that the scatter writes; zero for dropped ones.
Value read_windows(const ScatterParams& p, const Value& x, const Value& indices,
                   const Shape& updates) {
  IndexOptions o = p.options();
  if (o.mode == IndexMode::kFillOrDrop) o.fill_value = scalar_of(kInt32, int64_t{0});
  return gather(x, indices, gather_dims(p.dims), window_sizes(p.dims, x.rank(), updates), o);
}

Value scatter_with(ScatterKind kind, const ScatterParams& p, const Value& x, const Value& indices,
                   const Value& updates) {
  return scatter(kind, x, indices, updates, p.dims, p.options());
}

// A different positive number for each window of updates, as an array that has
// axes of size 1 where windows lie.
Value window_ids(const ScatterParams& p, const Shape& updates) {
  Shape shape = updates;
  for (int64_t i : p.dims.update_window_dims) shape[static_cast<size_t>(i)] = 1;
  int64_t n = 1;
  for (int64_t size : shape) n *= size;
  DType d = n > UINT32_MAX - 1 ? kUint64 : kUint32;
  Value ids = add(iota(d, std::span(&n, 1), 0), ones(Aval(d, {n})));
  return broadcast_to_shape(reshape(ids, shape), updates);
}

}  // namespace

// Which of several updates to one place wins is not specified, and may differ
// between two runs. So the winners are found once, by scattering numbers of
// the updates, and the losers' values and tangents are masked; the sum of what
// remains is the result.
JvpOut scatter_set_jvp(const Op& op, Args in, Args tangents) {
  auto& p = op.get<ScatterParams>();
  require<NotImplemented>(!p.update_jaxpr.jaxpr, "scatter_apply JVP not implemented");
  if (!tangents[0] && !tangents[2]) return zero_jvp(op, in, tangents);
  Value gx = instantiate(tangents[0], in[0].aval()), gu = instantiate(tangents[2], in[2].aval());
  if (p.unique_indices) return {op.bind(in), op.bind({gx, in[1], gu})};
  Value ids = window_ids(p, in[2].shape());
  Value none = zeros(Aval(ids.dtype(), in[0].shape()));
  Value won = scatter_with(ScatterKind::kSet, p, none, in[1], ids);
  Value kept = eq(won, none);
  Value wins = eq(ids, read_windows(p, won, in[1], in[2].shape()));
  auto combine = [&](const Value& x, const Value& u) {
    return scatter_with(ScatterKind::kAdd, p, select(kept, x, zeros_like(x)), in[1],
                        select(wins, u, zeros_like(u)));
  };
  return {{combine(in[0], in[2])}, {combine(gx, gu)}};
}

JvpOut scatter_add_jvp(const Op& op, Args in, Args tangents) {
  Values out = op.bind(in);
  if (!tangents[2]) return {std::move(out), {tangents[0]}};
  Value gx = instantiate(tangents[0], in[0].aval());
  return {std::move(out), op.bind({gx, in[1], tangents[2]})};
}

namespace {

void require_unique(const ScatterParams& p) {
  require<NotImplemented>(p.unique_indices,
                          "scatter_mul gradients are only implemented if `unique_indices=True`");
}

}  // namespace

JvpOut scatter_mul_jvp(const Op& op, Args in, Args tangents) {
  auto& p = op.get<ScatterParams>();
  Values out = op.bind(in);
  Value t = tangents[0] ? op.bind1({tangents[0], in[1], in[2]}) : Value();
  if (tangents[2]) {
    require_unique(p);
    Value g = scatter_with(ScatterKind::kAdd, p, zeros_like(in[0]), in[1], tangents[2]);
    t = add_any(t, mul(in[0], g));
  }
  return {std::move(out), {std::move(t)}};
}

// The tangent of an element is the mean over all that tie for it, the old
// element and updates alike. NaNs tie with a NaN.
JvpOut scatter_minmax_jvp(const Op& op, Args in, Args tangents) {
  auto& p = op.get<ScatterParams>();
  Value out = op.bind1(in);
  if (!tangents[0] && !tangents[2]) return {{out}, {Value()}};
  Value gx = instantiate(tangents[0], in[0].aval()), gu = instantiate(tangents[2], in[2].aval());
  auto ties = [](const Value& x, const Value& best) { return bitwise_or(eq(x, best), ne(x, x)); };
  Value kept = ties(in[0], out);
  Value wins = ties(in[2], read_windows(p, out, in[1], in[2].shape()));
  auto sum = [&](const Value& x, const Value& u) {
    return scatter_with(ScatterKind::kAdd, p, select(kept, x, zeros_like(x)), in[1],
                        select(wins, u, zeros_like(u)));
  };
  Value count = sum(ones(in[0].aval()), ones(in[2].aval()));
  return {{out}, {div(sum(gx, gu), count)}};
}

Values scatter_add_transpose(const Op& op, Args ct, TransposeArgs in) {
  Values out(3);
  if (in[0].linear) out[0] = ct[0];
  if (in[2].linear)
    out[2] = read_windows(op.get<ScatterParams>(), ct[0], in[1].value, in[2].aval.shape());
  return out;
}

Values scatter_sub_transpose(const Op& op, Args ct, TransposeArgs in) {
  Values out = scatter_add_transpose(op, ct, in);
  if (out[2]) out[2] = neg(out[2]);
  return out;
}

Values scatter_mul_transpose(const Op& op, Args ct, TransposeArgs in) {
  auto& p = op.get<ScatterParams>();
  Values out(3);
  if (in[0].linear) out[0] = scatter_with(ScatterKind::kMul, p, ct[0], in[1].value, in[2].value);
  if (in[2].linear) {
    require_unique(p);
    out[2] = read_windows(p, mul(ct[0], in[0].value), in[1].value, in[2].aval.shape());
  }
  return out;
}

Values scatter_set_transpose(const Op& op, Args ct, TransposeArgs in) {
  auto& p = op.get<ScatterParams>();
  require<NotImplemented>(p.unique_indices,
                          "scatter transpose is only implemented where unique_indices=True");
  Values out(3);
  if (in[0].linear)
    out[0] = scatter_with(ScatterKind::kSet, p, ct[0], in[1].value, zeros(in[2].aval.strong()));
  if (in[2].linear) out[2] = read_windows(p, ct[0], in[1].value, in[2].aval.shape());
  return out;
}

}  // namespace covector::rules

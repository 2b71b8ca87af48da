// Transposition and batching of convolutions. Without space a convolution is a
// product of matrices, [batch, in] x [in, out] -> [batch, out]; with feature
// groups [batch, g in] x [in, g out] -> [batch, g out], with batch groups
// [g batch, in] x [in, g out] -> [batch, g out]. So the transpose of one kind of
// groups is made of the other, and a mapped axis becomes a further group.

#include "covector/lax/conv.h"
#include "covector/lax/rules.h"

namespace covector::rules {

namespace {

// The axis `from` becomes the slower part of axis `to`, counted without `from`.
Value merged(const Value& x, int64_t from, int64_t to) {
  int64_t axis[] = {from};
  Axes perm = other_axes(x.rank(), axis);
  perm.insert(perm.begin() + to, from);
  Shape shape;
  for (int64_t a : perm) {
    bool target = static_cast<int64_t>(shape.size()) == to;
    if (a != from) shape.push_back(x.aval().dim(a) * (target ? x.aval().dim(from) : 1));
  }
  return reshape(transpose(x, perm), shape);
}

// An axis in two, of which the first and slower one has size n.
Value parted(const Value& x, int64_t axis, int64_t n) {
  Shape shape;
  for (int64_t i = 0; i < x.rank(); ++i) {
    if (i == axis) shape.push_back(n);
    shape.push_back(i == axis ? x.aval().dim(i) / n : x.aval().dim(i));
  }
  return reshape(x, shape);
}

// The first two swapped.
Axes turned(const Axes& spec) {
  Axes r{spec[1], spec[0]};
  r.append(space(spec));
  return r;
}

Windows windows_of(const ConvParams& p, const Shape& rhs) {
  return {sizes_of(rhs, space(p.dims.rhs)), p.window_strides, p.padding, p.lhs_dilation,
          p.rhs_dilation};
}

// Transposition -----------------------------------------------------------------------

Value lhs_cotangent(const Op& op, const Value& ct, const Aval& lhs, Value rhs) {
  const ConvParams& p = op.get<ConvParams>();
  int64_t groups = std::max(p.feature_group_count, p.batch_group_count);
  ConvParams q = p;
  q.dims = {p.dims.out, turned(p.dims.rhs), p.dims.lhs};
  q.window_strides = p.lhs_dilation;
  q.lhs_dilation = p.window_strides;
  q.padding =
      transposed_margins(sizes_of(lhs.shape(), space(p.dims.lhs)),
                         sizes_of(ct.shape(), space(p.dims.out)), windows_of(p, rhs.shape()));
  q.feature_group_count = groups;
  q.batch_group_count = 1;
  if (groups > 1) rhs = merged(parted(rhs, p.dims.rhs[0], groups), p.dims.rhs[0], p.dims.rhs[1]);
  rhs = convert_element_type(rev(rhs, space(p.dims.rhs)), ct.dtype());
  Value r = convert_element_type(conv_general_dilated(ct, rhs, q), lhs.dtype());
  if (p.batch_group_count == 1) return r;
  return merged(parted(r, p.dims.lhs[1], groups), p.dims.lhs[1], p.dims.lhs[0]);
}

Value rhs_cotangent(const Op& op, const Value& ct, const Value& lhs, const Aval& rhs) {
  if (ct.aval().size() == 0) return {};  // else windows would be empty
  const ConvParams& p = op.get<ConvParams>();
  ConvParams q = p;
  q.dims = {turned(p.dims.lhs), turned(p.dims.out), turned(p.dims.rhs)};
  q.window_strides = p.rhs_dilation;
  q.rhs_dilation = p.window_strides;
  q.feature_group_count = p.batch_group_count;
  q.batch_group_count = p.feature_group_count;
  Shape in = dilated(sizes_of(lhs.shape(), space(p.dims.lhs)), p.lhs_dilation);
  Shape out = dilated(sizes_of(ct.shape(), space(p.dims.out)), p.window_strides);
  Shape window = dilated(sizes_of(rhs.shape(), space(p.dims.rhs)), p.rhs_dilation);
  for (size_t i = 0; i < in.size(); ++i)
    q.padding[i].high = out[i] - in[i] + window[i] - 1 - p.padding[i].low;
  Value r = conv_general_dilated(convert_element_type(lhs, ct.dtype()), ct, q);
  return convert_element_type(r, rhs.dtype());
}

// Batching ----------------------------------------------------------------------------

// A mapped axis joins axis `to` inside of the groups that this is made of.
Value merged_in_groups(const Value& x, int64_t mapped, int64_t to, int64_t groups) {
  Value v = parted(x, to + (mapped <= to), groups);
  v = merged(v, mapped + (to < mapped), to + 1);
  return merged(v, to, to);
}

BatchOut batch_both(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  ConvParams p = op.get<ConvParams>();
  const ConvDims& d = p.dims;
  bool by_batch = p.batch_group_count > 1;
  Value lhs = merged(in[0], axes[0], by_batch ? d.lhs[0] : d.lhs[1]);
  Value rhs = merged(in[1], axes[1], d.rhs[0]);
  (by_batch ? p.batch_group_count : p.feature_group_count) *= axis.size;
  return {{parted(conv_general_dilated(lhs, rhs, p), d.out[1], axis.size)},
          {static_cast<int>(d.out[1])}};
}

BatchOut batch_lhs(const Op& op, const AxisData& axis, Args in, int mapped) {
  const ConvParams& p = op.get<ConvParams>();
  const ConvDims& d = p.dims;
  Value lhs = p.batch_group_count == 1
                  ? merged(in[0], mapped, d.lhs[0])
                  : merged_in_groups(in[0], mapped, d.lhs[0], p.batch_group_count);
  return {{parted(conv_general_dilated(lhs, in[1], p), d.out[0], axis.size)},
          {static_cast<int>(d.out[0])}};
}

BatchOut batch_rhs(const Op& op, const AxisData& axis, Args in, int mapped) {
  const ConvParams& p = op.get<ConvParams>();
  const ConvDims& d = p.dims;
  int64_t groups = std::max(p.feature_group_count, p.batch_group_count);
  int at = static_cast<int>(d.out[1]);
  if (groups == 1) {
    Value rhs = merged(in[1], mapped, d.rhs[0]);
    return {{parted(conv_general_dilated(in[0], rhs, p), at, axis.size)}, {at}};
  }
  Value rhs = merged_in_groups(in[1], mapped, d.rhs[0], groups);
  Value r = parted(conv_general_dilated(in[0], rhs, p), at, groups);
  return {{merged(parted(r, at + 1, axis.size), at, at + 1)}, {at}};
}

}  // namespace

Values transpose_conv(const Op& op, Args ct, TransposeArgs in) {
  if (in[0].linear) return {lhs_cotangent(op, ct[0], in[0].aval, in[1].value), Value()};
  return {Value(), rhs_cotangent(op, ct[0], in[0].value, in[1].aval)};
}

BatchOut batch_conv(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  if (axis.size == 0) {
    Avals one;
    for (size_t i = 0; i < 2; ++i)
      one.push_back(axes[i] == kUnmapped ? in[i].aval() : in[i].aval().without_axis(axes[i]));
    return {{zeros((*op.prim)->abstract_eval(op, one)[0].with_axis(0, 0))}, {0}};
  }
  if (axes[1] == kUnmapped) return batch_lhs(op, axis, in, axes[0]);
  if (axes[0] == kUnmapped) return batch_rhs(op, axis, in, axes[1]);
  return batch_both(op, axis, in, axes);
}

}  // namespace covector::rules

#include "covector/lax/matrix.h"

#include "covector/core/inexact.h"

namespace covector::rules {

Value transposed(const Value& x) {
  require<TypeError>(x.rank() >= 2, "a matrix has two axes at least, got ", x.aval());
  Axes perm = iota_axes(x.rank());
  std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
  return transpose(x, perm);
}

Value adjoint(const Value& x) {
  Value t = transposed(x);
  return is_complex(x.dtype()) ? conj(t) : t;
}

// Division makes floats of integers; those of two bits it does not take.
Value symmetrized(const Value& m) {
  DType d = is_bool(m.dtype()) ? canonical(kFloat64) : inexact_dtype(m.dtype());
  Value x = m.dtype()->bits == 2 ? m : to_dtype(m, d);
  return (x + adjoint(x)) / like(x, 2);
}

namespace {

// Row and column numbers of one matrix.
struct Positions {
  Value row, column;
};
Positions positions(int64_t m, int64_t n) {
  return {iota(kInt32, Shape{m, n}, 0), iota(kInt32, Shape{m, n}, 1)};
}

// Where column - row <= k.
Value at_most(int64_t m, int64_t n, int64_t k) {
  auto [row, column] = positions(m, n);
  return le(column, row + scalar_of(kInt32, k));
}

Value on_diagonal(int64_t m, int64_t n) {
  auto [row, column] = positions(m, n);
  return eq(row, column);
}

// A matrix, the same for the whole batch.
Value for_all(const Value& matrix, const Shape& shape) {
  int64_t rank = static_cast<int64_t>(shape.size());
  return rank == 2 ? matrix : broadcast_in_dim(matrix, shape, Axes{rank - 2, rank - 1});
}

int64_t axis_size(const Value& x, int64_t from_end) { return x.aval().dim(x.rank() - from_end); }

Value slice_axis(const Value& x, int64_t axis, int64_t from, int64_t to) {
  Shape start(x.shape().size(), 0), limit = x.shape();
  start[static_cast<size_t>(axis)] = from;
  limit[static_cast<size_t>(axis)] = to;
  return slice(x, start, limit);
}

}  // namespace

Value tril(const Value& x, int64_t k) {
  Value mask = at_most(axis_size(x, 2), axis_size(x, 1), k);
  return select(for_all(mask, x.shape()), x, full_like(x, 0));
}

Value triu(const Value& x, int64_t k) {
  Value mask = at_most(axis_size(x, 2), axis_size(x, 1), k - 1);
  return select(for_all(mask, x.shape()), full_like(x, 0), x);
}

Value matmul(const Value& x, const Value& y) {
  int64_t last = x.rank() - 1;
  DotOptions options;
  options.precision = std::pair(Precision::kHighest, Precision::kHighest);
  return dot_general(x, y, {{last}, {last - 1}, iota_axes(last - 1), iota_axes(last - 1)}, options);
}

Value eye(DType d, int64_t m, int64_t n) { return convert_element_type(on_diagonal(m, n), d); }

Value add_to_diagonal(const Value& x, double c) {
  Value more = eye(x.dtype(), axis_size(x, 2), axis_size(x, 1)) * scalar_of(x.dtype(), c);
  return x + for_all(more, x.shape());
}

Value diagonal(const Value& x) {
  Value mask = for_all(on_diagonal(axis_size(x, 2), axis_size(x, 1)), x.shape());
  int64_t last = x.rank() - 1;
  return reduce_sum(select(mask, x, full_like(x, 0)), std::span(&last, 1));
}

Value from_diagonal(const Value& v) {
  int64_t n = axis_size(v, 1);
  Shape shape = v.shape();
  shape.push_back(n);
  Value matrix = broadcast_in_dim(v, shape, iota_axes(v.rank()));
  return select(for_all(on_diagonal(n, n), shape), matrix, full_like(matrix, 0));
}

Value as_row(const Value& v) { return expand_dims(v, Axes{v.rank() - 1}); }
Value as_column(const Value& v) { return expand_dims(v, Axes{v.rank()}); }

Value rows(const Value& x, int64_t from, int64_t to) {
  return slice_axis(x, x.rank() - 2, from, to);
}
Value columns(const Value& x, int64_t from, int64_t to) {
  return slice_axis(x, x.rank() - 1, from, to);
}
Value beside(const Value& left, const Value& right) {
  const Value parts[2] = {left, right};
  return concatenate(parts, left.rank() - 1);
}
Value above(const Value& top, const Value& bottom) {
  const Value parts[2] = {top, bottom};
  return concatenate(parts, top.rank() - 2);
}

Value pad_matrix(const Value& x, int64_t m, int64_t n) {
  std::vector<PadDim> dims(x.shape().size());
  dims[dims.size() - 2].high = m;
  dims[dims.size() - 1].high = n;
  return pad(x, scalar_of(x.dtype(), int64_t{0}), dims);
}

Value take_rows(const Value& x, const Value& indices) {
  int64_t axis = x.rank() - 2;
  Axes batch = iota_axes(axis);
  Shape sizes(x.shape().size(), 1);
  sizes.back() = axis_size(x, 1);
  IndexOptions options;
  options.mode = IndexMode::kPromiseInBounds;
  return gather(x, as_column(indices), {{axis + 1}, {axis}, {axis}, batch, batch}, sizes, options);
}

Value take_columns(const Value& x, const Value& indices) {
  return transposed(take_rows(transposed(x), indices));
}

Value to_dtype(const Value& x, DType d) { return x.dtype() == d ? x : convert_element_type(x, d); }

Value reciprocal_gaps(const Value& w) {
  Shape shape = w.shape();
  shape.push_back(axis_size(w, 1));
  Value d = broadcast_to_shape(as_row(w), shape) - broadcast_to_shape(as_column(w), shape);
  Value unit = from_diagonal(full_like(w, 1));
  return broadcast_to_shape(like(w, 1), shape) / (d + unit) - unit;
}

// Types ------------------------------------------------------------------------------

Aval Batched::aval(const Aval& a, DType d, std::initializer_list<int64_t> dims) const {
  Shape shape = batch;
  for (int64_t n : dims) shape.push_back(n);
  return Aval(d, shape, a.weak_type());
}

Batched batched(const Op& op, AvalSpan in, std::initializer_list<int64_t> ranks, bool batches) {
  Batched r;
  size_t i = 0;
  for (int64_t rank : ranks) {
    const Shape& shape = in[i].shape();
    require<TypeError>(in[i].rank() >= rank, "Input ", i, " to ", op.name(),
                       " must have rank at least ", rank, ", but got shape=", shape);
    require<TypeError>(batches || in[i].rank() == rank, "Input ", i, " to ", op.name(),
                       " must have a rank of exactly ", rank, ", but got shape=", shape);
    const int64_t* split = shape.end() - rank;
    Shape batch(shape.begin(), split);
    if (i == 0) r.batch = batch;
    require<TypeError>(batch == r.batch, "All inputs to ", op.name(),
                       " must have the same batch dimensions, but got shapes ", in[0].shape(),
                       " and ", shape);
    r.dims.emplace_back(split, shape.end());
    ++i;
  }
  return r;
}

void require_inexact(const Op& op, AvalSpan in) {
  for (const Aval& a : in) require_dtype(op, a, is_inexact, "floating, complexfloating");
  require_same_dtype(op, in);
}

BatchOut batch_leading(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  Values out = op.bind(all_to_front(axis, in, axes));
  MappedAxes at(out.size(), 0);
  return {std::move(out), at};
}

}  // namespace covector::rules

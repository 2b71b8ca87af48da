#pragma once

// Matrices, and batches of them, for rules of linear algebra.

#include <initializer_list>
#include <vector>

#include "covector/lax/elementwise.h"
#include "covector/lax/linalg.h"

namespace covector::rules {

// Notation -------------------------------------------------------------------------

Value transposed(const Value&);
Value adjoint(const Value&);
Value symmetrized(const Value&);  // (x + x^H) / 2
// What is on and below, or on and above, diagonal k; zero elsewhere.
Value tril(const Value&, int64_t k = 0);
Value triu(const Value&, int64_t k = 0);
Value matmul(const Value&, const Value&);  // in full precision
// Ones on the diagonal of a matrix, without batch axes.
Value eye(DType, int64_t rows, int64_t columns);
// x + c on the diagonal.
Value add_to_diagonal(const Value& x, double c);
Value diagonal(const Value&);       // of square matrices, as vectors
Value from_diagonal(const Value&);  // vectors, as matrices
// Vectors as matrices of one row or column.
Value as_row(const Value&);
Value as_column(const Value&);
// x[..., from:to, :] and x[..., :, from:to]
Value rows(const Value&, int64_t from, int64_t to);
Value columns(const Value&, int64_t from, int64_t to);
Value beside(const Value& left, const Value& right);
Value above(const Value& top, const Value& bottom);
// Zeros after the last row and column.
Value pad_matrix(const Value&, int64_t rows, int64_t columns);
// x[..., indices, :] and x[..., :, indices], batch by batch.
Value take_rows(const Value& x, const Value& indices);
Value take_columns(const Value& x, const Value& indices);
Value to_dtype(const Value&, DType);
// 1 / (w[..., j] - w[..., i]) for i and j, and zero for i = j.
Value reciprocal_gaps(const Value& w);

// abstract_eval --------------------------------------------------------------------

// Types of operands, taken apart: leading axes that all have, and the rest.
struct Batched {
  Shape batch;
  std::vector<Shape> dims;
  Aval aval(const Aval& like, DType, std::initializer_list<int64_t> dims) const;
};
// Checks ranks and leading axes. `ranks` are those of one element of the batch.
Batched batched(const Op&, AvalSpan, std::initializer_list<int64_t> ranks, bool batches = true);
// All operands are inexact, of one dtype.
void require_inexact(const Op&, AvalSpan);

// batch ----------------------------------------------------------------------------

// The mapped axis becomes the first one of all operands and results.
BatchOut batch_leading(const Op&, const AxisData&, Args, const MappedAxes&);

}  // namespace covector::rules

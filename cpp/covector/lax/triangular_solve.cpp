// Systems with triangular matrices.

#include "covector/lax/lapack.h"

namespace covector {

using namespace rules;

namespace {

struct SolveParams {
  TriangularSolve s;
  void fields(FieldVisitor& f) const {
    f("conjugate_a", s.conjugate_a);
    f("left_side", s.left_side);
    f("lower", s.lower);
    f("transpose_a", s.transpose_a);
    f("unit_diagonal", s.unit_diagonal);
  }
  bool operator==(const SolveParams&) const = default;
};

Avals solve_aval(const Op& op, AvalSpan in) {
  require_inexact(op, in);
  Batched shapes = batched(op, in, {2, 2});
  const Shape &a = shapes.dims[0], &b = shapes.dims[1];
  require<ValueError>(a[0] == a[1],
                      "The first input to triangular_solve must be a square matrix. Got shape ", a,
                      ".");
  require<ValueError>(a[1] == b[op.get<SolveParams>().s.left_side ? 0 : 1],
                      "Incompatible shapes for arguments to triangular_solve: ", a, " and ", b,
                      ".");
  bool weak = in[0].weak_type() && in[1].weak_type();
  return {in[1].with_weak_type(weak)};
}

// -A^-1 dA X, or -X dA A^-1: products in the order that is cheaper.
Value through_matrix(const TriangularSolve& s, const Value& da, const Value& a, const Value& x) {
  int64_t k = s.unit_diagonal ? 1 : 0;
  Value g = -(s.lower ? tril(da, -k) : triu(da, k));
  if (s.transpose_a) g = transposed(g);
  if (s.conjugate_a && is_complex(g.dtype())) g = conj(g);
  int64_t m = x.aval().dim(x.rank() - 2), n = x.aval().dim(x.rank() - 1);
  auto over_a = [&](const Value& y) { return triangular_solve(a, y, s); };
  if (s.left_side) return m > n ? over_a(matmul(g, x)) : matmul(over_a(g), x);
  return m < n ? over_a(matmul(x, g)) : matmul(x, over_a(g));
}

JvpOut solve_jvp(const Op& op, Args in, Args tangents) {
  auto& s = op.get<SolveParams>().s;
  Value x = op.bind1(in), t;
  if (tangents[0]) t = through_matrix(s, tangents[0], in[0], x);
  if (tangents[1]) t = add_any(t, op.bind1({in[0], tangents[1]}));
  return {{std::move(x)}, {std::move(t)}};
}

Values solve_transpose(const Op& op, Args ct, TransposeArgs in) {
  TriangularSolve s = op.get<SolveParams>().s;
  invariant(!in[0].linear, "triangular_solve is not linear in the matrix");
  s.transpose_a = !s.transpose_a;
  return {Value(), triangular_solve(in[0].value, ct[0], s)};
}

// With one matrix for the whole batch, all right sides are solved for at once.
BatchOut one_matrix(const Op& op, const Value& a, const Value& b, int axis) {
  bool left = op.get<SolveParams>().s.left_side;
  int last = static_cast<int>(b.rank()) - 1, at = left ? last : last - 1;
  Value moved = move_axis(b, axis, at);
  Shape shape = moved.shape(), flat = shape;
  size_t merged = static_cast<size_t>(left ? last - 1 : last - 2);
  flat[merged] *= flat[merged + 1];
  flat.erase(flat.begin() + static_cast<std::ptrdiff_t>(merged) + 1);
  return {{reshape(op.bind1({a, reshape(moved, flat)}), shape)}, {at}};
}

BatchOut solve_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  if (axes[0] == kUnmapped) return one_matrix(op, in[0], in[1], axes[1]);
  return batch_leading(op, axis, in, axes);
}

// Half precisions are the compiler's.
bool has_kernel(DType d) {
  return d == kFloat32 || d == kFloat64 || d == kComplex64 || d == kComplex128;
}

hlo::Results expanded(const TriangularSolve& s, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  auto flag = [](bool x) { return x ? "true" : "false"; };
  std::string_view transpose = !s.transpose_a  ? "NO_TRANSPOSE"
                               : s.conjugate_a ? "ADJOINT"
                                               : "TRANSPOSE";
  return {b.op("triangular_solve", in, out[0],
               str("left_side = ", flag(s.left_side), ", lower = ", flag(s.lower),
                   ", unit_diagonal = ", flag(s.unit_diagonal),
                   ", transpose_a = #stablehlo<transpose ", transpose, ">"))};
}

hlo::Results solve_lower(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  TriangularSolve s = op.get<SolveParams>().s;
  hlo::Operand operands[2] = {in[0], in[1]};
  if (s.conjugate_a && !s.transpose_a) {
    operands[0] = b.op("chlo.conj", {in[0]}, in[0].aval);
    s.conjugate_a = false;
  }
  DType d = out[0].dtype();
  if (!b.for_cpu() || !has_kernel(d)) return expanded(s, b, operands, out);
  char transpose = !s.transpose_a ? 'N' : s.conjugate_a ? 'C' : 'T';
  Kernel kernel{.name = lapack_name("trsm", d),
                .attributes = str(char_attr("diag", s.unit_diagonal ? 'U' : 'N'), ", ",
                                  char_attr("side", s.left_side ? 'L' : 'R'), ", ",
                                  char_attr("trans_x", transpose), ", ",
                                  char_attr("uplo", s.lower ? 'L' : 'U')),
                .aliases = {{1, 0}}};
  return call_kernel(b, kernel, operands, out);
}

constexpr std::string_view kDoc = R"(Solves systems of equations with triangular matrices.

Args:
  a: matrices, `[..., m, m]`; only one of their triangles is read.
  b: right sides, `[..., m, n]` or `[..., n, m]`, or vectors `[..., m]`.
  left_side: whether `a` stands left of the unknown.
  lower: whether the lower triangle counts.
  transpose_a: whether to transpose `a`.
  conjugate_a: whether to conjugate `a`.
  unit_diagonal: whether to take the diagonal to be ones, without reading it.

Returns:
  X with `op(a) X = b`, or `X op(a) = b`, of the shape of `b`.

Raises:
  TypeError: dtypes or leading axes differ.
  ValueError: the matrices are not square, or do not fit.)";

const Primitive triangular_solve_p{{
    .name = "triangular_solve",
    .abstract_eval = solve_aval,
    .jvp = solve_jvp,
    .transpose = solve_transpose,
    .batch = solve_batch,
    .lower = solve_lower,
    .function = {.signature = "a, b, *, left_side=False, lower=False, transpose_a=False, "
                              "conjugate_a=False, unit_diagonal=False",
                 .doc = kDoc,
                 .call = [](const CallArgs& c) -> Values {
                   Value a = c.value(0), b = c.value(1);
                   TriangularSolve s{c.boolean(2), c.boolean(3), c.boolean(4), c.boolean(5),
                                     c.boolean(6)};
                   if (b.rank() != a.rank() - 1) return {triangular_solve(a, b, s)};
                   Value x = triangular_solve(a, s.left_side ? as_column(b) : as_row(b), s);
                   return {reshape(x, b.shape())};
                 },
                 .name = "linalg.triangular_solve"},
}};

}  // namespace

Value triangular_solve(const Value& a, const Value& b, const TriangularSolve& s) {
  TriangularSolve t = s;
  t.conjugate_a &= is_complex(a.dtype());
  return triangular_solve_p.with(SolveParams{t}).bind1({a, b});
}

}  // namespace covector

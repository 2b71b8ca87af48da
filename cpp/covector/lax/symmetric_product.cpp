// A product of a matrix with its own transpose.

#include "covector/lax/lapack.h"

namespace covector {

using namespace rules;

namespace {

struct ProductParams {
  double alpha = 1, beta = 0;
  void fields(FieldVisitor& f) const { f("alpha", alpha), f("beta", beta); }
  bool operator==(const ProductParams&) const = default;
};

Avals product_aval(const Op& op, AvalSpan in) {
  for (const Aval& a : in) require_dtype(op, a, is_floating, "floating");
  require_same_dtype(op, in);
  Batched s = batched(op, in, {2, 2});
  const Shape &a = s.dims[0], &c = s.dims[1];
  require<ValueError>(a[0] == c[1] && c[0] == c[1],
                      "symmetric_update expects a rectangular matrix of shape (m, n) and a square "
                      "matrix of shape (n, n). Got shapes ",
                      a, " and ", c, ".");
  return {in[1].with_weak_type(in[0].weak_type() && in[1].weak_type())};
}

Values composed(const Op& op, Args in) {
  auto [alpha, beta] = op.get<ProductParams>();
  return {like(in[0], alpha) * matmul(in[0], transposed(in[0])) + like(in[1], beta) * in[1]};
}

hlo::Results product_kernel(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  auto [alpha, beta] = op.get<ProductParams>();
  Aval scalar(out[0].dtype(), {});
  hlo::Operand operands[4] = {in[0], in[1], b.splat(scalar, alpha), b.splat(scalar, beta)};
  Kernel k{.name = "cusolver_syrk_ffi",
           .attributes = bool_attr("transpose", false),
           .aliases = {{1, 0}},
           .column_major = false};
  return call_kernel(b, k, operands, out);
}

const Primitive symmetric_product_p{{
    .name = "symmetric_product",
    .abstract_eval = product_aval,
    .batch = batch_leading,
    .lower = by_platform(
        {.cpu = lower_via(composed), .gpu = product_kernel, .others = lower_via(composed)}),
    .function = {.signature = "a_matrix, c_matrix, *, alpha=1.0, beta=0.0, "
                              "symmetrize_output=False",
                 .doc = R"(The symmetric matrices `alpha a a^T + beta c`.

Args:
  a_matrix: matrices a, `[..., m, n]`.
  c_matrix: symmetric matrices c, `[..., m, m]`.
  alpha: a number.
  beta: a number.
  symmetrize_output: whether the upper triangle must be right too.

Returns:
  An array of the shape of `c_matrix`. On GPUs only its lower triangle is right unless
  `symmetrize_output`.

Raises:
  TypeError: dtypes or leading axes differ.
  ValueError: the sizes do not fit.)",
                 .call = [](const CallArgs& a) -> Values {
                   Value x = symmetric_product(a.value(0), a.value(1), a.number(2), a.number(3));
                   if (a.boolean(4)) x = tril(x) + transposed(tril(x, -1));
                   return {x};
                 },
                 .name = "linalg.symmetric_product"},
}};

}  // namespace

Value symmetric_product(const Value& a, const Value& c, double alpha, double beta) {
  return symmetric_product_p.with(ProductParams{alpha, beta}).bind1({a, c});
}

}  // namespace covector

// QR factorizations in LAPACK's form, and products of Householder reflectors.

#include "covector/lax/lapack.h"
#include "covector/lax/loop.h"

namespace covector {

using namespace rules;

namespace {

// geqrf --------------------------------------------------------------------------------

Avals geqrf_aval(const Op& op, AvalSpan in) {
  require_inexact(op, in);
  Batched s = batched(op, in, {2});
  return {in[0], s.aval(in[0], in[0].dtype(), {std::min(s.dims[0][0], s.dims[0][1])})};
}

const Primitive geqrf_p{{
    .name = "geqrf",
    .multiple_results = true,
    .abstract_eval = geqrf_aval,
    .batch = batch_leading,
    .lower = by_platform(
        {.cpu =
             [](const Op&, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
               Kernel k{.name = lapack_name("geqrf", out[0].dtype()), .aliases = {{0, 0}}};
               return call_kernel(b, k, in, out);
             },
         .gpu =
             [](const Op&, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
               return call_kernel(b, {.name = "cusolver_geqrf_ffi", .aliases = {{0, 0}}}, in, out);
             },
         .others = [](const Op&, hlo::Builder& b, hlo::Operands in,
                      AvalSpan out) { return hlo::builtin_call(b, "Qr", "", in, out); }}),
    .function = {.signature = "a",
                 .doc = R"(QR factorizations, Q as Householder reflectors.

Args:
  a: matrices, `[..., m, n]`.

Returns:
  A list of two arrays: R on and above the diagonal and the reflectors' vectors below
  it, in one `[..., m, n]`; and the scalar factors of the reflectors, `[..., min(m, n)]`.

Raises:
  TypeError: the dtype is not floating or complex, or the rank below two.)",
                 .call = [](const CallArgs& a) -> Values { return geqrf(a.value(0)); },
                 .name = "linalg.geqrf"},
}};

// geqp3 --------------------------------------------------------------------------------

struct MagmaParams {
  Param use_magma;
  void fields(FieldVisitor& f) const { f("use_magma", &use_magma); }
  bool operator==(const MagmaParams&) const = default;
};

Avals geqp3_aval(const Op& op, AvalSpan in) {
  require_dtype(op, in[0], is_inexact, "floating, complexfloating");
  require_dtype(op, in[1], is_integer, "integer");
  Batched s = batched(op, in, {2, 1});
  require<ValueError>(s.dims[1][0] == s.dims[0][1],
                      "geqp3: jpvt must have a number for each column of a, got ", in[1], " and ",
                      in[0]);
  return {in[0], in[1], s.aval(in[0], in[0].dtype(), {std::min(s.dims[0][0], s.dims[0][1])})};
}

std::string magma_attr(const Op& op) {
  auto* chosen = std::get_if<bool>(&op.get<MagmaParams>().use_magma.v);
  return str("magma = \"", !chosen ? "auto" : *chosen ? "on" : "off", "\"");
}

const Primitive geqp3_p{{
    .name = "geqp3",
    .multiple_results = true,
    .abstract_eval = geqp3_aval,
    .batch = batch_leading,
    .lower = by_platform({.cpu =
                              [](const Op&, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
                                Kernel k{.name = lapack_name("geqp3", out[0].dtype()),
                                         .aliases = {{0, 0}, {1, 1}}};
                                return call_kernel(b, k, in, out);
                              },
                          .gpu =
                              [](const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
                                Kernel k{.name = "cuhybrid_geqp3",
                                         .attributes = magma_attr(op),
                                         .aliases = {{0, 0}, {1, 1}}};
                                return call_kernel(b, k, in, out);
                              }}),
    .function = {.signature = "a, jpvt, *, use_magma=None",
                 .doc = R"(QR factorizations with column interchanges, as `geqrf`.

Args:
  a: matrices, `[..., m, n]`.
  jpvt: int32 `[..., n]`; columns where it is not zero are moved to the front first.
  use_magma: on GPUs, whether to use MAGMA.

Returns:
  A list of three arrays: the factorizations as of `geqrf`, the order of the columns
  counted from one, and the scalar factors.

Raises:
  TypeError: a dtype or a rank is not as above.)",
                 .call = [](const CallArgs& a) -> Values {
                   return geqp3_p.with(MagmaParams{a.param(2)}).bind({a.value(0), a.value(1)});
                 },
                 .name = "linalg.geqp3"},
}};

// householder_product ----------------------------------------------------------------------

Avals product_aval(const Op& op, AvalSpan in) {
  require_inexact(op, in);
  Batched s = batched(op, in, {2, 1});
  const Shape& a = s.dims[0];
  require<ValueError>(a[0] >= a[1], "The first argument to householder_product must have at least ",
                      "as many rows as columns, got shape ", a);
  require<ValueError>(s.dims[1][0] <= a[1],
                      "The second argument to householder_product must not "
                      "have more rows than the minimum of the first argument's rows and columns.");
  return {in[0].with_weak_type(in[0].weak_type() && in[1].weak_type())};
}

const Primitive householder_product_p{{
    .name = "householder_product",
    .abstract_eval = product_aval,
    .batch = batch_leading,
    .lower = by_platform(
        {.cpu =
             [](const Op&, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
               Kernel k{.name = lapack_name("orgqr", "ungqr", out[0].dtype()), .aliases = {{0, 0}}};
               return call_kernel(b, k, in, out);
             },
         .gpu =
             [](const Op&, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
               return call_kernel(b, {.name = "cusolver_orgqr_ffi", .aliases = {{0, 0}}}, in, out);
             },
         .others =
             [](const Op&, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
               return hlo::builtin_call(b, "ProductOfElementaryHouseholderReflectors", "", in, out);
             }}),
    .function = {.signature = "a, taus",
                 .doc = R"(Products of Householder reflectors.

Args:
  a: `[..., m, n]` with `m >= n`, below whose diagonals are the reflectors' vectors.
  taus: their scalar factors, `[..., k]` with `k <= n`.

Returns:
  The first n columns of the products, `[..., m, n]`: they are orthonormal.

Raises:
  TypeError: dtypes or leading axes differ.
  ValueError: the sizes do not fit.)",
                 .call = [](const CallArgs& a) -> Values {
                   return {householder_product(a.value(0), a.value(1))};
                 },
                 .name = "linalg.householder_product"},
}};

// ormqr --------------------------------------------------------------------------------

struct OrmqrParams {
  bool left = true, transpose = false;
  void fields(FieldVisitor& f) const { f("left", left), f("transpose", transpose); }
  bool operator==(const OrmqrParams&) const = default;
};

Avals ormqr_aval(const Op& op, AvalSpan in) {
  require_inexact(op, in);
  Batched s = batched(op, in, {2, 1, 2});
  bool left = op.get<OrmqrParams>().left;
  const Shape &a = s.dims[0], &c = s.dims[2];
  require<ValueError>(c[left ? 0 : 1] == a[0], "ormqr with left=", left, " expects c to have ",
                      left ? "the same number of rows as the Householder matrix a."
                           : "the same number of columns as the Householder matrix a has rows.",
                      " Got a shape ", a, " and c shape ", c, ".");
  require<ValueError>(s.dims[1][0] <= std::min(a[0], a[1]),
                      "ormqr expects no more taus than the Householder matrix a has rows and "
                      "columns. Got a shape ",
                      a, " and taus shape ", s.dims[1], ".");
  bool weak = in[0].weak_type() && in[1].weak_type() && in[2].weak_type();
  return {in[2].with_weak_type(weak)};
}

// Applies reflector k, I - tau v v^H, to c. Operands: vectors as columns, taus, c.
Value reflect(bool left, const Value& k, const Value& vectors, const Value& taus, const Value& c) {
  auto pick = [&](const Value& x) {  // element k of the last axis, which stays
    Values start(static_cast<size_t>(x.rank() - 1), scalar_of(kInt32, int64_t{0}));
    start.push_back(k);
    Shape sizes = x.shape();
    sizes.back() = 1;
    return dynamic_slice(x, start, sizes);
  };
  Value v = pick(vectors), tau = broadcast_to_shape(as_row(pick(taus)), c.shape());
  Value change = left ? matmul(v, matmul(adjoint(v), c)) : matmul(matmul(c, v), adjoint(v));
  return c - tau * change;
}

hlo::Results ormqr_loop(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan) {
  auto [left, transpose] = op.get<OrmqrParams>();
  int64_t k = in[1].aval.dim(in[1].aval.rank() - 1);
  if (k == 0) return {in[2]};
  auto prepare = [&, t = transpose](Args x) -> Values {
    return {add_to_diagonal(tril(columns(x[0], 0, k), -1), 1),
            t && is_complex(x[1].dtype()) ? conj(x[1]) : x[1]};
  };
  hlo::Results v = lower_fun(b, prepare, in.first(2));
  hlo::Operand state[4] = {b.constant_i32(0), v[0], v[1], in[2]};
  auto more = [k](Args s) -> Values { return {lt(s[0], scalar_of(kInt32, k))}; };
  // Q is the product of the reflectors in order, so the last one is the first to meet c.
  bool reverse = left != transpose;
  auto body = [=, l = left](Args s) -> Values {
    Value at = reverse ? scalar_of(kInt32, k - 1) - s[0] : s[0];
    return {s[0] + scalar_of(kInt32, int64_t{1}), s[1], s[2], reflect(l, at, s[1], s[2], s[3])};
  };
  return {lower_while(b, more, body, state)[3]};
}

hlo::Results ormqr_kernel(std::string name, const Op& op, hlo::Builder& b, hlo::Operands in,
                          AvalSpan out) {
  auto& p = op.get<OrmqrParams>();
  Kernel k{.name = std::move(name),
           .attributes = str(bool_attr("left", p.left), ", ", bool_attr("transpose", p.transpose)),
           .aliases = {{2, 0}}};
  return call_kernel(b, k, in, out);
}

const Primitive ormqr_p{{
    .name = "ormqr",
    .abstract_eval = ormqr_aval,
    .batch = batch_leading,
    .lower = by_platform(
        {.cpu =
             [](const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
               return ormqr_kernel(lapack_name("ormqr", "unmqr", out[0].dtype()), op, b, in, out);
             },
         .gpu = [](const Op& op, hlo::Builder& b, hlo::Operands in,
                   AvalSpan out) { return ormqr_kernel("cusolver_ormqr_ffi", op, b, in, out); },
         .others = ormqr_loop}),
    .function = {.signature = "a, taus, c, *, left=True, transpose=False",
                 .doc = R"(Products with the Q of a QR factorization, without making Q.

Args:
  a: the reflectors' vectors as of `geqrf`, `[..., m, n]`.
  taus: their scalar factors, `[..., k]`.
  c: what to multiply, `[..., m, p]` or `[..., p, m]`.
  left: whether Q stands left of `c`.
  transpose: whether to take the adjoint of Q.

Returns:
  An array of the shape of `c`.

Raises:
  TypeError: dtypes or leading axes differ.
  ValueError: the sizes do not fit.)",
                 .call = [](const CallArgs& a) -> Values {
                   return {ormqr(a.value(0), a.value(1), a.value(2), a.boolean(3), a.boolean(4))};
                 },
                 .name = "linalg.ormqr"},
}};

}  // namespace

Values geqrf(const Value& a) { return geqrf_p.op().bind({a}); }

Values geqp3(const Value& a, const Value& pivots) {
  return geqp3_p.with(MagmaParams{}).bind({a, pivots});
}

Value householder_product(const Value& a, const Value& taus) {
  return householder_product_p.op().bind1({a, taus});
}

Value ormqr(const Value& a, const Value& taus, const Value& c, bool left, bool transpose) {
  return ormqr_p.with(OrmqrParams{left, transpose}).bind1({a, taus, c});
}

}  // namespace covector

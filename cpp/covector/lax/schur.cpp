// The Schur form, and the Hessenberg form on the way to it.

#include "covector/lax/lapack.h"

namespace covector {

using namespace rules;

namespace {

// hessenberg -----------------------------------------------------------------------------

Avals hessenberg_aval(const Op& op, AvalSpan in) {
  require_inexact(op, in);
  Batched s = batched(op, in, {2});
  const Shape& a = s.dims[0];
  require<ValueError>(a[0] == a[1] && a[0] > 0,
                      "Argument to Hessenberg reduction must have shape [..., n, n], got shape ",
                      a);
  return {in[0], s.aval(in[0], in[0].dtype(), {a[0] - 1})};
}

hlo::Results hessenberg_cpu(const Op&, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  int64_t n = out[0].dim(out[0].rank() - 1);
  const Aval outs[3] = {out[0], out[1], info_aval(out[0])};
  Kernel k{.name = lapack_name("gehrd", out[0].dtype()),
           .attributes = str("high = ", n, " : i32, low = 1 : i32"),
           .aliases = {{0, 0}}};
  hlo::Results r = call_kernel(b, k, in, outs);
  return {nan_unless_ok(b, r[2], r[0]), nan_unless_ok(b, r[2], r[1])};
}

const Primitive hessenberg_p{{
    .name = "hessenberg",
    .multiple_results = true,
    .abstract_eval = hessenberg_aval,
    .batch = batch_leading,
    .lower = by_platform({.cpu = hessenberg_cpu}),
    .function = {.signature = "a",
                 .doc = R"(Reduces square matrices to upper Hessenberg form, `a = Q H Q^H`.

On CPUs only.

Args:
  a: matrices, `[..., n, n]`.

Returns:
  A list of two arrays: H on and above the first subdiagonal and the vectors of the
  Householder reflectors whose product is Q below it, in one `[..., n, n]`; and the
  reflectors' scalar factors, `[..., n - 1]`.

Raises:
  TypeError: the dtype is not floating or complex.
  ValueError: the matrices are not square.)",
                 .call = [](const CallArgs& a) -> Values { return hessenberg(a.value(0)); },
                 .name = "linalg.hessenberg"},
}};

// schur ----------------------------------------------------------------------------------

struct SchurParams {
  bool compute_schur_vectors = true, sort_eig_vals = false;
  Param select_callable = {};
  void fields(FieldVisitor& f) const {
    f("compute_schur_vectors", compute_schur_vectors);
    f("select_callable", &select_callable);
    f("sort_eig_vals", sort_eig_vals);
  }
  bool operator==(const SchurParams&) const = default;
};

Avals schur_aval(const Op& op, AvalSpan in) {
  require_inexact(op, in);
  Batched s = batched(op, in, {2});
  const Shape& a = s.dims[0];
  require<ValueError>(a[0] == a[1], "The input to schur must be a square matrix. Got shape ", a,
                      ".");
  return Avals(op.get<SchurParams>().compute_schur_vectors ? 2 : 1, in[0]);
}

hlo::Results schur_cpu(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  auto& p = op.get<SchurParams>();
  require<NotImplemented>(!p.sort_eig_vals,
                          "The sort feature of LAPACK's gees routine is not implemented.");
  const Aval& a = out[0];
  Shape values = a.shape();
  values.pop_back();
  Aval w(a.dtype(), values), info = info_aval(a);
  Avals outs{a, a, w};
  if (!is_complex(a.dtype())) outs.push_back(w);
  outs.push_back(info);  // how many eigenvalues were selected
  outs.push_back(info);
  Kernel k{.name = lapack_name("gees", a.dtype()),
           .attributes = str(char_attr("mode", p.compute_schur_vectors ? 'V' : 'N'), ", ",
                             char_attr("sort", 'N')),
           .aliases = {{0, 0}}};
  hlo::Results r = call_kernel(b, k, in, outs), results;
  for (size_t i = 0; i < out.size(); ++i)
    results.push_back(nan_unless_ok(b, r[r.size() - 1], r[i]));
  return results;
}

const Primitive schur_p{{
    .name = "schur",
    .multiple_results = true,
    .abstract_eval = schur_aval,
    .batch = batch_leading,
    .lower = by_platform({.cpu = schur_cpu}),
    .function = {.signature = "x, *, compute_schur_vectors=True, sort_eig_vals=False, "
                              "select_callable=None",
                 .doc = R"(Schur forms of square matrices, `x = Q U Q^H`.

On CPUs only.

Args:
  x: matrices, `[..., n, n]`.
  compute_schur_vectors: whether to return Q.
  sort_eig_vals: must be False.
  select_callable: must be None.

Returns:
  A list of U, upper triangular but for blocks of two rows that stand for pairs of
  conjugate eigenvalues of real matrices; then of the unitary Q if asked for.

Raises:
  TypeError: the dtype is not floating or complex.
  ValueError: the matrices are not square.)",
                 .call = [](const CallArgs& a) -> Values {
                   SchurParams p{a.boolean(1), a.boolean(2), a.param(3)};
                   return schur_p.with(p).bind({a.value(0)});
                 },
                 .name = "linalg.schur"},
}};

}  // namespace

Values hessenberg(const Value& a) { return hessenberg_p.op().bind({a}); }

Values schur(const Value& x, bool compute_schur_vectors) {
  return schur_p.with(SchurParams{compute_schur_vectors}).bind({x});
}

}  // namespace covector

// Linear systems whose derivatives are those of the equation, not of the solver.

#include "covector/control/control.h"
#include "covector/control/jaxpr_parts.h"
#include "covector/hlo/builder.h"
#include "covector/lax/lax.h"
#include "covector/transforms/transforms.h"

namespace covector {

using namespace lists;

extern const Primitive linear_solve_p;

namespace {

// Operands: constants of each function, in the order of `functions`, then b.
struct SolveParams {
  enum Function : size_t { kMatvec, kVecmat, kSolve, kTransposeSolve };
  std::vector<ClosedJaxpr> functions;  // without kVecmat and kTransposeSolve if not given
  Axes const_lengths;

  void fields(FieldVisitor& f) const {
    f("const_lengths", &const_lengths);
    f("jaxprs", &functions);
  }
  bool operator==(const SolveParams&) const = default;

  bool has_transpose() const { return functions.size() == 4; }
  size_t place(Function f) const { return has_transpose() ? f : static_cast<size_t>(f) / 2; }
  const ClosedJaxpr& function(Function f) const { return functions[place(f)]; }
  size_t unknowns() const { return function(kMatvec).jaxpr->outs.size(); }

  template <class T>
  std::span<const T> consts(Function f, std::span<const T> all) const {
    size_t from = 0;
    for (size_t i = 0; i < place(f); ++i) from += static_cast<size_t>(const_lengths[i]);
    return all.subspan(from, static_cast<size_t>(const_lengths[place(f)]));
  }
  template <class T>
  std::span<const T> b(std::span<const T> all) const {
    return all.last(unknowns());
  }
};

Values bind_solve(std::vector<Closure> functions, Args b) {
  SolveParams p;
  Values operands;
  for (const Closure& f : functions) {
    Values consts = joined({f.jaxpr.consts, f.consts});
    p.functions.push_back(open_consts(f.jaxpr));
    p.const_lengths.push_back(static_cast<int64_t>(consts.size()));
    operands.append(consts);
  }
  operands.append(b);
  return linear_solve_p.with(std::move(p)).bind(operands);
}

Avals solve_aval(const Op& op, AvalSpan in) {
  auto& p = op.get<SolveParams>();
  Avals given = joined({p.consts(SolveParams::kSolve, in), p.b(in)});
  Avals expected = p.function(SolveParams::kSolve).in_avals();
  require<TypeError>(given.size() == expected.size(), "custom_linear_solve: solve takes ",
                     expected.size(), " operands, got ", given.size());
  for (size_t i = 0; i < given.size(); ++i)
    require<TypeError>(given[i].same_type(expected[i]), "custom_linear_solve: operand ", i,
                       " of solve has type ", given[i], ", its jaxpr takes ", expected[i]);
  return p.function(SolveParams::kSolve).out_avals();
}

// A x = b:  dA x + A dx = db, so dx solves A dx = db - dA x.
JvpOut solve_jvp(const Op& op, Args primals, Args tangents) {
  auto& p = op.get<SolveParams>();
  size_t n = p.unknowns();
  Values x = op.bind(primals), rhs;
  Args solution = Args(x).first(n), db = p.b(tangents);
  Args matvec_dots = p.consts(SolveParams::kMatvec, tangents);
  rhs.append(db);
  if (any(flags(nonnull(matvec_dots)))) {
    auto matvec = [&](Args a) { return eval_jaxpr(p.function(SolveParams::kMatvec), a); };
    Values in = joined({p.consts(SolveParams::kMatvec, primals), solution});
    JvpOut d = jvp(matvec, in, joined({matvec_dots, Values(n)}));
    for (size_t i = 0; i < n; ++i)
      if (d.tangents[i]) rhs[i] = add_any(rhs[i], neg(d.tangents[i]));
  }
  Values dots(x.size());
  if (!any(flags(nonnull(rhs)))) return {std::move(x), std::move(dots)};
  for (size_t i = 0; i < n; ++i) rhs[i] = instantiate(rhs[i], solution[i].aval());
  Values dx = op.bind(joined({primals.first(primals.size() - n), rhs}));
  std::copy_n(dx.begin(), n, dots.begin());
  return {std::move(x), std::move(dots)};
}

Values solve_transpose(const Op& op, Args cts, TransposeArgs args) {
  auto& p = op.get<SolveParams>();
  size_t n = p.unknowns(), consts = args.size() - n;
  require<TypeError>(p.has_transpose(),
                     "transpose_solve required for backwards mode automatic differentiation of "
                     "custom_linear_solve");
  Values values, b;
  for (const TransposeArg& a : args.first(consts)) {
    require<NotImplemented>(!a.linear,
                            "custom_linear_solve: transposition with respect to what "
                            "its functions close over");
    values.push_back(a.value);
  }
  for (const Value& ct : cts.subspan(n))
    require<NotImplemented>(!ct, "custom_linear_solve: transposition of auxiliary results");
  for (size_t i = 0; i < n; ++i) b.push_back(instantiate(cts[i], args[consts + i].aval));
  std::vector<Closure> swapped;
  for (auto f : {SolveParams::kVecmat, SolveParams::kMatvec, SolveParams::kTransposeSolve,
                 SolveParams::kSolve}) {
    Args c = p.consts(f, Args(values));
    swapped.push_back({p.function(f), Values(c.begin(), c.end())});
  }
  Values r = bind_solve(std::move(swapped), b), out(consts);
  out.append(Args(r).first(n));
  return out;
}

// Batching --------------------------------------------------------------------------------

// One pass over the functions: which results are mapped if the operands of the
// equation, x or b, are.
class Batcher {
 public:
  Batcher(const SolveParams& p, const AxisData& axis, const Mask& mapped)
      : p_(p),
        axis_(axis),
        mapped_(mapped),
        b(mask(p.b(flags(mapped)))),
        x(p.function(SolveParams::kSolve).jaxpr->outs.size(), false) {}

  void run() {
    for (;;) {
      Mask b_before = b, x_before = x;
      functions.clear();
      size_t n = p_.unknowns();
      Mask solved = mapped(SolveParams::kSolve, b, x);
      Mask transposed(x.size(), p_.has_transpose());
      if (p_.has_transpose()) {
        Mask v = mapped(SolveParams::kVecmat, b, b);
        std::copy(v.begin(), v.end(), transposed.begin());
      }
      x = either(flags(solved), flags(transposed));
      Mask unknowns(x.begin(), x.begin() + n);
      b = either(flags(b), flags(mapped(SolveParams::kMatvec, unknowns, b)));
      if (p_.has_transpose()) {
        Mask back = mapped(SolveParams::kTransposeSolve, unknowns, x);
        b = either(flags(b), flags(back).first(n));
      }
      if (b == b_before && x == x_before) return;
    }
  }

 private:
  Mask mapped(SolveParams::Function f, const Mask& operands, const Mask& instantiate) {
    Mask in = joined({p_.consts(f, flags(mapped_)), flags(operands)});
    auto j = batch_jaxpr(p_.function(f), axis_, in, instantiate);
    functions[f] = j;
    return j->mapped_out;
  }

  const SolveParams& p_;
  const AxisData& axis_;
  const Mask& mapped_;

 public:
  Mask b, x;
  std::unordered_map<size_t, Ref<const BatchJaxpr>> functions;
};

BatchOut solve_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  auto& p = op.get<SolveParams>();
  Mask mapped;
  for (int a : axes) mapped.push_back(a != kUnmapped);
  Batcher batcher(p, axis, mapped);
  batcher.run();
  size_t consts = in.size() - p.unknowns();
  Values moved, b;
  for (size_t i = 0; i < consts; ++i)
    moved.push_back(mapped[i] ? move_axis(in[i], axes[i], 0) : in[i]);
  for (size_t i = consts; i < in.size(); ++i)
    b.push_back(batcher.b[i - consts] ? batch_to_front(in[i], axis.size, axes[i]) : in[i]);
  std::vector<Closure> functions;
  for (auto f : {SolveParams::kMatvec, SolveParams::kVecmat, SolveParams::kSolve,
                 SolveParams::kTransposeSolve}) {
    if (!batcher.functions.contains(f)) continue;
    Args c = p.consts(f, Args(moved));
    functions.push_back({batcher.functions[f]->jaxpr, Values(c.begin(), c.end())});
  }
  BatchOut r{bind_solve(std::move(functions), b), {}};
  for (bool m : batcher.functions[SolveParams::kSolve]->mapped_out)
    r.axes.push_back(m ? 0 : kUnmapped);
  return r;
}

Values solve_itself(const SolveParams& p, Args in) {
  return eval_jaxpr(p.function(SolveParams::kSolve),
                    joined({p.consts(SolveParams::kSolve, in), p.b(in)}));
}

}  // namespace

const Primitive linear_solve_p{{
    .name = "custom_linear_solve",
    .multiple_results = true,
    .abstract_eval = solve_aval,
    .jvp = solve_jvp,
    .transpose = solve_transpose,
    .batch = solve_batch,
    .lower =
        [](const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan) {
          auto& p = op.get<SolveParams>();
          hlo::Operands c = p.consts(SolveParams::kSolve, in), rhs = p.b(in);
          hlo::Results operands(c.begin(), c.end());
          operands.append(rhs);
          return b.inline_jaxpr(p.function(SolveParams::kSolve), operands);
        },
    .physical =
        [](const Op& op, Args in) {
          SolveParams p = op.get<SolveParams>();
          for (ClosedJaxpr& f : p.functions) f = physicalize(f);
          return solve_itself(p, in);
        },
    .effects =
        [](const Op& op) {
          return op.get<SolveParams>().function(SolveParams::kSolve).jaxpr->effects;
        },
}};

Values custom_linear_solve(const LinearSolve& s, Args b) {
  std::vector<Closure> functions{s.matvec, s.solve};
  if (s.vecmat.jaxpr.jaxpr) functions = {s.matvec, s.vecmat, s.solve, s.transpose_solve};
  return bind_solve(std::move(functions), b);
}

}  // namespace covector

// One of several branches: the entry of the primitive, and the rules that are no
// derivatives.

#include "covector/control/cond.h"

#include "covector/control/keeping.h"
#include "covector/control/platform.h"
#include "covector/control/tokens.h"
#include "covector/lax/lax.h"
#include "covector/transforms/transforms.h"

namespace covector {

using namespace lists;
using namespace cond_rules;

namespace cond_rules {

Branches with_common_consts(std::vector<ClosedJaxpr> in) {
  Branches r;
  for (const ClosedJaxpr& b : in) r.consts.append(b.consts);
  if (r.consts.empty()) {
    r.branches = std::move(in);
    return r;
  }
  size_t before = 0;
  for (const ClosedJaxpr& b : in) {
    Order all = range(0, b.jaxpr->invars.size());
    ClosedJaxpr copy = reorder(b, all, range(0, b.jaxpr->outs.size()));
    auto j = Ref<Jaxpr>(const_cast<Jaxpr*>(copy.jaxpr.get()));
    std::vector<VarId> invars;
    for (size_t i = 0; i < r.consts.size(); ++i) {
      bool own = i >= before && i < before + b.consts.size();
      invars.push_back(own ? j->constvars[i - before] : j->new_var(r.consts[i].aval()));
    }
    invars.insert(invars.end(), j->invars.begin(), j->invars.end());
    j->invars = std::move(invars);
    j->constvars.clear();
    before += b.consts.size();
    r.branches.push_back({j, {}});
  }
  return r;
}

Values bind_cond(const CondParams& like, const Branches& b, const Value& index, Args operands) {
  CondParams p{b.branches, like.branches_platforms};
  return cond_p.with(std::move(p)).bind(joined({Args(&index, 1), b.consts, operands}));
}

}  // namespace cond_rules

namespace {

Avals cond_aval(const Op& op, AvalSpan in) {
  auto& branches = op.get<CondParams>().branches;
  require<TypeError>(!branches.empty() && !in.empty(), "cond: needs a branch and an index");
  require<TypeError>(in[0].dtype() == kInt32 && in[0].rank() == 0,
                     "cond: the index must be i32[], got ", in[0]);
  Avals out = branches[0].out_avals();
  for (const ClosedJaxpr& b : branches) {
    Avals expected = b.in_avals(), given = b.out_avals();
    require<TypeError>(expected.size() == in.size() - 1, "cond: called with ", in.size() - 1,
                       " operands, a branch takes ", expected.size());
    for (size_t i = 0; i < expected.size(); ++i)
      require<TypeError>(expected[i].same_type(in[i + 1]), "cond: operand ", i, " has type ",
                         in[i + 1], ", a branch takes ", expected[i]);
    require<TypeError>(given.size() == out.size(), "cond: branches give ", out.size(), " and ",
                       given.size(), " results");
    for (size_t i = 0; i < out.size(); ++i)
      require<TypeError>(given[i].same_type(out[i]), "cond: branches give ", out[i], " and ",
                         given[i], " as result ", i);
  }
  return out;
}

Effects cond_effects(const Op& op) {
  Effects e;
  for (const ClosedJaxpr& b : op.get<CondParams>().branches) merge_effects(e, b.jaxpr->effects);
  return e;
}

// Batching --------------------------------------------------------------------------------

Mask masks(const MappedAxes& axes) {
  Mask m;
  for (int a : axes) m.push_back(a != kUnmapped);
  return m;
}

// All branches mapped; their results where any branch has them mapped, or all.
Ref<OfBranches> batched(const CondParams& p, const AxisData& axis, const Mask& mapped, bool all) {
  auto r = make_ref<OfBranches>();
  r->mask = Mask(p.branches[0].jaxpr->outs.size(), all);
  for (const ClosedJaxpr& b : p.branches)
    r->mask = either(flags(r->mask), flags(batch_jaxpr(b, axis, mapped, r->mask)->mapped_out));
  std::vector<ClosedJaxpr> out;
  for (const ClosedJaxpr& b : p.branches)
    out.push_back(batch_jaxpr(b, axis, mapped, r->mask)->jaxpr);
  r->out = with_common_consts(std::move(out));
  return r;
}

Value choose(const Value& index, Args cases) {
  size_t rank = static_cast<size_t>(index.rank());
  const Shape& shape = cases[0].shape();
  Axes dims;
  for (size_t i = 0; i < rank; ++i) dims.push_back(static_cast<int64_t>(i));
  Value which = shape.size() == rank ? index : broadcast_in_dim(index, shape, dims);
  if (cases.size() == 2) which = ne(which, zeros(which.aval()));
  return select_n(which, cases);
}

BatchOut cond_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  auto& p = op.get<CondParams>();
  bool by_element = axes[0] != kUnmapped;
  Mask mapped = masks(MappedAxes(axes.begin() + 1, axes.end()));
  Values moved;
  for (size_t i = 0; i < in.size(); ++i)
    moved.push_back(axes[i] == kUnmapped ? in[i] : move_axis(in[i], axes[i], 0));
  std::string key = str(axis.size, "/", by_element, "/");
  add_key(key, flags(mapped));
  auto b = memo_branches<OfBranches>(p, Memo::kCondBatched, key,
                                     [&] { return batched(p, axis, mapped, by_element); });
  Args operands = Args(moved).subspan(1);
  BatchOut r;
  for (bool m : b->mask) r.axes.push_back(m ? 0 : kUnmapped);
  if (!by_element) {
    r.values = bind_cond(p, b->out, moved[0], operands);
    return r;
  }
  // Each element has a branch of its own: all run.
  std::vector<Values> results;
  for (const ClosedJaxpr& branch : b->out.branches)
    results.push_back(eval_jaxpr(branch, joined({b->out.consts, operands})));
  for (size_t i = 0; i < r.axes.size(); ++i) {
    Values cases;
    for (const Values& v : results) cases.push_back(v[i]);
    r.values.push_back(choose(moved[0], cases));
  }
  return r;
}

// The rest --------------------------------------------------------------------------------

std::pair<Op, Mask> cond_dce(const Op& op, const Mask& used) {
  CondParams p = op.get<CondParams>();
  Mask needs;
  for (ClosedJaxpr& b : p.branches) {
    Mask used_in;
    b = dce(b, used, &used_in);
    needs = needs.empty() ? used_in : either(flags(needs), flags(used_in));
  }
  Order in;
  add_marked(in, flags(needs));
  for (ClosedJaxpr& b : p.branches) b = reorder(b, in, range(0, b.jaxpr->outs.size()));
  needs.insert(needs.begin(), true);
  return {cond_p.with(std::move(p)), needs};
}

Values cond_physical(const Op& op, Args in) {
  auto& p = op.get<CondParams>();
  std::vector<ClosedJaxpr> branches;
  for (const ClosedJaxpr& b : p.branches) branches.push_back(physicalize(b));
  return bind_cond(p, with_common_consts(std::move(branches)), in[0], in.subspan(1));
}

hlo::Results cond_lower(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  auto& p = op.get<CondParams>();
  if (p.by_platform()) {
    size_t i = branch_for(p.branches_platforms, b.platform());
    return b.inline_jaxpr(p.branches[i], in.subspan(1));
  }
  Tokens tokens(*p.branches[0].jaxpr);
  for (const ClosedJaxpr& branch : p.branches) tokens.add(*branch.jaxpr);
  Avals avals(tokens.size());
  avals.append(out);
  std::vector<hlo::Region> regions;
  tokens.enter(b);  // made here, so that the branches find them
  for (const ClosedJaxpr& branch : p.branches)
    regions.push_back({{}, [&](hlo::Builder& r, hlo::Operands) {
                         hlo::Results results = r.inline_jaxpr(branch, in.subspan(1));
                         hlo::Results all = tokens.enter(r);
                         all.append(results);
                         return all;
                       }});
  hlo::Results r = b.region_op("case", in.first(1), avals, regions);
  hlo::Operands left = tokens.leave(b, r);
  return hlo::Results(left.begin(), left.end());
}

}  // namespace

const Primitive cond_p{{
    .name = "cond",
    .multiple_results = true,
    .abstract_eval = cond_aval,
    .jvp = cond_jvp,
    .linearize = cond_linearize,
    .transpose = cond_transpose,
    .batch = cond_batch,
    .lower = cond_lower,
    .dce = cond_dce,
    .physical = cond_physical,
    .effects = cond_effects,
    .takes_references = true,
    .discharge = cond_discharge,
    .divide = divided_cond,
}};

// Construction ------------------------------------------------------------------------------

namespace {

constexpr uint32_t kComputed = ~uint32_t{0};

// Without results that are one and the same operand in all branches.
// No branches: they are as they were.
struct Prepared : OfBranches {
  SmallVector<uint32_t, 4> forwarded;  // for each result: an operand, or kComputed
};

Ref<Prepared> prepared(const CondParams& p) {
  auto r = make_ref<Prepared>();
  const Jaxpr& first = *p.branches[0].jaxpr;
  std::unordered_map<VarId, uint32_t> inputs;
  for (uint32_t i = 0; i < first.invars.size(); ++i) inputs.try_emplace(first.invars[i], i);
  Order in = range(0, first.invars.size()), out;
  for (uint32_t o = 0; o < first.outs.size(); ++o) {
    auto it = first.outs[o].literal ? inputs.end() : inputs.find(first.outs[o].var);
    bool same = it != inputs.end();
    for (const ClosedJaxpr& b : p.branches) {
      const Atom& a = b.jaxpr->outs[o];
      same = same && !a.literal && a.var == b.jaxpr->invars[it->second];
    }
    r->forwarded.push_back(same ? it->second : kComputed);
    if (!same) out.push_back(o);
  }
  if (out.size() == first.outs.size()) return r;
  for (const ClosedJaxpr& b : p.branches) r->out.branches.push_back(reorder(b, in, out));
  return r;
}

}  // namespace

namespace {

// The jaxpr as one of more inputs, of which its leading ones have the places `own`.
ClosedJaxpr widened(const ClosedJaxpr& c, const Order& own, AvalSpan all) {
  std::string key;
  for (uint32_t i : own) add_key(key, i);
  for (const Aval& a : all) append_to(key, a);
  auto make = [&] {
    Order inputs = range(0, c.jaxpr->invars.size());
    ClosedJaxpr copy = reorder(c, inputs, range(0, c.jaxpr->outs.size()));
    auto j = Ref<Jaxpr>(const_cast<Jaxpr*>(copy.jaxpr.get()));
    std::vector<VarId> invars;
    for (const Aval& a : all) invars.push_back(j->new_var(a));
    for (size_t i = 0; i < own.size(); ++i) invars[own[i]] = j->invars[i];
    invars.insert(invars.end(), j->invars.begin() + static_cast<ptrdiff_t>(own.size()),
                  j->invars.end());
    j->invars = std::move(invars);
    return make_ref<const KeptJaxpr>(std::move(copy));
  };
  return memo<KeptJaxpr>(*c.jaxpr, Memo::kCondWidened, key, make)->jaxpr;
}

// Branches that share the constants of all of them.
Branches shared(std::span<const Closure> in) {
  Branches r;
  std::unordered_map<const Node*, uint32_t> index;
  std::vector<Order> own(in.size());
  for (size_t b = 0; b < in.size(); ++b)
    for (const Value& v : in[b].consts) {
      auto [it, fresh] = index.try_emplace(v.node(), static_cast<uint32_t>(r.consts.size()));
      if (fresh) r.consts.push_back(v);
      own[b].push_back(it->second);
    }
  Avals avals = avals_of(r.consts);
  for (size_t b = 0; b < in.size(); ++b)
    r.branches.push_back(avals.empty() ? in[b].jaxpr : widened(in[b].jaxpr, own[b], avals));
  return r;
}

}  // namespace

Values switch_case(const Value& index, std::span<const Closure> in, Args operands,
                   const Param& branches_platforms) {
  Branches b = shared(in);
  CondParams p{b.branches, branches_platforms};
  auto prep = memo_branches<Prepared>(p, Memo::kCondPrepared, "", [&] { return prepared(p); });
  Values all = joined({b.consts, operands});
  bool changed = !prep->out.branches.empty();
  Values r = bind_cond(p, changed ? prep->out : Branches{p.branches, {}}, index, all), out;
  size_t k = 0;
  for (uint32_t i : prep->forwarded) out.push_back(i == kComputed ? r[k++] : all[i]);
  return out;
}

Values switch_case(const Value& index, std::span<const Fun> branches, Args operands) {
  require<ValueError>(!branches.empty(), "Empty branch sequence");
  require<TypeError>(is_integer(index.dtype()) && index.rank() == 0,
                     "Index type must be an integer scalar, got ", index.aval());
  std::vector<Closure> staged;
  for (const Fun& f : branches) {
    ClosedJaxpr c = stage(f, avals_of(operands));
    staged.push_back({open_consts(c), c.consts});
  }
  Avals out = staged[0].jaxpr.out_avals();
  for (const Closure& b : staged) {
    Avals other = b.jaxpr.out_avals();
    bool same = other.size() == out.size();
    for (size_t i = 0; same && i < out.size(); ++i) same = out[i].same_type(other[i]);
    require<TypeError>(same, "switch branches must have equal output types but they differ");
  }
  Value last = scalar_of(kInt32, static_cast<int64_t>(branches.size()) - 1);
  Value i = clamp(scalar_of(kInt32, int64_t{0}), convert_element_type(index, kInt32), last);
  return switch_case(i, staged, operands);
}

Values cond(const Value& pred, const Fun& on_true, const Fun& on_false, Args operands) {
  require<TypeError>(is_bool(pred.dtype()) && pred.rank() == 0,
                     "Pred must be a boolean scalar, got ", pred.aval());
  const Fun branches[2] = {on_false, on_true};
  return switch_case(convert_element_type(pred, kInt32), branches, operands);
}

}  // namespace covector

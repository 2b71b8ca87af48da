// Loops and branches that read and write references: what is written in a loop is carried.

#include "covector/control/cond.h"
#include "covector/control/reference.h"
#include "covector/control/scan.h"
#include "covector/control/while.h"
#include "covector/core/stage.h"

namespace covector {

using namespace lists;

namespace scan_rules {

// A reference among the constants that is written becomes a carry; one that is scanned over is
// scanned over as an array, and what the slices become are results.
Values scan_discharge(const Op& op, Args in) {
  const auto& p = op.get<ScanParams>();
  require<TypeError>(!any_reference(Groups<Value>(p, in).carry),
                     "scan: a reference can't be carried: let the body close over it");
  auto d = discharge(p.jaxpr.jaxpr);
  ReferenceContents refs(in);
  Groups<bool> written(p, flags(d->written));
  Mask fixed = inverted(written.consts);
  size_t nw = count(written.consts), outs = p.carry() + p.ys(), n = p.consts();
  Order inputs, results;
  add_marked(inputs, flags(fixed));
  add_marked(inputs, written.consts);
  add_range(inputs, n, p.carry() + p.xs());
  add_range(results, outs, nw);
  add_range(results, 0, outs);
  add_range(results, outs + nw, count(written.xs));
  ClosedJaxpr body = reorder(d->jaxpr, inputs, results);
  Groups<Value> contents(p, refs.contents);
  Values carry = joined({kept(contents.consts, written.consts), contents.carry});
  Values r = bind_scan(p.with(body, n - nw, p.carry() + nw), kept(contents.consts, flags(fixed)),
                       carry, contents.xs);
  Args all(r);
  refs.set(joined({all.first(nw), all.subspan(nw + outs)}), d->written);
  return Values(r.begin() + nw, r.begin() + nw + outs);
}

}  // namespace scan_rules

namespace cond_rules {
namespace {

// A branch that gives what all references hold that any of the branches writes.
ClosedJaxpr giving(const Discharged& d, size_t outs, const Mask& written) {
  auto f = [&](Args a) {
    Values all = eval_jaxpr(d.jaxpr, a), r(all.begin(), all.begin() + outs);
    size_t k = outs;
    for (size_t i = 0; i < written.size(); ++i) {
      if (written[i]) r.push_back(d.written[i] ? all[k] : a[i]);
      k += d.written[i];
    }
    return r;
  };
  return stage(f, d.jaxpr.in_avals(), d.jaxpr.jaxpr->debug);
}

}  // namespace

Values cond_discharge(const Op& op, Args in) {
  const auto& p = op.get<CondParams>();
  ReferenceContents refs(in.subspan(1));
  std::vector<Ref<const Discharged>> each;
  Mask written(in.size() - 1, false);
  for (const ClosedJaxpr& b : p.branches) {
    each.push_back(discharge(b.jaxpr));
    written = either(flags(written), flags(each.back()->written));
  }
  size_t outs = p.branches[0].jaxpr->outs.size();
  std::vector<ClosedJaxpr> branches;
  for (const auto& d : each) branches.push_back(giving(*d, outs, written));
  Values r = bind_cond(p, with_common_consts(std::move(branches)), in[0], refs.contents);
  refs.set(Args(r).subspan(outs), written);
  r.resize(outs);
  return r;
}

}  // namespace cond_rules

namespace while_rules {
namespace {

// The condition as a function of (its constants..., what is written..., carry...). Where one of its
// constants is a reference that the body writes, it reads what that became.
ClosedJaxpr following(const ClosedJaxpr& cond, Args consts, Args written_refs) {
  Avals avals = cond.in_avals();
  size_t n = consts.size(), w = written_refs.size();
  Avals in(avals.begin(), avals.begin() + n);
  for (const Value& v : written_refs) in.push_back(v.aval().referent());
  in.append(AvalSpan(avals).subspan(n));
  auto f = [&](Args a) {
    Values args(a.begin(), a.begin() + n);
    for (size_t i = 0; i < n; ++i)
      for (size_t k = 0; k < w; ++k)
        if (is_reference(consts[i]) && consts[i] == written_refs[k]) args[i] = a[n + k];
    args.append(a.subspan(n + w));
    return eval_jaxpr(cond, args);
  };
  return stage(f, in, cond.jaxpr->debug);
}

}  // namespace

Values while_discharge(const Op& op, Args in) {
  const auto& p = op.get<WhileParams>();
  Groups<Value> given(p, in);
  require<TypeError>(!any_reference(given.carry),
                     "while_loop: a reference can't be carried: let the functions close over it");
  auto body = discharge(p.body_jaxpr.jaxpr), cond = discharge(p.cond_jaxpr.jaxpr);
  require<TypeError>(!any(flags(cond->written)),
                     "while_loop: the condition must not write to references");
  ReferenceContents refs(joined({given.body, given.carry}));
  Args contents(refs.contents);
  Flags written = flags(body->written).first(p.body_consts());
  Mask fixed = inverted(written);
  size_t nw = count(written);
  Order inputs, results;
  add_marked(inputs, flags(fixed));
  add_marked(inputs, written);
  add_range(inputs, p.body_consts(), p.carry());
  add_range(results, p.carry(), nw);
  add_range(results, 0, p.carry());
  Values written_refs = kept(given.body, written);
  Values init = joined({kept(contents.first(p.body_consts()), written), given.carry});
  Values r =
      bind_while(following(cond->jaxpr, given.cond, written_refs),
                 ReferenceContents(given.cond).contents, reorder(body->jaxpr, inputs, results),
                 kept(contents.first(p.body_consts()), flags(fixed)), init, p.max_steps);
  refs.set(Args(r).first(nw), body->written);
  return Values(r.begin() + nw, r.end());
}

}  // namespace while_rules
}  // namespace covector

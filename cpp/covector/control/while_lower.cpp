// The loop as stablehlo.while. Its state: tokens of ordered effects, the
// predicate if it has such effects, then constants and the carry.

#include "covector/control/tokens.h"
#include "covector/control/while.h"

namespace covector::while_rules {

namespace {

using hlo::Builder;
using hlo::Operand;
using hlo::Operands;
using hlo::Results;

Operand any_of(Builder& b, const Operand& pred) {
  if (pred.aval.rank() == 0) return pred;
  Aval scalar(kBool, {});
  Axes axes;
  for (int64_t i = 0; i < pred.aval.rank(); ++i) axes.push_back(i);
  hlo::Region either{{scalar, scalar}, [&](Builder& r, Operands a) {
                       return Results{r.elementwise("or", a, scalar)};
                     }};
  Results in{pred, b.splat(scalar, int64_t{0})};
  return b.region_op("reduce", in, AvalSpan(&scalar, 1), std::span(&either, 1),
                     hlo::array_attr("dimensions", axes))[0];
}

Operand choose(Builder& b, const Operand& pred, const Operand& on_true, const Operand& on_false) {
  if (pred.aval.rank() == on_true.aval.rank()) return b.select(pred, on_true, on_false);
  Axes dims;
  for (int64_t i = 0; i < pred.aval.rank(); ++i) dims.push_back(i);
  return b.select(b.broadcast_in_dim(pred, on_true.aval.shape(), dims), on_true, on_false);
}

class Writer {
 public:
  explicit Writer(const WhileParams& p) : p_(p), tokens_(*p.body_jaxpr.jaxpr) {
    Tokens of_condition(*p.cond_jaxpr.jaxpr);
    pred_is_state_ = of_condition.size() > 0;
    tokens_.add(*p.cond_jaxpr.jaxpr);
  }

  Results write(Builder& b, Operands in) {
    Results first;
    if (pred_is_state_) first.push_back(condition(b, in));
    Results state = tokens_.enter(b);
    state.append(first);
    state.append(in);
    Avals avals;
    for (const Operand& x : state) avals.push_back(x.aval);
    const hlo::Region regions[2] = {
        {avals, [&](Builder& r, Operands s) { return Results{goes_on(r, s)}; }},
        {avals, [&](Builder& r, Operands s) { return step(r, s); }}};
    Results end = b.region_op("while", state, avals, regions);
    Operands left = tokens_.leave(b, end);
    left = left.subspan(left.size() - p_.carry());
    return Results(left.begin(), left.end());
  }

 private:
  // The predicate, of the constants and the carry.
  Operand condition(Builder& b, Operands state) const {
    Groups<Operand> g(p_, state);
    Results in(g.cond.begin(), g.cond.end());
    in.append(g.carry);
    return b.inline_jaxpr(p_.cond_jaxpr, in)[0];
  }
  Operand goes_on(Builder& b, Operands state) const {
    Operands s = state.subspan(tokens_.size());
    return any_of(b, pred_is_state_ ? s[0] : condition(b, s));
  }
  Results step(Builder& b, Operands state) const {
    Operands s = tokens_.leave(b, state), operands = s.subspan(pred_is_state_);
    bool batched = p_.pred().rank() > 0;
    Groups<Operand> g(p_, operands);
    Results in(g.body.begin(), g.body.end());
    in.append(g.carry);
    Results out = b.inline_jaxpr(p_.body_jaxpr, in), next(g.cond.begin(), g.cond.end());
    if (batched) {
      Operand pred = pred_is_state_ ? s[0] : condition(b, operands);
      for (size_t i = 0; i < out.size(); ++i) out[i] = choose(b, pred, out[i], g.carry[i]);
    }
    next.append(g.body);
    for (size_t i = 0; i < out.size(); ++i)
      next.push_back({out[i].id, out[i].index, g.carry[i].aval});
    Results r;
    if (pred_is_state_) r.push_back(condition(b, next));
    Results all = tokens_.enter(b);
    all.append(r);
    all.append(next);
    return all;
  }

  const WhileParams& p_;
  Tokens tokens_;
  bool pred_is_state_ = false;
};

}  // namespace

hlo::Results while_lower(const Op& op, Builder& b, Operands in, AvalSpan) {
  return Writer(op.get<WhileParams>()).write(b, in);
}

}  // namespace covector::while_rules

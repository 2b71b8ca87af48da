// Reverse mode of a loop with a limit to the number of its steps: the carry of
// every B-th step is kept, and from the last of these to the first the steps in
// between are run again, then transposed. With B the root of the limit, memory is
// that of 2 B carries; time is that of the steps that were taken.

#include <cmath>

#include "covector/control/while.h"
#include "covector/lax/lax.h"
#include "covector/transforms/transforms.h"

namespace covector {

using namespace lists;

namespace while_rules {

namespace {

Value integer(int64_t x) { return scalar_of(kInt32, x); }

Value row(const Value& rows, const Value& at) {
  Values starts(static_cast<size_t>(rows.rank()), integer(0));
  starts[0] = at;
  Axes sizes = rows.shape();
  sizes[0] = 1;
  int64_t first = 0;
  return squeeze(dynamic_slice(rows, starts, sizes), std::span(&first, 1));
}
Value with_row(const Value& rows, const Value& x, const Value& at) {
  Values starts(static_cast<size_t>(rows.rank()), integer(0));
  starts[0] = at;
  int64_t first = 0;
  return dynamic_update_slice(rows, expand_dims(x, std::span(&first, 1)), starts);
}
// Room for n carries.
Values room(Args carry, int64_t n) {
  Values r;
  for (const Value& x : carry) r.push_back(broadcast(x, std::span(&n, 1)));
  return r;
}

// A loop whose condition ends it within so many steps.
Values at_most(int64_t steps, const Fun& cond, const Fun& body, Args init) {
  ClosedJaxpr c = stage(cond, avals_of(init)), b = stage(body, avals_of(init));
  return while_loop(Closure{open_consts(c), c.consts}, Closure{open_consts(b), b.consts}, init,
                    steps);
}

class Backward {
 public:
  Backward(const WhileParams& p, TransposeArgs args)
      : p_(p),
        body_args_(args.begin() + p.cond_consts(),
                   args.begin() + p.cond_consts() + p.body_consts()) {
    for (const TransposeArg& a : args.subspan(p.cond_consts())) linear_.push_back(a.linear);
    find_linear();
    for (const TransposeArg& a : args.first(p.cond_consts())) {
      invariant(!a.linear, "while: the predicate depends on what is transposed");
      cond_consts_.push_back(a.value);
    }
    for (size_t i = 0; i < p.carry(); ++i)
      if (!carry()[i]) known_.push_back(args[p.cond_consts() + p.body_consts() + i].value);
    divide();
    every_ = std::max<int64_t>(1, static_cast<int64_t>(std::ceil(std::sqrt(p.max_steps))));
    segments_ = std::max<int64_t>(1, (p.max_steps + every_ - 1) / every_);
  }

  // Cotangents of the linear constants of the body, then of the linear carry.
  Values run(Args cts) const {
    Values state = keep_some();
    Value steps = state[0];
    Args kept_rows = Args(state).subspan(1 + known_.size());
    const Jaxpr& j = *p_.body_jaxpr.jaxpr;
    Values init{div(steps + integer(every_ - 1), integer(every_))};
    for (const TransposeArg& a : body_args_)
      if (a.linear) init.push_back(instantiate({}, a.aval));
    for (size_t i = 0; i < p_.carry(); ++i)
      if (carry()[i]) init.push_back(instantiate(cts[i], j.vars[j.invars[p_.body_consts() + i]]));
    auto more = [](Args s) { return Values{gt(s[0], integer(0))}; };
    auto segment = [&](Args s) {
      Value at = s[0] - integer(1);
      Value n = min(integer(every_), steps - at * integer(every_));
      Values start;
      for (const Value& r : kept_rows) start.push_back(row(r, at));
      Values rows = run_again(start, n);
      return joined({Values{at}, back_through(rows, n, s.subspan(1))});
    };
    Values r = at_most(segments_, more, segment, init);
    return Values(r.begin() + 1, r.end());
  }

  const Mask& linear() const { return linear_; }

 private:
  Flags carry() const { return flags(linear_).subspan(p_.body_consts()); }

  // The carry that depends on what is linear.
  void find_linear() {
    for (bool grows = true; grows;) {
      Mask out = depends_on(*p_.body_jaxpr.jaxpr, linear_);
      grows = false;
      for (size_t i = 0; i < out.size(); ++i) {
        bool& in = linear_[p_.body_consts() + i];
        grows |= out[i] && !in;
        in |= out[i];
      }
    }
  }

  // The condition and the body of what is known.
  void divide() {
    Mask used;
    size_t nc = p_.cond_consts();
    ClosedJaxpr cond = dce(p_.cond_jaxpr, Mask{true}, &used);
    for (size_t i = 0; i < p_.carry(); ++i)
      require<ValueError>(!(used[nc + i] && carry()[i]),
                          "while: the predicate depends on what is transposed");
    Order in = range(0, nc);
    add_marked(in, flags(inverted(carry())), nc);
    cond_ = reorder(cond, in, range(0, 1));
    SplitJaxpr split = split_jaxpr(p_.body_jaxpr, linear_, mask(carry()));
    Mask wanted(known_.size(), true);
    wanted.resize(wanted.size() + split.residuals, false);
    body_ = dce(split.known, wanted);
  }

  Value goes_on(Args known) const { return eval_jaxpr(cond_, joined({cond_consts_, known}))[0]; }
  Values step(Args known) const {
    Values in;
    for (const TransposeArg& a : body_args_)
      if (!a.linear) in.push_back(a.value);
    in.append(known);
    return eval_jaxpr(body_, in);
  }

  // The number of steps, the last carry, and that of every `every_`-th step.
  Values keep_some() const {
    size_t n = known_.size();
    auto more = [&](Args s) { return Values{goes_on(s.subspan(1, n))}; };
    auto body = [&](Args s) {
      Args known = s.subspan(1, n), rows = s.subspan(1 + n);
      Value at = div(s[0], integer(every_));
      Value here = eq(rem(s[0], integer(every_)), integer(0));
      Values next{s[0] + integer(1)};
      next.append(step(known));
      for (size_t i = 0; i < n; ++i)
        next.push_back(with_row(rows[i], select(here, known[i], row(rows[i], at)), at));
      return next;
    };
    Values init = joined({Values{integer(0)}, known_, room(known_, segments_)});
    return at_most(p_.max_steps, more, body, init);
  }

  // The carry at each of n steps from `start` on.
  Values run_again(Args start, const Value& n) const {
    size_t k = start.size();
    auto more = [&](Args s) { return Values{lt(s[0], n)}; };
    auto body = [&](Args s) {
      Values next{s[0] + integer(1)};
      next.append(step(s.subspan(1, k)));
      for (size_t i = 0; i < k; ++i) next.push_back(with_row(s[1 + k + i], s[1 + i], s[0]));
      return next;
    };
    Values r =
        at_most(every_, more, body, joined({Values{integer(0)}, start, room(start, every_)}));
    return Values(r.begin() + 1 + k, r.end());
  }

  // Cotangents before n steps from those after them.
  Values back_through(Args rows, const Value& n, Args cts) const {
    auto more = [](Args s) { return Values{gt(s[0], integer(0))}; };
    auto body = [&](Args s) {
      Value at = s[0] - integer(1);
      Values known;
      for (const Value& r : rows) known.push_back(row(r, at));
      return joined({Values{at}, transposed_step(known, s.subspan(1))});
    };
    Values r = at_most(every_, more, body, joined({Values{n}, cts}));
    return Values(r.begin() + 1, r.end());
  }

  Values transposed_step(Args known, Args cts) const {
    const Jaxpr& j = *p_.body_jaxpr.jaxpr;
    size_t sums = 0, k = 0;
    SmallVector<TransposeArg, 8> in(body_args_.begin(), body_args_.end());
    for (const TransposeArg& a : body_args_) sums += a.linear;
    for (size_t i = 0; i < p_.carry(); ++i) {
      Value v = carry()[i] ? Value() : known[k++];
      in.push_back({v, j.vars[j.invars[p_.body_consts() + i]], carry()[i]});
    }
    Values r = backward_pass(j, {}, in, spread(cts.subspan(sums), carry())), out;
    for (size_t i = 0, n = 0; i < in.size(); ++i) {
      if (!in[i].linear) continue;
      bool is_sum = i < p_.body_consts();
      out.push_back(is_sum ? add_any(cts[n++], r[i]) : instantiate(r[i], in[i].aval));
    }
    return out;
  }

  const WhileParams& p_;
  SmallVector<TransposeArg, 4> body_args_;
  Mask linear_;  // of the body's operands
  Values cond_consts_, known_;
  ClosedJaxpr cond_, body_;
  int64_t every_ = 1, segments_ = 1;
};

}  // namespace

Values while_transpose(const Op& op, Args cts, TransposeArgs args) {
  auto& p = op.get<WhileParams>();
  require<ValueError>(
      p.max_steps >= 0,
      "Reverse-mode differentiation does not work for lax.while_loop or lax.fori_loop with dynamic "
      "start/stop values. Try using lax.scan, or using fori_loop with static start/stop, or "
      "while_loop with max_steps.");
  Backward backward(p, args);
  Values r = backward.run(cts), out(p.cond_consts());
  size_t k = 0;
  for (size_t i = 0; i < backward.linear().size(); ++i) {
    Value ct = backward.linear()[i] ? r[k++] : Value();
    out.push_back(args[p.cond_consts() + i].linear ? std::move(ct) : Value());
  }
  return out;
}

}  // namespace while_rules

namespace {

// (consts..., steps left, carry...): a loop that counts down.
struct Counted : RefCounted {
  ClosedJaxpr cond, body;
};

Ref<const Counted> counted(const Closure& cond, const Closure& body) {
  auto without = [](Args a, size_t i) {
    Values r(a.begin(), a.begin() + static_cast<ptrdiff_t>(i));
    r.append(a.subspan(i + 1));
    return r;
  };
  auto with_count = [](Avals in, size_t i) {
    in.insert(in.begin() + i, Aval(kInt32, {}));
    return in;
  };
  size_t nc = cond.consts.size(), nb = body.consts.size();
  auto go_on = [&](Args a) {
    Value left = gt(a[nc], scalar_of(kInt32, int64_t{0}));
    return Values{bitwise_and(left, eval_jaxpr(cond.jaxpr, without(a, nc))[0])};
  };
  auto step = [&](Args a) {
    Value left = a[nb] - scalar_of(kInt32, int64_t{1});
    return joined({Values{left}, eval_jaxpr(body.jaxpr, without(a, nb))});
  };
  auto r = make_ref<Counted>();
  r->cond = stage(go_on, with_count(cond.jaxpr.in_avals(), nc), cond.jaxpr.jaxpr->debug);
  r->body = stage(step, with_count(body.jaxpr.in_avals(), nb), body.jaxpr.jaxpr->debug);
  return r;
}

}  // namespace

Values bounded_while_loop(const Closure& cond, const Closure& body, Args init, int64_t max_steps) {
  require<ValueError>(max_steps >= 0, "while_loop: max_steps must not be negative, got ",
                      max_steps);
  std::string key;
  add_key(key, *cond.jaxpr.jaxpr);
  auto c = memo<Counted>(*body.jaxpr.jaxpr, Memo::kWhileBounded, key,
                         [&] { return counted(cond, body); });
  Values carry = joined({Values{scalar_of(kInt32, max_steps)}, init});
  Values r =
      while_loop(Closure{c->cond, cond.consts}, Closure{c->body, body.consts}, carry, max_steps);
  return Values(r.begin() + 1, r.end());
}

Values bounded_while_loop(const Fun& cond, const Fun& body, Args init, int64_t max_steps) {
  ClosedJaxpr c = stage(cond, avals_of(init)), b = stage(body, avals_of(init));
  return bounded_while_loop(Closure{open_consts(c), c.consts}, Closure{open_consts(b), b.consts},
                            init, max_steps);
}

}  // namespace covector

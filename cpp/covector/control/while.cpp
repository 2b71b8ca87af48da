// Loops that go on while a condition holds: the entry of the primitive, and the
// rules that are no derivatives.

#include "covector/control/while.h"

#include "covector/lax/lax.h"
#include "covector/transforms/transforms.h"

namespace covector {

using namespace lists;
using namespace while_rules;

namespace while_rules {

Values bind_while(ClosedJaxpr cond, Args cond_consts, ClosedJaxpr body, Args body_consts, Args init,
                  int64_t max_steps) {
  Values c = joined({cond.consts, cond_consts}), b = joined({body.consts, body_consts});
  WhileParams p{open_consts(body), static_cast<int64_t>(b.size()), open_consts(cond),
                static_cast<int64_t>(c.size()), max_steps};
  return while_p.with(std::move(p)).bind(joined({c, b, init}));
}

}  // namespace while_rules

namespace {

void check_types(std::string_view what, AvalSpan expected, AvalSpan given) {
  require<TypeError>(expected.size() == given.size(), "while: ", what, " takes ", expected.size(),
                     " operands, got ", given.size());
  for (size_t i = 0; i < expected.size(); ++i)
    require<TypeError>(expected[i].same_type(given[i]), "while: operand ", i, " of ", what,
                       " has type ", given[i], ", its jaxpr takes ", expected[i]);
}

Avals while_aval(const Op& op, AvalSpan in) {
  auto& p = op.get<WhileParams>();
  require<TypeError>(in.size() == p.cond_consts() + p.body_consts() + p.carry(),
                     "while: called with ", in.size(), " operands, it takes ",
                     p.cond_consts() + p.body_consts() + p.carry());
  Groups<Aval> g(p, in);
  check_types("cond_jaxpr", p.cond_jaxpr.in_avals(), joined({g.cond, g.carry}));
  check_types("body_jaxpr", p.body_jaxpr.in_avals(), joined({g.body, g.carry}));
  check_types("the next step", p.body_jaxpr.out_avals(), g.carry);
  require<TypeError>(p.cond_jaxpr.jaxpr->outs.size() == 1 && is_bool(p.pred().dtype()),
                     "while: cond_jaxpr must give one boolean");
  return p.body_jaxpr.out_avals();
}

Effects while_effects(const Op& op) {
  auto& p = op.get<WhileParams>();
  Effects e = p.body_jaxpr.jaxpr->effects;
  merge_effects(e, p.cond_jaxpr.jaxpr->effects);
  return e;
}

// Batching --------------------------------------------------------------------------------

// A jaxpr mapped over `axes` of its inputs, whose results are mapped along `out`
// (kUnmapped: they are not mapped).
ClosedJaxpr batched_along(const ClosedJaxpr& j, const AxisData& axis, const MappedAxes& axes,
                          const MappedAxes& out) {
  Avals avals = j.in_avals();
  for (size_t i = 0; i < avals.size(); ++i)
    if (axes[i] != kUnmapped) avals[i] = avals[i].with_axis(axes[i], axis.size);
  return stage(
      [&](Args args) {
        BatchOut r = batch([&](Args a) { return eval_jaxpr(j, a); }, axis, args, axes);
        for (size_t i = 0; i < r.values.size(); ++i)
          if (out[i] != kUnmapped)
            r.values[i] = move_axis(batch_to_front(r.values[i], axis.size, r.axes[i]), 0, out[i]);
        return r.values;
      },
      avals, j.jaxpr->debug);
}

struct Batched : RefCounted {
  ClosedJaxpr cond, body;
  MappedAxes carry;
  bool cond_consts_in_body = false;  // before its own
};

MappedAxes along(Flags mapped, int axis) {
  MappedAxes r;
  for (bool m : mapped) r.push_back(m ? axis : kUnmapped);
  return r;
}

MappedAxes joined_axes(const MappedAxes& a, const MappedAxes& b) {
  MappedAxes r = a;
  r.append(b);
  return r;
}

// What the lowering does for predicates with axes, as part of the body: so that the
// predicate of a loop that has a reverse mode has none.
void select_by_element(const WhileParams& p, const AxisData& axis, const Groups<bool>& mapped,
                       Batched& r) {
  MappedAxes cond_axes = joined_axes(along(mapped.cond, 0), r.carry);
  ClosedJaxpr cond = batched_along(p.cond_jaxpr, axis, cond_axes, {0});
  ClosedJaxpr body =
      batched_along(p.body_jaxpr, axis, joined_axes(along(mapped.body, 0), r.carry), r.carry);
  size_t nc = p.cond_consts(), nb = p.body_consts();
  Avals cond_in = cond.in_avals(), body_in = body.in_avals();
  int64_t first = 0;
  r.cond =
      stage([&](Args a) { return Values{reduce_or(eval_jaxpr(cond, a)[0], std::span(&first, 1))}; },
            cond_in);
  auto step = [&](Args a) {
    Args carry = a.subspan(nc + nb);
    Value pred = eval_jaxpr(cond, joined({a.first(nc), carry}))[0];
    Values next = eval_jaxpr(body, a.subspan(nc));
    for (size_t i = 0; i < next.size(); ++i)
      next[i] =
          select(broadcast_in_dim(pred, next[i].shape(), std::span(&first, 1)), next[i], carry[i]);
    return next;
  };
  r.body = stage(step, joined({AvalSpan(cond_in).first(nc), AvalSpan(body_in)}));
  r.cond_consts_in_body = true;
}

// A predicate that is mapped has all of the carry mapped, along the first axis.
// Else the mapped axis follows those that the predicate has.
Ref<const Batched> batched(const WhileParams& p, const AxisData& axis, const Mask& mapped) {
  Groups<bool> g(p, flags(mapped));
  Mask carry = mask(g.carry);
  for (;;) {
    auto j = batch_jaxpr(p.body_jaxpr, axis, joined({g.body, flags(carry)}), carry);
    if (j->mapped_out == carry) break;
    carry = either(flags(carry), flags(j->mapped_out));
  }
  bool pred =
      batch_jaxpr(p.cond_jaxpr, axis, joined({g.cond, flags(carry)}), Mask{false})->mapped_out[0];
  auto r = make_ref<Batched>();
  int at = pred ? 0 : static_cast<int>(p.pred().rank());
  if (pred) carry = Mask(carry.size(), true);
  r->carry = along(flags(carry), at);
  if (pred && p.max_steps >= 0) {
    select_by_element(p, axis, g, *r);
    return r;
  }
  r->body = batched_along(p.body_jaxpr, axis, joined_axes(along(g.body, 0), r->carry), r->carry);
  r->cond = batched_along(p.cond_jaxpr, axis, joined_axes(along(g.cond, 0), r->carry),
                          {pred ? 0 : kUnmapped});
  return r;
}

BatchOut while_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  auto& p = op.get<WhileParams>();
  Mask mapped;
  for (int a : axes) mapped.push_back(a != kUnmapped);
  std::string key;
  add_key(key, axis.size);
  add_key(key, flags(mapped));
  add_key(key, p.cond_nconsts);
  add_key(key, *p.cond_jaxpr.jaxpr);
  auto b = memo<Batched>(*p.body_jaxpr.jaxpr, Memo::kWhileBatched, key,
                         [&] { return batched(p, axis, mapped); });
  Values moved;
  size_t consts = p.cond_consts() + p.body_consts();
  for (size_t i = 0; i < in.size(); ++i) {
    int to = i < consts ? (mapped[i] ? 0 : kUnmapped) : b->carry[i - consts];
    if (to == kUnmapped)
      moved.push_back(in[i]);
    else if (mapped[i])
      moved.push_back(move_axis(in[i], axes[i], to));
    else
      moved.push_back(move_axis(batch_to_front(in[i], axis.size, kUnmapped), 0, to));
  }
  Groups<Value> g(p, moved);
  Values body_consts = b->cond_consts_in_body ? joined({g.cond, g.body}) : joined({g.body});
  return {bind_while(b->cond, g.cond, b->body, body_consts, g.carry, p.max_steps), b->carry};
}

// Dead code -------------------------------------------------------------------------------

std::pair<Op, Mask> while_dce(const Op& op, const Mask& used) {
  auto& p = op.get<WhileParams>();
  Mask cond_in, carry = used, body_in;
  ClosedJaxpr cond = dce(p.cond_jaxpr, Mask{true}, &cond_in), body;
  Flags cond_carry = flags(cond_in).subspan(p.cond_consts());
  carry = either(flags(carry), cond_carry);
  for (bool grows = true; grows;) {
    body_in.clear();
    body = dce(p.body_jaxpr, carry, &body_in);
    Mask next = either(flags(carry), flags(body_in).subspan(p.body_consts()));
    grows = next != carry;
    carry = std::move(next);
  }
  Flags cond_consts = flags(cond_in).first(p.cond_consts());
  Flags body_consts = flags(body_in).first(p.body_consts());
  Order cond_order, body_order;
  add_marked(cond_order, cond_consts);
  add_marked(cond_order, flags(carry), p.cond_consts());
  add_marked(body_order, body_consts);
  add_marked(body_order, flags(carry), p.body_consts());
  WhileParams q{reorder(body, body_order, range(0, body.jaxpr->outs.size())),
                static_cast<int64_t>(count(body_consts)), reorder(cond, cond_order, range(0, 1)),
                static_cast<int64_t>(count(cond_consts)), p.max_steps};
  Mask needs = joined({cond_consts, body_consts, flags(carry), flags(carry)});
  return {while_p.with(std::move(q)), needs};
}

Values while_physical(const Op& op, Args in) {
  auto& p = op.get<WhileParams>();
  Groups<Value> g(p, in);
  return bind_while(physicalize(p.cond_jaxpr), g.cond, physicalize(p.body_jaxpr), g.body, g.carry,
                    p.max_steps);
}

}  // namespace

const Primitive while_p{{
    .name = "while",
    .multiple_results = true,
    .abstract_eval = while_aval,
    .jvp = while_jvp,
    .linearize = while_linearize,
    .transpose = while_transpose,
    .batch = while_batch,
    .lower = while_lower,
    .dce = while_dce,
    .physical = while_physical,
    .effects = while_effects,
    .takes_references = true,
    .discharge = while_discharge,
}};

// Construction ------------------------------------------------------------------------------

namespace {

// What the body gives back as it is and the condition does not look at, is constant.
struct Prepared : RefCounted {
  Mask fixed;
  ClosedJaxpr cond, body;  // null: the same
};

Ref<const Prepared> prepared(const ClosedJaxpr& cond, size_t nc, const ClosedJaxpr& body,
                             size_t nb) {
  const Jaxpr& b = *body.jaxpr;
  Mask cond_in;
  ClosedJaxpr smaller = dce(cond, Mask{true}, &cond_in);
  auto r = make_ref<Prepared>();
  for (size_t i = 0; i < b.outs.size(); ++i) {
    bool same = !b.outs[i].literal && b.outs[i].var == b.invars[nb + i];
    r->fixed.push_back(same && !cond_in[nc + i]);
  }
  if (!any(flags(r->fixed))) return r;
  Mask moving = inverted(flags(r->fixed));
  Order cond_order = range(0, nc), body_order, out;
  add_marked(cond_order, flags(moving), nc);
  add_marked(body_order, flags(r->fixed), nb);
  add_range(body_order, 0, nb);
  add_marked(body_order, flags(moving), nb);
  add_marked(out, flags(moving));
  r->cond = reorder(smaller, cond_order, range(0, 1));
  r->body = reorder(body, body_order, out);
  return r;
}

}  // namespace

Values while_loop(const Closure& c, const Closure& b, Args init, int64_t max_steps) {
  const ClosedJaxpr &cond = c.jaxpr, &body = b.jaxpr;
  size_t nc = c.consts.size(), nb = b.consts.size();
  std::string key;
  add_key(key, *cond.jaxpr);
  auto p = memo<Prepared>(*body.jaxpr, Memo::kWhilePrepared, key,
                          [&] { return prepared(cond, nc, body, nb); });
  Values consts = joined({kept(init, flags(p->fixed)), b.consts});
  bool changed = static_cast<bool>(p->body.jaxpr);
  Values r = bind_while(changed ? p->cond : cond, c.consts, changed ? p->body : body, consts,
                        kept(init, flags(inverted(flags(p->fixed)))), max_steps);
  Values all;
  size_t k = 0;
  for (size_t i = 0; i < init.size(); ++i) all.push_back(p->fixed[i] ? init[i] : r[k++]);
  return all;
}

Values while_loop(const Fun& cond, const Fun& body, Args init) {
  Avals avals = avals_of(init);
  ClosedJaxpr c = stage(cond, avals), b = stage(body, avals);
  Avals pred = c.out_avals(), out = b.out_avals();
  require<TypeError>(pred.size() == 1 && is_bool(pred[0].dtype()) && pred[0].rank() == 0,
                     "cond_fun must return a boolean scalar");
  require<TypeError>(out.size() == init.size(), "while_loop body gives ", out.size(),
                     " results for a carry of ", init.size());
  for (size_t i = 0; i < out.size(); ++i)
    require<TypeError>(out[i].same_type(avals[i]),
                       "while_loop body function carry input and carry output must have equal "
                       "types, but component ",
                       i, " of the input has type ", avals[i], " and that of the output has type ",
                       out[i]);
  return while_loop(Closure{open_consts(c), c.consts}, Closure{open_consts(b), b.consts}, init);
}

}  // namespace covector

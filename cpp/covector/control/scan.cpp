// Loops with a known number of iterations: the entry of the primitive, and the
// rules that are no derivatives.

#include "covector/control/scan.h"

#include "covector/control/keeping.h"
#include "covector/lax/lax.h"
#include "covector/transforms/transforms.h"

namespace covector {

using namespace lists;
using namespace scan_rules;

namespace scan_rules {

Values bind_scan(ScanParams p, Args consts, Args carry, Args xs) {
  Values operands = p.jaxpr.consts;
  p.num_consts += static_cast<int64_t>(operands.size());
  p.jaxpr = open_consts(p.jaxpr);
  for (Args group : {consts, carry, xs}) operands.append(group);
  return scan_p.with(std::move(p)).bind(operands);
}

}  // namespace scan_rules

namespace {

void check_types(std::string_view what, AvalSpan expected, AvalSpan given) {
  for (size_t i = 0; i < expected.size(); ++i)
    require<TypeError>(expected[i].same_type(given[i]), "scan: ", what, " ", i, " has type ",
                       given[i], ", its jaxpr takes ", expected[i]);
}

Avals scan_aval(const Op& op, AvalSpan in) {
  auto& p = op.get<ScanParams>();
  Avals body_in = p.jaxpr.in_avals(), out = p.jaxpr.out_avals();
  require<TypeError>(in.size() == body_in.size(), "scan: called with ", in.size(),
                     " operands, its jaxpr takes ", body_in.size());
  Groups<Aval> given(p, in), expected(p, body_in);
  check_types("constant", expected.consts, given.consts);
  check_types("initial carry", expected.carry, given.carry);
  Avals slices;
  for (size_t i = 0; i < given.xs.size(); ++i) {
    const Aval& x = given.xs[i];
    require<ValueError>(x.rank() > 0 && x.dim(0) == p.length, "scan: operand ", i,
                        " to scan over must have leading axis size ", p.length, ", got ", x);
    slices.push_back(x.without_axis(0));
  }
  check_types("slice", expected.xs, slices);
  check_types("carry output", expected.carry, AvalSpan(out).first(p.carry()));
  for (size_t i = p.carry(); i < out.size(); ++i) out[i] = out[i].with_axis(0, p.length);
  return out;
}

// Batching --------------------------------------------------------------------------------

struct Batched : RefCounted {
  Ref<const BatchJaxpr> body;
  Mask carry;
};

Ref<const Batched> batched(const ScanParams& p, const AxisData& axis, const Mask& mapped) {
  auto r = make_ref<Batched>();
  r->body = carry_fixpoint(p, mapped, r->carry, [&](const Mask& in, const Mask& instantiate) {
    auto j = batch_jaxpr(p.jaxpr, axis, in, instantiate);
    return std::pair(j, j->mapped_out);
  });
  return r;
}

BatchOut scan_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  auto& p = op.get<ScanParams>();
  Mask mapped;
  for (int a : axes) mapped.push_back(a != kUnmapped);
  auto b = batched(p, axis, mapped);
  Values moved;
  for (size_t i = 0; i < in.size(); ++i) {
    bool is_carry = i >= p.consts() && i < p.consts() + p.carry();
    int to = i < p.consts() + p.carry() ? 0 : 1;  // axis 0 of an x is the scanned one
    if (is_carry && b->carry[i - p.consts()])
      moved.push_back(batch_to_front(in[i], axis.size, axes[i]));
    else
      moved.push_back(mapped[i] ? move_axis(in[i], axes[i], to) : in[i]);
  }
  Groups<Value> g(p, moved);
  ScanParams q = p.with(b->body->jaxpr, p.consts(), p.carry());
  BatchOut r{bind_scan(std::move(q), g.consts, g.carry, g.xs), {}};
  for (size_t i = 0; i < r.values.size(); ++i)
    r.axes.push_back(!b->body->mapped_out[i] ? kUnmapped : i < p.carry() ? 0 : 1);
  return r;
}

// Dead code -------------------------------------------------------------------------------

// A carry that is used makes those used that its next value depends on.
struct Shrunk : RefCounted {
  ClosedJaxpr body;
  Mask used_in, used_out;
};

Ref<const Shrunk> shrunk(const ScanParams& p, const Mask& used) {
  auto r = make_ref<Shrunk>();
  r->used_out = used;
  for (bool grows = true; grows;) {
    r->used_in.clear();
    r->body = dce(p.jaxpr, r->used_out, &r->used_in);
    grows = false;
    for (size_t i = 0; i < p.carry(); ++i) {
      bool& out = r->used_out[i];
      grows |= r->used_in[p.consts() + i] && !out;
      out |= r->used_in[p.consts() + i];
      r->used_in[p.consts() + i] = out;
    }
  }
  Order in;
  add_marked(in, flags(r->used_in));
  r->body = reorder(r->body, in, range(0, r->body.jaxpr->outs.size()));
  return r;
}

std::pair<Op, Mask> scan_dce(const Op& op, const Mask& used) {
  auto& p = op.get<ScanParams>();
  std::string key;
  add_key(key, flags(used));
  add_key(key, p.num_consts);
  add_key(key, p.num_carry);
  auto s = memo<Shrunk>(*p.jaxpr.jaxpr, Memo::kScanDce, key,
                        [&]() -> Ref<const Shrunk> { return shrunk(p, used); });
  Groups<bool> in(p, flags(s->used_in));
  Mask needs = joined({flags(s->used_in), flags(s->used_out)});
  return {scan_p.with(p.with(s->body, count(in.consts), count(in.carry))), needs};
}

Values scan_physical(const Op& op, Args in) {
  auto& p = op.get<ScanParams>();
  Groups<Value> g(p, in);
  return bind_scan(p.with(physicalize(p.jaxpr), p.consts(), p.carry()), g.consts, g.carry, g.xs);
}

}  // namespace

const Primitive scan_p{{
    .name = "scan",
    .multiple_results = true,
    .abstract_eval = scan_aval,
    .jvp = scan_jvp,
    .linearize = scan_linearize,
    .transpose = scan_transpose,
    .batch = scan_batch,
    .lower = scan_lower,
    .dce = scan_dce,
    .physical = scan_physical,
    .effects = [](const Op& op) { return op.get<ScanParams>().jaxpr.jaxpr->effects; },
    .takes_references = true,
    .discharge = scan_discharge,
    .divide = divided_scan,
}};

// Construction ------------------------------------------------------------------------------

namespace {

constexpr uint32_t kNone = ~uint32_t{0};

// What the loop need not carry or copy. A carry that the body gives back as it
// is, is a constant; a result that is a slice of an operand is that operand.
struct Prepared : RefCounted {
  ClosedJaxpr body;                 // null: the same
  Mask fixed;                       // of the carry
  SmallVector<uint32_t, 4> y_is_x;  // for each y: an x, or kNone
};

Ref<const Prepared> prepared(const ScanParams& p) {
  const Jaxpr& j = *p.jaxpr.jaxpr;
  auto r = make_ref<Prepared>();
  auto is_input = [&](const Atom& a, size_t i) { return !a.literal && a.var == j.invars[i]; };
  Order in, out;
  for (size_t i = 0; i < p.carry(); ++i) r->fixed.push_back(is_input(j.outs[i], p.consts() + i));
  add_marked(in, flags(r->fixed), p.consts());
  add_range(in, 0, p.consts());
  add_marked(in, flags(inverted(flags(r->fixed))), p.consts());
  add_range(in, p.consts() + p.carry(), p.xs());
  add_marked(out, flags(inverted(flags(r->fixed))));
  std::unordered_map<VarId, uint32_t> slices;
  for (uint32_t i = 0; i < p.xs(); ++i) slices.try_emplace(j.invars[p.consts() + p.carry() + i], i);
  for (size_t i = p.carry(); i < j.outs.size(); ++i) {
    auto it = j.outs[i].literal ? slices.end() : slices.find(j.outs[i].var);
    r->y_is_x.push_back(it == slices.end() ? kNone : it->second);
    if (it == slices.end()) out.push_back(static_cast<uint32_t>(i));
  }
  if (out.size() != j.outs.size()) r->body = reorder(p.jaxpr, in, out);
  return r;
}

int64_t checked_unroll(const ScanOptions& o) {
  require<ValueError>(o.unroll >= 0, "`unroll` must be a `bool` or a non-negative `int`.");
  return o.unroll;
}

}  // namespace

Values scan(const ClosedJaxpr& body, Args consts, Args init, Args xs, const ScanOptions& o) {
  Values all_consts = joined({body.consts, consts});
  ScanParams p{open_consts(body),
               o.length,
               static_cast<int64_t>(init.size()),
               static_cast<int64_t>(all_consts.size()),
               o.reverse,
               checked_unroll(o)};
  std::string key;
  add_key(key, p.num_consts);
  add_key(key, p.num_carry);
  auto prep = memo<Prepared>(*p.jaxpr.jaxpr, Memo::kScanPrepared, key,
                             [&]() -> Ref<const Prepared> { return prepared(p); });
  Values operands = joined({kept(init, flags(prep->fixed)), all_consts});
  size_t fixed = count(flags(prep->fixed));
  ScanParams q =
      p.with(prep->body.jaxpr ? prep->body : p.jaxpr, p.consts() + fixed, p.carry() - fixed);
  Values out =
      bind_scan(std::move(q), operands, kept(init, flags(inverted(flags(prep->fixed)))), xs);
  Values r;
  size_t k = 0;
  for (size_t i = 0; i < init.size(); ++i) r.push_back(prep->fixed[i] ? init[i] : out[k++]);
  for (uint32_t x : prep->y_is_x) r.push_back(x == kNone ? out[k++] : xs[x]);
  return r;
}

Values scan(const Fun& body, Args init, Args xs, ScanOptions o) {
  Avals avals = avals_of(init);
  for (const Value& x : xs) {
    require<ValueError>(x.rank() > 0,
                        "scan got value with no leading axis to scan over: ", x.aval());
    if (o.length < 0) o.length = x.shape()[0];
    require<ValueError>(x.shape()[0] == o.length,
                        "scan got values with different leading axis sizes: ", o.length, ", ",
                        x.shape()[0]);
    avals.push_back(x.aval().without_axis(0));
  }
  require<ValueError>(o.length >= 0, "scan got no values to scan over and `length` not provided.");
  ClosedJaxpr staged = stage(body, avals);
  Avals out = staged.out_avals();
  require<TypeError>(out.size() >= init.size(), "scan: the body gives ", out.size(),
                     " results, which is less than its carry of ", init.size());
  for (size_t i = 0; i < init.size(); ++i)
    require<TypeError>(out[i].same_type(avals[i]),
                       "scan body function carry input and carry output must have equal types, "
                       "but component ",
                       i, " of the input has type ", avals[i], " and that of the output has type ",
                       out[i]);
  return scan(staged, {}, init, xs, o);
}

}  // namespace covector

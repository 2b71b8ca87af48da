// Loops with a counter, as one of the other loops.

#include "covector/control/control.h"
#include "covector/control/jaxpr_parts.h"
#include "covector/core/stage.h"
#include "covector/lax/lax.h"

namespace covector {

using namespace lists;

namespace {

Value one_more(const Value& counter) {
  return add(counter, scalar_of(counter.dtype(), int64_t{1}, counter.aval().weak_type()));
}

// (consts..., counter, carry...) -> (next counter, carry...)
ClosedJaxpr counting(const ClosedJaxpr& body, size_t consts) {
  return memo<KeptJaxpr>(*body.jaxpr, Memo::kForiBody, str(consts),
                         [&] {
                           auto f = [&](Args a) {
                             return joined({Values{one_more(a[consts])}, eval_jaxpr(body, a)});
                           };
                           ClosedJaxpr c = stage(f, body.in_avals(), body.jaxpr->debug);
                           return make_ref<const KeptJaxpr>(std::move(c));
                         })
      ->jaxpr;
}

// The same with a limit after the counter: the body, and whether to go on.
struct Limited : RefCounted {
  ClosedJaxpr body, cond;
};

Ref<const Limited> limited(const ClosedJaxpr& body, size_t consts, const Aval& limit) {
  std::string key = str(consts, "/", limit, limit.weak_type());
  return memo<Limited>(*body.jaxpr, Memo::kForiLimited, key, [&]() -> Ref<const Limited> {
    Avals in = body.in_avals();
    in.insert(in.begin() + consts + 1, limit);
    auto step = [&](Args a) {
      Values without(a.begin(), a.begin() + static_cast<ptrdiff_t>(consts) + 1);
      without.append(a.subspan(consts + 2));
      return joined({Values{one_more(a[consts]), a[consts + 1]}, eval_jaxpr(body, without)});
    };
    auto r = make_ref<Limited>();
    r->body = stage(step, in, body.jaxpr->debug);
    r->cond = stage([](Args a) { return Values{lt(a[0], a[1])}; }, AvalSpan(in).subspan(consts),
                    body.jaxpr->debug);
    return r;
  });
}

Values without_first(Values v, size_t n) { return Values(v.begin() + n, v.end()); }

struct StagedBody {
  ClosedJaxpr jaxpr;
  Values consts;
};

StagedBody stage_body(const Fun& body, const Value& counter, Args init) {
  ClosedJaxpr c = stage(body, avals_of(joined({Values{counter}, init})));
  return {open_consts(c), c.consts};
}

}  // namespace

Values fori_loop(const ClosedJaxpr& body, Args consts, const Value& lower, Args init,
                 const ScanOptions& o) {
  Values carry = joined({Values{lower}, init});
  return without_first(scan(counting(body, consts.size()), consts, carry, {}, o), 1);
}

Values fori_loop(const ClosedJaxpr& body, Args consts, const Value& lower, const Value& upper,
                 Args init) {
  auto l = limited(body, consts.size(), upper.aval());
  Values carry = joined({Values{lower, upper}, init}), all(consts.begin(), consts.end());
  return without_first(while_loop(Closure{l->cond, {}}, Closure{l->body, all}, carry), 2);
}

Values fori_loop(int64_t lower, int64_t upper, const Fun& body, Args init) {
  Value counter(lower);
  StagedBody b = stage_body(body, counter, init);
  ScanOptions o;
  o.length = std::max<int64_t>(upper - lower, 0);
  return fori_loop(b.jaxpr, b.consts, counter, init, o);
}

Values fori_loop(const Value& lower, const Value& upper, const Fun& body, Args init) {
  StagedBody b = stage_body(body, lower, init);
  return fori_loop(b.jaxpr, b.consts, lower, upper, init);
}

}  // namespace covector

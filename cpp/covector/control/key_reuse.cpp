// What each program does with its keys, by a walk over its equations.

#include "covector/control/key_reuse.h"

#include <algorithm>

#include "covector/control/jaxpr_parts.h"
#include "covector/control/key_uses.h"
#include "covector/lax/rules.h"

namespace covector::key_reuse {

Elements::Elements(std::vector<bool> some) : some_(std::move(some)) {
  size_t count = static_cast<size_t>(std::count(some_.begin(), some_.end(), true));
  all_ = count > 0 && count == some_.size();
  if (all_ || count == 0) some_.clear();
}

// Where two do not tell of the same elements (one is of an array that was broadcast),
// a part counts as the whole.
bool Elements::overlaps(const Elements& o) const {
  if (!any() || !o.any()) return false;
  if (some_.size() != o.some_.size() || all_) return true;
  for (size_t i = 0; i < some_.size(); ++i)
    if (some_[i] && o.some_[i]) return true;
  return false;
}

Elements& Elements::operator|=(const Elements& o) {
  if (!o.any() || all_) return *this;
  if (!any()) return *this = o;
  if (some_.size() != o.some_.size()) return *this = true;
  for (size_t i = 0; i < some_.size(); ++i) some_[i] = some_[i] || o.some_[i];
  return *this = Elements(some_);
}

Elements& Elements::operator&=(const Elements& o) {
  if (o.all() || !any()) return *this;
  if (all_ || !o.any()) return *this = o;
  if (some_.size() != o.some_.size()) return *this = false;
  for (size_t i = 0; i < some_.size(); ++i) some_[i] = some_[i] && o.some_[i];
  return *this = Elements(some_);
}

Elements Elements::operator!() const {
  if (some_.empty()) return !all_;
  std::vector<bool> others = some_;
  others.flip();
  return Elements(std::move(others));
}

namespace {

// The state of every key at each point of a program.
class Walk {
 public:
  explicit Walk(const Jaxpr& j) : jaxpr_(j), origin_(j.vars.size()), consumed_(j.vars.size()) {
    for (size_t v = 0; v < origin_.size(); ++v) origin_[v] = static_cast<VarId>(v);
    for (const Eqn& e : j.eqns) visit(e);
  }

  Uses uses() const {
    Uses u;
    std::vector<size_t> input(origin_.size(), kNone);
    size_t i = 0;
    for (const std::vector<VarId>* list : {&jaxpr_.invars, &jaxpr_.constvars})
      for (VarId v : *list) {
        if (input[v] == kNone) input[v] = i;
        if (is_key(v) && consumed_[v].any()) u.sinks.push_back({i, consumed_[v]});
        ++i;
      }
    for (size_t o = 0; o < jaxpr_.outs.size(); ++o) {
      const Atom& a = jaxpr_.outs[o];
      if (a.literal || !is_key(a.var)) continue;
      VarId from = origin_[a.var];
      if (input[from] != kNone)
        u.forwards.push_back({input[from], o});
      else if (!consumed_[from].any())
        u.sources.push_back({o});
    }
    return u;
  }

 private:
  static constexpr size_t kNone = ~size_t{0};

  bool is_key(VarId v) const { return is_extended(jaxpr_.vars[v].dtype()); }
  bool is_key(const Atom& a) const { return !a.literal && is_key(a.var); }

  void visit(const Eqn& e) {
    Avals in;
    for (const Atom& a : e.in) in.push_back(jaxpr_.aval(a));
    Uses u = uses_of(e.op, in);
    if (!e.in.empty() && is_key(e.in[0])) check_asserted(e.op, consumed_[origin_[e.in[0].var]]);
    for (const Use& sink : u.sinks) consume(e, sink);
    // Results are of no use unless they are new or handed on.
    for (VarId v : e.out)
      if (is_key(v)) consumed_[v] = true;
    for (const Use& source : u.sources) consumed_[e.out[source.index]] = false;
    for (const Forward& f : u.forwards)
      if (is_key(e.in[f.in])) origin_[e.out[f.out]] = origin_[e.in[f.in].var];
  }

  void consume(const Eqn& e, const Use& sink) {
    const Atom& a = e.in[sink.index];
    if (!is_key(a)) return;
    Elements& done = consumed_[origin_[a.var]];
    if (done.overlaps(sink.elements))
      fail<KeyReuseError>("In ", e.op.name(), ", argument ", sink.index, " is already consumed.",
                          e.source ? " It is used again at " : "", describe(e.source));
    done |= sink.elements;
  }

  const Jaxpr& jaxpr_;
  std::vector<VarId> origin_;  // of what is handed on: where it came from
  std::vector<Elements> consumed_;
};

struct KeptUses : RefCounted {
  explicit KeptUses(Uses u) : uses(std::move(u)) {}
  const Uses uses;
};

}  // namespace

const Uses& uses_of(const Jaxpr& j) {
  return memo<KeptUses>(
             j, Memo::kKeyUses, "",
             [&]() -> Ref<const KeptUses> { return make_ref<const KeptUses>(Walk(j).uses()); })
      ->uses;
}

}  // namespace covector::key_reuse

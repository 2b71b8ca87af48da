#pragma once

// Private to the sources of cond.

#include "covector/control/control.h"
#include "covector/control/jaxpr_parts.h"
#include "covector/hlo/builder.h"

namespace covector::cond_rules {

// Operands: the index of a branch, then the operands of all branches. Branches
// have no constants of their own.
struct CondParams {
  std::vector<ClosedJaxpr> branches;
  Param branches_platforms;  // None, or a tuple: which platform each branch is for

  void fields(FieldVisitor& f) const {
    f("branches", &branches);
    f.maybe(by_platform(), "branches_platforms", &branches_platforms);
  }
  bool by_platform() const { return !std::holds_alternative<Param::None>(branches_platforms.v); }
  bool operator==(const CondParams&) const = default;
};

// Branches whose constants became leading operands of all of them.
struct Branches {
  std::vector<ClosedJaxpr> branches;
  Values consts;
};
Branches with_common_consts(std::vector<ClosedJaxpr>);

// Binds branches that may have constants.
Values bind_cond(const CondParams& like, const Branches&, const Value& index, Args operands);

// A result for all branches of an op, kept with the first of them (which it must not hold).
struct OfBranches : RefCounted {
  Branches out;
  Mask mask;
};
template <class T>
Ref<const T> memo_branches(const CondParams& p, Memo kind, std::string key,
                           const std::function<Ref<const T>()>& make) {
  for (const ClosedJaxpr& b : p.branches) lists::add_key(key, *b.jaxpr);
  return memo<T>(*p.branches[0].jaxpr, kind, std::move(key), make);
}

JvpOut cond_jvp(const Op&, Args primals, Args tangents);
LinearizeOut cond_linearize(const Op&, Args primals, const Mask& nonzero);
Values cond_transpose(const Op&, Args cts, TransposeArgs);
Values cond_discharge(const Op&, Args);

}  // namespace covector::cond_rules

namespace covector {
extern const Primitive cond_p;
}

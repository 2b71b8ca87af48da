#pragma once

#include "covector/core/jaxpr.h"
#include "covector/hlo/builder.h"

namespace covector {

// The tokens of the ordered effects of a jaxpr, on their way through an
// operation with regions.
class Tokens {
 public:
  explicit Tokens(const Jaxpr& j) { add(j); }
  void add(const Jaxpr& j) {
    Effects all = effects_;
    merge_effects(all, j.effects);
    effects_.clear();
    for (const Effect* e : all)
      if (e->ordered) effects_.push_back(e);
  }

  size_t size() const { return effects_.size(); }
  // As leading operands of the operation, or leading results of a region.
  hlo::Results enter(hlo::Builder& b) const {
    hlo::Results r;
    for (const Effect* e : effects_) r.push_back(b.token(*e));
    return r;
  }
  // Out of leading arguments of a region, or leading results of the operation.
  hlo::Operands leave(hlo::Builder& b, hlo::Operands from) const {
    for (size_t i = 0; i < effects_.size(); ++i) b.set_token(*effects_[i], from[i]);
    return from.subspan(effects_.size());
  }

 private:
  Effects effects_;
};

}  // namespace covector

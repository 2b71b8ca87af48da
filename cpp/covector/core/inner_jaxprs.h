#pragma once

#include "covector/core/jaxpr.h"

namespace covector {

// Calls f(field, closed_jaxpr, printed) for every jaxpr in the parameters of an
// op, in the order in which its fields are declared.
template <class F>
void for_each_inner_jaxpr(const Op& op, F&& f) {
  struct Visitor final : FieldVisitor {
    explicit Visitor(F& f) : f(f) {}
    void field(std::string_view name, const FieldValue& v, bool printed) override {
      if (auto* one = std::get_if<const ClosedJaxpr*>(&v)) f(name, **one, printed);
      if (auto* many = std::get_if<const std::vector<ClosedJaxpr>*>(&v))
        for (const ClosedJaxpr& c : **many) f(name, c, printed);
    }
    F& f;
  };
  if (!op.params) return;
  Visitor visitor(f);
  op.params->visit(visitor);
}

}  // namespace covector

#pragma once

#include "covector/core/jaxpr.h"
#include "covector/core/value.h"

// References to arrays that can be written. Programs are pure: a reference is either a cell, which
// holds an array (or, while a function is being discharged, a tracer), or a variable of a jaxpr.
// Operations on references are recorded as such; every transformation but staging, and lowering,
// sees jaxprs that were discharged first: inputs that were references are what these hold, and
// behind the results stands what those that were written hold in the end.
namespace covector {

class Reference final : public Node {
 public:
  explicit Reference(Value content)
      : Node(Kind::kReference, content.aval().reference()), content_(std::move(content)) {}

  // Throws ValueError if it was freed.
  const Value& content() const;
  void set(Value) const;
  void free() const;

 private:
  mutable Value content_;  // null: freed
};

// The cell behind a value, or null.
inline const Reference* cell_of(const Value& v) {
  const Node* n = v.node();
  return n && n->kind == Node::Kind::kReference ? static_cast<const Reference*>(n) : nullptr;
}
inline bool is_reference(const Value& v) { return v && v.aval().is_reference(); }
bool any_reference(Args);

// Whether the jaxpr makes, reads or writes references, also inside of its equations.
bool has_references(const Effects&);
// What others see of the effects: writes to references that are made inside are none.
Effects outer_effects(const Jaxpr&, Effects);

// As eval_jaxpr, where references are cells, by operations that know none.
Values eval_discharged(const Jaxpr&, Args consts, Args args);

struct Discharged : RefCounted {
  ClosedJaxpr jaxpr;         // of the constants and the inputs
  Mask written;              // of these
  bool loses_rules = false;  // derivative rules of functions inside
};
Ref<const Discharged> discharge(const Ref<const Jaxpr>&);

// The jaxpr without those that it makes itself. Those that it was given are not read or written:
// they are operands of rules that know what to do with them.
ClosedJaxpr without_references(const ClosedJaxpr&);

// Whether the current trace has to be given other operations than this one (its `discharge` rule).
bool must_discharge(const Op&, Args);
// The error of an operation that takes arrays only.
[[noreturn]] void refuse_reference(const Op&, const Value&);

}  // namespace covector

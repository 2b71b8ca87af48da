#include "core/core_testing.h"

#include <algorithm>
#include <map>

namespace covector::core_testing {
namespace {

const Primitive& primitive(std::string_view name, Avals (*abstract_eval)(const Op&, AvalSpan)) {
  static auto* known = new std::map<std::pair<std::string_view, void*>, const Primitive*>;
  const Primitive*& p = (*known)[{name, reinterpret_cast<void*>(abstract_eval)}];
  if (!p) p = new Primitive({.name = name, .abstract_eval = abstract_eval});
  return *p;
}

}  // namespace

const Primitive& same_type(std::string_view name) {
  return primitive(name, [](const Op& op, AvalSpan in) -> Avals {
    for (const Aval& a : in)
      require<TypeError>(a == in[0], op.name(), ": operands must have equal types, got ", in[0],
                         " and ", a);
    return {in[0]};
  });
}

void TestParams::fields(FieldVisitor& f) const {
  for (auto& [name, v] : fields_in_order) f(name, &v);
  for (auto& [name, v] : jaxprs) f(name, &v);
  for (auto& [name, v] : tuples) f(name, &v);
  f.quiet("out", static_cast<int64_t>(out.size()));
}

bool TestParams::operator==(const TestParams& o) const {
  return fields_in_order == o.fields_in_order && jaxprs == o.jaxprs && tuples == o.tuples &&
         out == o.out;
}

const Primitive& any_op(std::string_view name) {
  return primitive(name, [](const Op& op, AvalSpan) { return op.get<TestParams>().out; });
}

void CallParams::fields(FieldVisitor& f) const {
  f("name", std::string_view(name));
  f("jaxpr", &jaxpr);
}

const Primitive& call_op() {
  static const Primitive& p = *new Primitive({
      .name = "jit",
      .multiple_results = true,
      .abstract_eval = [](const Op& op,
                          AvalSpan) { return op.get<CallParams>().jaxpr.out_avals(); },
  });
  return p;
}

Program::Program(AvalSpan inputs, AvalSpan constants) {
  for (const Aval& a : constants) jaxpr->constvars.push_back(jaxpr->new_var(a));
  for (const Aval& a : inputs) jaxpr->invars.push_back(jaxpr->new_var(a));
}

std::vector<Atom> Program::add(const Op& op, std::vector<Atom> operands) {
  Avals in;
  for (const Atom& a : operands) in.push_back(jaxpr->aval(a));
  Eqn e;
  e.op = op;
  e.in.append(operands);
  std::vector<Atom> outs;
  for (const Aval& a : op.prim->def().abstract_eval(op, in)) {
    e.out.push_back(jaxpr->new_var(a));
    outs.push_back({e.out.back(), {}});
  }
  if (op.prim->def().effects) e.effects = op.prim->def().effects(op);
  merge_effects(jaxpr->effects, e.effects);
  jaxpr->eqns.push_back(std::move(e));
  return outs;
}

ClosedJaxpr Program::done(std::vector<Atom> outs, Values consts) {
  jaxpr->outs = std::move(outs);
  return {jaxpr, std::move(consts)};
}

Atom literal(Value v) { return {0, std::move(v)}; }

}  // namespace covector::core_testing

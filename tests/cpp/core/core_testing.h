#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "covector/core/jaxpr.h"

namespace covector::core_testing {

// A primitive of n operands of one type that gives one result of that type.
const Primitive& same_type(std::string_view name);
// Parameters of any names and kinds, for tests: equal if all of them are.
struct TestParams {
  std::vector<std::pair<std::string_view, Param>> fields_in_order;
  std::vector<std::pair<std::string_view, ClosedJaxpr>> jaxprs = {};
  std::vector<std::pair<std::string_view, std::vector<ClosedJaxpr>>> tuples = {};
  Avals out = {};  // types of the results; not printed

  void fields(FieldVisitor&) const;
  bool operator==(const TestParams&) const;
};
// A primitive whose parameters are TestParams and whose results they list.
const Primitive& any_op(std::string_view name);
// The params of a call: a leading `name`, and `jaxpr`.
struct CallParams {
  std::string name;
  ClosedJaxpr jaxpr;
  void fields(FieldVisitor&) const;
  bool operator==(const CallParams&) const = default;
};
const Primitive& call_op();

// Builds a jaxpr by hand.
class Program {
 public:
  explicit Program(AvalSpan inputs = {}, AvalSpan constants = {});
  Program(std::initializer_list<Aval> inputs) : Program(AvalSpan(inputs.begin(), inputs.size())) {}

  Atom in(size_t i) const { return {jaxpr->invars[i], {}}; }
  Atom constant(size_t i) const { return {jaxpr->constvars[i], {}}; }
  std::vector<Atom> add(const Op& op, std::vector<Atom> operands);
  Atom add1(const Op& op, std::vector<Atom> operands) { return add(op, std::move(operands))[0]; }
  ClosedJaxpr done(std::vector<Atom> outs, Values consts = {});

  const Ref<Jaxpr> jaxpr = make_ref<Jaxpr>();
};

Atom literal(Value v);

}  // namespace covector::core_testing

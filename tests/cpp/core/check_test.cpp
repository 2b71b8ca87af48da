#include <functional>

#include "core/core_testing.h"
#include "covector/core/trace.h"

namespace covector {
namespace {

using core_testing::any_op;
using core_testing::call_op;
using core_testing::CallParams;
using core_testing::literal;
using core_testing::Program;
using core_testing::same_type;
using core_testing::TestParams;

const Aval kF3(kFloat32, {3}), kF0(kFloat32, {});

// A correct program of two equations: a -> -(a + a).
struct Fixture {
  Program p{{kF3}};
  Atom sum = p.add1(same_type("add").op(), {p.in(0), p.in(0)});
  Atom out = p.add1(same_type("neg").op(), {sum});
  Fixture() { p.done({out}); }
};

// What is wrong with the program after `breakage`.
std::string fault(const std::function<void(Jaxpr&)>& breakage) {
  Fixture f;
  breakage(*f.p.jaxpr);
  try {
    check_jaxpr(*f.p.jaxpr);
  } catch (const InternalError& e) {
    return e.what();
  }
  return "none";
}

TEST(Check, AcceptsCorrectPrograms) {
  Fixture f;
  EXPECT_NO_THROW(check_jaxpr(*f.p.jaxpr));
  EXPECT_NO_THROW(check_jaxpr(*Program().done({}).jaxpr));
  Program p({kF0});
  p.done({p.add1(same_type("add").op(), {p.in(0), literal(scalar_of(kFloat32, 1.0))})});
  EXPECT_NO_THROW(check_jaxpr(*p.jaxpr));
}

TEST(Check, SingleAssignment) {
  EXPECT_EQ(fault([](Jaxpr& j) { j.eqns[1].out[0] = j.eqns[0].out[0]; }),
            "check_jaxpr: equation 1 (neg): defines variable 1 again");
  EXPECT_EQ(fault([](Jaxpr& j) { j.invars.push_back(0); }),
            "check_jaxpr: jaxpr: defines variable 0 again");
  EXPECT_EQ(fault([](Jaxpr& j) { j.constvars.push_back(0); }),
            "check_jaxpr: jaxpr: defines variable 0 again");
}

TEST(Check, DefinitionBeforeUse) {
  EXPECT_EQ(fault([](Jaxpr& j) { std::swap(j.eqns[0], j.eqns[1]); }),
            "check_jaxpr: equation 0 (neg): uses variable 1 before its definition");
  EXPECT_EQ(fault([](Jaxpr& j) { j.eqns.pop_back(); }),
            "check_jaxpr: jaxpr: uses variable 2 before its definition");
}

TEST(Check, VariablesExist) {
  EXPECT_EQ(fault([](Jaxpr& j) { j.outs[0].var = 9; }), "check_jaxpr: jaxpr: uses variable 9 of 3");
  EXPECT_EQ(fault([](Jaxpr& j) { j.eqns[1].out[0] = 9; }),
            "check_jaxpr: equation 1 (neg): defines variable 9 of 3");
  EXPECT_EQ(fault([](Jaxpr& j) { j.vars[1] = Aval(); }),
            "check_jaxpr: jaxpr: variable 1 has no type");
}

TEST(Check, TypesAreThoseOfThePrimitive) {
  EXPECT_EQ(
      fault([](Jaxpr& j) { j.vars[2] = Aval(kFloat32, {4}); }),
      "check_jaxpr: equation 1 (neg): declares result 0 as f32[4], its primitive gives f32[3]");
  EXPECT_EQ(
      fault([](Jaxpr& j) { j.vars[2] = Aval(kInt32, {3}); }),
      "check_jaxpr: equation 1 (neg): declares result 0 as i32[3], its primitive gives f32[3]");
  EXPECT_EQ(fault([](Jaxpr& j) { j.vars[2] = kF3.with_weak_type(true); }),
            "check_jaxpr: equation 1 (neg): declares result 0 of type f32[3] as weakly typed, its "
            "primitive does not");
  EXPECT_EQ(
      fault([](Jaxpr& j) { j.eqns[0].in[1] = literal(scalar_of(kFloat32, 1.0)); }),
      "check_jaxpr: equation 0 (add): its operands are refused: add: operands must have equal "
      "types, got f32[3] and f32[]");
}

TEST(Check, NumberOfResults) {
  EXPECT_EQ(fault([](Jaxpr& j) { j.eqns[1].out.push_back(j.new_var(kF3)); }),
            "check_jaxpr: equation 1 (neg): has 2 results, its primitive gives 1");
}

TEST(Check, LiteralsAreConcreteScalars) {
  float v[] = {1, 2, 3};
  Value array = host_array(kF3, v);
  EXPECT_EQ(fault([&](Jaxpr& j) { j.eqns[1].in[0] = literal(array); }),
            "check_jaxpr: equation 1 (neg): has a literal of type f32[3], literals have rank 0");
  struct Unknown final : Tracer {
    Unknown() : Tracer(Ref<Trace>(&eval_trace()), kF3) {}
  };
  EXPECT_EQ(fault([&](Jaxpr& j) { j.outs[0] = literal(make_ref<const Unknown>()); }),
            "check_jaxpr: jaxpr: has a literal that is not concrete: a tracer of type f32[3]");
}

const Effect kPrints{"prints"}, kReads{"reads"};

Op printing() {
  static const Primitive& p =
      *new Primitive({.name = "print",
                      .multiple_results = true,
                      .abstract_eval = [](const Op&, AvalSpan) -> Avals { return {}; },
                      .effects = [](const Op&) -> Effects { return {&kPrints}; }});
  return p.op();
}

TEST(Check, Effects) {
  Program p;
  p.add(printing(), {});
  p.done({});
  EXPECT_NO_THROW(check_jaxpr(*p.jaxpr));
  auto text = [&] {
    try {
      check_jaxpr(*p.jaxpr);
    } catch (const InternalError& e) {
      return std::string(e.what());
    }
    return std::string("none");
  };
  p.jaxpr->effects = {};
  EXPECT_EQ(text(), "check_jaxpr: jaxpr: its effects are not those of its equations");
  p.jaxpr->effects = {&kPrints};
  merge_effects(p.jaxpr->effects, {&kReads});
  EXPECT_EQ(text(), "check_jaxpr: jaxpr: its effects are not those of its equations");
  p.jaxpr->effects = {&kPrints};
  p.jaxpr->eqns[0].effects = {};
  EXPECT_EQ(text(), "check_jaxpr: equation 0 (print): does not have the effects of its primitive");
}

// The message of the checker for a program that holds `inner`.
std::string fault_inside(const ClosedJaxpr& inner, bool tuple = false) {
  Program p({kF3});
  TestParams params{{}, {}, {}, {kF3}};
  if (tuple)
    params.tuples.push_back({"branches", {inner}});
  else
    params.jaxprs.push_back({"jaxpr", inner});
  p.done({p.add1(any_op("hold").with(std::move(params)), {p.in(0)})});
  try {
    check_jaxpr(*p.jaxpr);
  } catch (const InternalError& e) {
    return e.what();
  }
  return "none";
}

TEST(Check, InnerJaxprs) {
  Fixture f;
  EXPECT_EQ(fault_inside({f.p.jaxpr, {}}), "none");
  f.p.jaxpr->outs[0].var = 9;
  auto debug = make_ref<DebugInfo>();
  debug->function = "f";
  f.p.jaxpr->debug = debug;
  EXPECT_EQ(fault_inside({f.p.jaxpr, {}}), "check_jaxpr: jaxpr of f: uses variable 9 of 3");
  EXPECT_EQ(fault_inside({f.p.jaxpr, {}}, true), "check_jaxpr: jaxpr of f: uses variable 9 of 3");
}

TEST(Check, ConstantsOfInnerJaxprs) {
  Fixture f;
  EXPECT_EQ(fault_inside({f.p.jaxpr, {scalar_of(kFloat32, 1.0)}}),
            "check_jaxpr: equation 0 (hold): has 1 constants in jaxpr for 0 variables");
  EXPECT_EQ(fault_inside({}), "check_jaxpr: equation 0 (hold): has no jaxpr in jaxpr");
}

// Each jaxpr is checked once, however many paths lead to it.
TEST(Check, SharedAndDeepPrograms) {
  std::vector<ClosedJaxpr> all{{Fixture().p.jaxpr, {}}};
  for (int i = 0; i < 50000; ++i) {
    Program p({kF3});
    Op f = call_op().with(CallParams{"f", all.back()});
    all.push_back(p.done(p.add(f, p.add(f, {p.in(0)}))));
  }
  EXPECT_NO_THROW(check_jaxpr(*all.back().jaxpr));
  while (!all.empty()) all.pop_back();
}

}  // namespace
}  // namespace covector

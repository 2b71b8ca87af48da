#include "covector/hlo/module.h"

#include <chrono>

#include "core/core_testing.h"
#include "hlo/hlo_testing.h"

namespace covector::hlo {
namespace {

using core_testing::literal;
using core_testing::Program;
using hlo_testing::as;
using hlo_testing::bytes;
using hlo_testing::run;

const Aval kF3(kFloat32, {3});

Op elementwise(std::string_view name, std::string_view hlo) {
  static auto* known = new std::map<std::string_view, const Primitive*>;
  const Primitive*& p = (*known)[name];
  if (!p)
    p = new Primitive({.name = name,
                       .abstract_eval = [](const Op&, AvalSpan in) -> Avals { return {in[0]}; },
                       .lower = [hlo](const Op&, Builder& b, Operands in, AvalSpan out) -> Results {
                         return {b.elementwise(hlo, in, out[0])};
                       }});
  return p->op();
}
Op add() { return elementwise("add", "add"); }
Op neg() { return elementwise("neg", "negate"); }

// A call as `jit` lowers it.
const Primitive& call_p() {
  static const Primitive& p = *new Primitive(
      {.name = "call",
       .multiple_results = true,
       .abstract_eval =
           [](const Op& op, AvalSpan) {
             return op.get<core_testing::CallParams>().jaxpr.out_avals();
           },
       .lower =
           [](const Op& op, Builder& b, Operands in, AvalSpan) {
             auto& c = op.get<core_testing::CallParams>();
             return b.call(c.name, c.jaxpr, in);
           },
       .effects =
           [](const Op& op) { return op.get<core_testing::CallParams>().jaxpr.jaxpr->effects; }});
  return p;
}
Op call(std::string name, ClosedJaxpr c) {
  return call_p().with(core_testing::CallParams{std::move(name), std::move(c)});
}

// x -> x + x
ClosedJaxpr doubled() {
  Program p({kF3});
  Atom y = p.add1(add(), {p.in(0), p.in(0)});
  return p.done({y});
}

int count(std::string_view text, std::string_view part) {
  int n = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++n;
  return n;
}

TEST(Module, Text) {
  EXPECT_EQ(
      lower_module(doubled(), {.name = "f"}),
      R"(module @jit_f attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<3xf32>) -> (tensor<3xf32>) {
    %0 = stablehlo.add %arg0, %arg0 : tensor<3xf32>
    return %0 : tensor<3xf32>
  }
}
)");
}

TEST(Module, NothingInNothingOut) {
  std::string text = lower_module(Program().done({}), {});
  EXPECT_NE(text.find("@main() -> () {\n    return\n"), text.npos) << text;
  EXPECT_TRUE(run(text, {}, {}).empty());
}

TEST(Module, LiteralsAndRepeatedResults) {
  Program p({kF3});
  auto c = p.done({literal(scalar_of(kInt32, int64_t{5})), p.in(0), p.in(0)});
  auto r = run(lower_module(c, {}), AvalSpan(&kF3, 1), {bytes<float>({1, 2, 3})});
  EXPECT_EQ(as<int32_t>(r[0]), std::vector<int32_t>{5});
  EXPECT_EQ(as<float>(r[1]), (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(r[1], r[2]);
}

TEST(Module, ConstantsAreLeadingArguments) {
  Program p(AvalSpan(&kF3, 1), AvalSpan(&kF3, 1));
  Atom y = p.add1(add(), {p.in(0), p.constant(0)});
  float big[] = {10, 20, 30};
  ClosedJaxpr c = p.done({y}, {host_array(kF3, big)});
  std::string text = lower_module(c, {.aliases = {ModuleOptions::kNoAlias, 0}});
  EXPECT_NE(text.find("@main(%arg0: tensor<3xf32>, %arg1: tensor<3xf32> {tf.aliasing_output = 0 : "
                      "i32}) -> (tensor<3xf32>) {\n    %0 = stablehlo.add %arg1, %arg0"),
            text.npos)
      << text;
  Aval in[] = {kF3, kF3};
  auto r = run(text, in, {bytes<float>({10, 20, 30}), bytes<float>({1, 2, 3})});
  EXPECT_EQ(as<float>(r[0]), (std::vector<float>{11, 22, 33}));
}

TEST(Module, Donors) {
  std::string text = lower_module(doubled(), {.aliases = {ModuleOptions::kDonor}});
  EXPECT_NE(text.find("%arg0: tensor<3xf32> {jax.buffer_donor = true}"), text.npos) << text;
}

TEST(Module, NamesAreSymbols) {
  std::string text = lower_module(doubled(), {.name = "<a b\"c>"});
  EXPECT_TRUE(text.starts_with("module @jit__a_b_c ")) << text;
}

TEST(Module, ResultNames) {
  std::string text = lower_module(doubled(), {.result_names = {"result['x']"}});
  EXPECT_NE(text.find(R"(-> (tensor<3xf32> {jax.result_info = "result['x']"}))"), text.npos)
      << text;
  run(text, AvalSpan(&kF3, 1), {bytes<float>({1, 2, 3})});
}

TEST(Module, CallsOfOneJaxprShareAFunction) {
  ClosedJaxpr inner = doubled();
  Program p({kF3});
  Atom y = p.add1(call("g", inner), {p.in(0)});
  Atom z = p.add1(call("g", inner), {y});
  std::string text = lower_module(p.done({z}), {});
  EXPECT_EQ(count(text, "func.func private"), 1) << text;
  EXPECT_NE(text.find("%0 = func.call @g(%arg0) : (tensor<3xf32>) -> tensor<3xf32>"), text.npos);
  auto r = run(text, AvalSpan(&kF3, 1), {bytes<float>({1, 2, 3})});
  EXPECT_EQ(as<float>(r[0]), (std::vector<float>{4, 8, 12}));
}

// Copies of one program, which transformations make, all the way down.
TEST(Module, CallsOfEqualJaxprsShareAFunction) {
  auto nested = [] {
    Program p({kF3});
    Atom y = p.add1(call("inner", doubled()), {p.in(0)});
    return p.done({y});
  };
  Program p({kF3});
  Atom y = p.add1(call("outer", nested()), {p.in(0)});
  Atom z = p.add1(call("outer", nested()), {y});
  std::string text = lower_module(p.done({z}), {});
  EXPECT_EQ(count(text, "func.func private"), 2) << text;
  auto r = run(text, AvalSpan(&kF3, 1), {bytes<float>({1, 2, 3})});
  EXPECT_EQ(as<float>(r[0]), (std::vector<float>{4, 8, 12}));
}

TEST(Module, FunctionNamesAreUnique) {
  Program q({kF3});
  ClosedJaxpr other = q.done({q.add1(neg(), {q.in(0)})});
  Program p({kF3});
  Atom a = p.add1(call("main", doubled()), {p.in(0)});
  Atom b = p.add1(call("main", other), {a});
  std::string text = lower_module(p.done({b}), {});
  EXPECT_NE(text.find("private @main_0("), text.npos) << text;
  EXPECT_NE(text.find("private @main_1("), text.npos) << text;
  auto r = run(text, AvalSpan(&kF3, 1), {bytes<float>({1, 2, 3})});
  EXPECT_EQ(as<float>(r[0]), (std::vector<float>{-2, -4, -6}));
}

TEST(Module, ConstantsOfACalledJaxprAreOperands) {
  auto plus = [](float x) {
    Program q(AvalSpan(&kF3, 1), AvalSpan(&kF3, 1));
    Atom y = q.add1(add(), {q.in(0), q.constant(0)});
    float c[] = {x, 2 * x, 3 * x};
    return q.done({y}, {host_array(kF3, c)});
  };
  Program p({kF3});
  Atom a = p.add1(call("plus", plus(1)), {p.in(0)});
  Atom b = p.add1(call("plus", plus(100)), {a});
  std::string text = lower_module(p.done({b}), {});
  EXPECT_EQ(count(text, "func.func private"), 1) << text;
  auto r = run(text, AvalSpan(&kF3, 1), {bytes<float>({0, 0, 0})});
  EXPECT_EQ(as<float>(r[0]), (std::vector<float>{101, 202, 303}));
}

TEST(Module, CallsInRegions) {
  Aval n(kInt32, {}), in[] = {n, kF3};
  ClosedJaxpr inner = doubled();
  auto body = [&](Builder& b, Operands x) {
    auto condition = [](Builder& r, Operands a) -> Results {
      return {r.compare(a[0], r.constant_i32(3), "LT")};
    };
    auto step = [&](Builder& r, Operands a) -> Results {
      Operand one = r.constant_i32(1);
      return {r.elementwise("add", {a[0], one}, a[0].aval), r.call("g", inner, a.subspan(1))[0]};
    };
    Region regions[] = {{{n, kF3}, condition}, {{n, kF3}, step}};
    return b.region_op("while", x, in, regions);
  };
  auto r = run(in, in, body, {bytes<int32_t>({0}), bytes<float>({1, 2, 3})});
  EXPECT_EQ(as<float>(r[1]), (std::vector<float>{8, 16, 24}));
}

TEST(Module, Locations) {
  static const SourceLine line{"dir/a\"b.py", "<lambda>", 12};
  ClosedJaxpr inner = doubled();
  Program p({kF3});
  Atom y = p.add1(neg(), {p.in(0)});
  Atom z = p.add1(call("g", inner), {y});
  p.jaxpr->eqns[0].source = p.jaxpr->eqns[1].source = &line;
  ClosedJaxpr c = p.done({z});
  std::string text = lower_module(c, {.name = "f", .locations = true, .arg_names = {"x"}});
  EXPECT_NE(text.find("%arg0: tensor<3xf32> loc(\"x\")"), text.npos) << text;
  EXPECT_NE(text.find("tensor<3xf32> loc(\"jit(f)/neg\"(#loc0))"), text.npos) << text;
  EXPECT_NE(text.find("tensor<3xf32> loc(\"jit(f)/jit(g)\"(#loc0))"), text.npos) << text;
  EXPECT_NE(text.find("tensor<3xf32> loc(\"add\")"), text.npos) << text;
  EXPECT_TRUE(text.starts_with("#loc0 = loc(\"<lambda>\"(\"dir/a\\22b.py\":12:0))\nmodule @jit_f"))
      << text;
  auto r = run(text, AvalSpan(&kF3, 1), {bytes<float>({1, 2, 3})});
  EXPECT_EQ(as<float>(r[0]), (std::vector<float>{-2, -4, -6}));
  EXPECT_EQ(lower_module(c, {}).find("loc"), std::string::npos);
}

TEST(Module, MissingRule) {
  Program p({kF3});
  Atom y = p.add1(core_testing::same_type("no_lowering").op(), {p.in(0)});
  try {
    lower_module(p.done({y}), {});
    FAIL();
  } catch (const NotImplemented& e) {
    EXPECT_STREQ(e.what(), "lowering rule for 'no_lowering' not implemented");
  }
}

TEST(Module, LoweringOfAnotherTypeIsCaught) {
  Aval wrong(kFloat32, {4});
  auto c = hlo_testing::program(
      AvalSpan(&kF3, 1), AvalSpan(&wrong, 1),
      [](Builder& b, Operands x) -> Results { return {b.elementwise("negate", x, kF3)}; });
  EXPECT_THROW(lower_module(c, {}), InternalError);
  auto none = hlo_testing::program(AvalSpan(&kF3, 1), AvalSpan(&kF3, 1),
                                   [](Builder&, Operands) -> Results { return {}; });
  EXPECT_THROW(lower_module(none, {}), InternalError);
}

const Effect kPrints{"prints", true};

// An operation that takes the effect's token and gives the next one.
Op after_all() {
  static const Primitive& p =
      *new Primitive({.name = "print",
                      .multiple_results = true,
                      .abstract_eval = [](const Op&, AvalSpan) -> Avals { return {}; },
                      .lower = [](const Op&, Builder& b, Operands, AvalSpan) -> Results {
                        Operand t = b.token(kPrints);
                        b.set_token(kPrints, b.op("after_all", {t}, Aval()));
                        return {};
                      },
                      .effects = [](const Op&) -> Effects { return {&kPrints}; }});
  return p.op();
}

TEST(Module, TokensThreadThroughCalls) {
  Program q;
  q.add(after_all(), {});
  ClosedJaxpr inner = q.done({});
  Program p({kF3});
  p.add(call("g", inner), {});
  p.add(after_all(), {});
  std::string text = lower_module(p.done({p.in(0)}), {});
  EXPECT_NE(text.find("%1 = func.call @g(%0) : (!stablehlo.token) -> !stablehlo.token"), text.npos)
      << text;
  EXPECT_NE(text.find("\"stablehlo.after_all\"(%1)"), text.npos) << text;
  EXPECT_NE(text.find("private @g(%arg0: !stablehlo.token) -> (!stablehlo.token) {"), text.npos);
  run(text, AvalSpan(&kF3, 1), {bytes<float>({1, 2, 3})});
}

TEST(Module, DeepNestingOfCalls) {
  ClosedJaxpr c = doubled();
  std::vector<ClosedJaxpr> all;
  for (int i = 0; i < 100000; ++i) {
    Program p({kF3});
    Atom y = p.add1(call("f", c), {p.in(0)});
    c = p.done({i % 2 ? y : p.add1(neg(), {y})});
    all.push_back(c);  // so that they are freed one after another
  }
  std::string text = lower_module(c, {});
  EXPECT_GT(count(text, "func.func private"), 90000);
  c = {};
  while (!all.empty()) all.pop_back();
}

TEST(Module, LongProgramsTakeLinearTime) {
  auto seconds = [](int n) {
    Program p({kF3});
    Atom x = p.in(0);
    for (int i = 0; i < n; ++i) x = p.add1(add(), {x, x});
    ClosedJaxpr c = p.done({x});
    auto start = std::chrono::steady_clock::now();
    EXPECT_GT(lower_module(c, {}).size(), static_cast<size_t>(n) * 40);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  double few = seconds(20000), many = seconds(200000);
  RecordProperty("microseconds_per_equation", str(many / 200000 * 1e6));
  EXPECT_LT(many, few * 40 + 0.1);
}

}  // namespace
}  // namespace covector::hlo

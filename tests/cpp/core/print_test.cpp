// Expected texts are what JAX 0.10.2 prints for the same programs.

#include <complex>

#include "core/core_testing.h"

namespace covector {
namespace {

using core_testing::any_op;
using core_testing::call_op;
using core_testing::CallParams;
using core_testing::literal;
using core_testing::Program;
using core_testing::same_type;
using core_testing::TestParams;

const Aval kF3(kFloat32, {3}), kF0(kFloat32, {}), kI3(kInt32, {3});

Op op(std::string_view name) { return same_type(name).op(); }
// Any operands, any results.
Op op(std::string_view name, Avals out,
      std::vector<std::pair<std::string_view, Param>> params = {}) {
  return any_op(name).with(TestParams{std::move(params), {}, {}, std::move(out)});
}
Atom number(DType d, double x) { return literal(scalar_of(d, x)); }

TEST(Print, OneLine) {
  Program p({kF3, kF3});
  Atom c = p.add1(op("add"), {p.in(0), p.in(1)});
  EXPECT_EQ(to_string(p.done({c})),
            "{ lambda ; a:f32[3] b:f32[3]. let c:f32[3] = add a b in (c,) }");
}

TEST(Print, NoEquationsNoResultsNoInputs) {
  EXPECT_EQ(to_string(Program().done({})), "{ lambda ; . let  in () }");
  EXPECT_EQ(to_string(Program().done({number(kFloat32, 2)})),
            "{ lambda ; . let  in (2.0:f32[],) }");
  Program p({kF3});
  EXPECT_EQ(to_string(p.done({number(kInt32, 3), number(kFloat32, 4.5), p.in(0)})),
            "{ lambda ; a:f32[3]. let  in (3:i32[], 4.5:f32[], a) }");
}

TEST(Print, ConstantsBeforeTheSemicolon) {
  Program p(AvalSpan(&kF3, 1), AvalSpan(&kF3, 1));
  Atom c = p.add1(op("add"), {p.in(0), p.constant(0)});
  EXPECT_EQ(to_string(p.done({c})),
            "{ lambda a:f32[3]; b:f32[3]. let c:f32[3] = add b a in (c,) }");
}

TEST(Print, SeveralLines) {
  Program p({kF3});
  Atom b = p.add1(op("max", {kF3}), {p.in(0), number(kFloat32, 0)});
  Atom c = p.add1(op("mul", {kF3}), {b, number(kFloat32, 2)});
  EXPECT_EQ(to_string(p.done({c})), R"({ lambda ; a:f32[3]. let
    b:f32[3] = max a 0.0:f32[]
    c:f32[3] = mul b 2.0:f32[]
  in (c,) })");
}

TEST(Print, UnusedResultsHaveNoName) {
  Program p({kF3});
  auto r = p.add(op("top_k", {Aval(kFloat32, {2}), Aval(kInt32, {2})},
                    {{"k", int64_t{2}}, {"axis", int64_t{0}}}),
                 {p.in(0)});
  EXPECT_EQ(to_string(p.done({r[0]})),
            "{ lambda ; a:f32[3]. let b:f32[2] _:i32[2] = top_k[axis=0 k=2] a in (b,) }");
}

TEST(Print, EquationsWithoutResultsAndWithoutOperands) {
  Program p;
  p.add(op("debug_print", {}), {number(kFloat32, 1)});
  Atom a = p.add1(op("iota", {kI3}, {{"dimension", int64_t{0}}}), {});
  EXPECT_EQ(to_string(p.done({a})),
            "{ lambda ; . let debug_print 1.0:f32[]; a:i32[3] = iota[dimension=0]  in (a,) }");
}

TEST(Print, ManyVariablesFillLines) {
  std::vector<Aval> in(30, kF0);
  Program p(in);
  Atom r = p.add1(op("add"), {p.in(0), p.in(29)});
  EXPECT_EQ(to_string(p.done({r})),
            R"({ lambda ; a:f32[] b:f32[] c:f32[] d:f32[] e:f32[] f:f32[] g:f32[] h:f32[] i:f32[]
    j:f32[] k:f32[] l:f32[] m:f32[] n:f32[] o:f32[] p:f32[] q:f32[] r:f32[] s:f32[]
    t:f32[] u:f32[] v:f32[] w:f32[] x:f32[] y:f32[] z:f32[] ba:f32[] bb:f32[] bc:f32[]
    bd:f32[]. let
    be:f32[] = add a bd
  in (be,) })");
}

TEST(Print, LongParametersGetLines) {
  Program p({kF3});
  Param::Tuple contract{{Param::Tuple{{Param(0)}, true}, Param::Tuple{{Param(0)}, true}}};
  Param::Tuple batch{{Param::Tuple{{}, true}, Param::Tuple{{}, true}}};
  Param::Enum highest{"Precision", "HIGHEST"};
  Atom r = p.add1(op("dot_general", {kF0},
                     {{"precision", Param::Tuple{{highest, highest}}},
                      {"dimension_numbers", Param::Tuple{{contract, batch}}}}),
                  {p.in(0), p.in(0)});
  EXPECT_EQ(to_string(p.done({r})), R"({ lambda ; a:f32[3]. let
    b:f32[] = dot_general[
      dimension_numbers=(([0], [0]), ([], []))
      precision=(Precision.HIGHEST, Precision.HIGHEST)
    ] a a
  in (b,) })");
}

TEST(Print, Literals) {
  auto text = [](Value v) {
    std::string s = to_string(Program().done({literal(std::move(v))}));
    size_t from = s.find("in (") + 4;
    return s.substr(from, s.rfind(",) }") - from);
  };
  EXPECT_EQ(text(scalar_of(kFloat32, 0.1)), "0.10000000149011612:f32[]");
  EXPECT_EQ(text(scalar_of(kFloat64, 0.1)), "0.1:f64[]");
  EXPECT_EQ(text(scalar_of(kFloat32, 1e20)), "1.0000000200408773e+20:f32[]");
  EXPECT_EQ(text(scalar_of(kFloat32, 1e5)), "100000.0:f32[]");
  EXPECT_EQ(text(scalar_of(kFloat32, 1e-5)), "9.999999747378752e-06:f32[]");
  EXPECT_EQ(text(scalar_of(kFloat16, 3.1)), "3.099609375:f16[]");
  EXPECT_EQ(text(scalar_of(kBfloat16, 2.7)), "2.703125:bf16[]");
  EXPECT_EQ(text(scalar_of(kFloat8E4m3fn, 1.5)), "1.5:f8_e4m3fn[]");
  EXPECT_EQ(text(scalar_of(kFloat32, -0.0)), "-0.0:f32[]");
  EXPECT_EQ(text(scalar_of(kFloat32, INFINITY)), "inf:f32[]");
  EXPECT_EQ(text(scalar_of(kFloat32, NAN)), "nan:f32[]");
  EXPECT_EQ(text(scalar_of(kInt32, int64_t{-5})), "-5:i32[]");
  EXPECT_EQ(text(scalar_of(kInt4, int64_t{-8})), "-8:i4[]");
  EXPECT_EQ(text(scalar_of(kUint64, int64_t{-1})), "18446744073709551615:u64[]");
  EXPECT_EQ(text(scalar_of(kBool, 1.0)), "True:bool[]");
  std::complex<float> z[] = {{1, 2}, {0, 1}, {0.5f, -1}, {-0.0f, 0}};
  auto complex = [&](int i) { return text(host_array(Aval(kComplex64, {}), &z[i])); };
  EXPECT_EQ(complex(0), "(1+2j):c64[]");
  EXPECT_EQ(complex(1), "1j:c64[]");
  EXPECT_EQ(complex(2), "(0.5-1j):c64[]");
  EXPECT_EQ(complex(3), "(-0+0j):c64[]");
}

// y -> (y + 1, y * 2)
ClosedJaxpr two_results() {
  Program p({kF3});
  Atom b = p.add1(op("add", {kF3}), {p.in(0), number(kFloat32, 1)});
  Atom c = p.add1(op("mul", {kF3}), {p.in(0), number(kFloat32, 2)});
  return p.done({b, c});
}

TEST(Print, CalleesUseTheNamesOfTheCaller) {
  Program p({kF3});
  auto r = p.add(call_op().with(CallParams{"<lambda>", two_results()}), {p.in(0)});
  EXPECT_EQ(to_string(p.done({r[0]})), R"({ lambda ; a:f32[3]. let
    b:f32[3] _:f32[3] = jit[
      name=<lambda>
      jaxpr={ lambda ; a:f32[3]. let
          b:f32[3] = add a 1.0:f32[]
          _:f32[3] = mul a 2.0:f32[]
        in (b, _) }
    ] a
  in (b,) })");
}

TEST(Print, JaxprsThatOccurTwiceAreNamed) {
  Program q({kF3, kF3});
  Atom s = q.add1(op("add"), {q.in(0), q.in(1)}), t = q.add1(op("mul"), {q.in(0), q.in(1)});
  Op f = call_op().with(CallParams{"<lambda>", q.done({s, t})});
  Program p({kF3, kF3});
  auto r = p.add(f, {p.in(0), p.in(1)});
  auto u = p.add(f, {r[1], r[0]});
  EXPECT_EQ(to_string(p.done({u[0]})), R"(let lambda = { lambda ; a:f32[3] b:f32[3]. let
    c:f32[3] = add a b
    d:f32[3] = mul a b
  in (c, d) } in
{ lambda ; e:f32[3] f:f32[3]. let
    g:f32[3] h:f32[3] = jit[name=<lambda> jaxpr=lambda] e f
    i:f32[3] _:f32[3] = jit[name=<lambda> jaxpr=lambda] h g
  in (i,) })");
}

TEST(Print, LongJaxprsAreNamed) {
  auto chain = [](std::string_view f, int n) {
    Program q({kF0});
    Atom x = q.in(0);
    for (int i = 0; i < n; ++i) x = q.add1(op(f), {x});
    return q.done({x});
  };
  Program p({kF0});
  Atom b = p.add1(call_op().with(CallParams{"f", chain("sin", 11)}), {p.in(0)});
  std::string text = to_string(p.done({b}));
  EXPECT_TRUE(text.starts_with("let f = { lambda ; a:f32[]. let\n    b:f32[] = sin a\n")) << text;
  EXPECT_TRUE(text.ends_with("{ lambda ; n:f32[]. let o:f32[] = jit[name=f jaxpr=f] n in (o,) }"))
      << text;
}

// The names of definitions are no names of variables, nor of one another.
TEST(Print, NamesAreUnique) {
  ClosedJaxpr f = two_results(), g = two_results();
  Program p({kF3});
  for (const ClosedJaxpr& c : {f, f, g, g}) p.add(call_op().with(CallParams{"a", c}), {p.in(0)});
  std::string text = to_string(p.done({p.in(0)}));
  EXPECT_TRUE(text.starts_with("let a = { lambda ; b:f32[3]. let\n")) << text;
  EXPECT_NE(text.find("\nlet a1 = { lambda ; e:f32[3]. let\n"), text.npos) << text;
}

// x -> f(x), printed on one line.
ClosedJaxpr unary(std::string_view f) {
  Program p({kF3});
  return p.done({p.add1(op(f), {p.in(0)})});
}

TEST(Print, TuplesOfJaxprs) {
  Program p({kF3});
  Atom d = p.add1(op("to_int", {Aval(kInt32, {})}), {p.in(0)});
  Program identity({kF3});
  std::vector<ClosedJaxpr> branches{unary("sin"), identity.done({identity.in(0)})};
  Atom e = p.add1(any_op("cond").with(TestParams{{}, {}, {{"branches", branches}}, {kF3}}),
                  {d, p.in(0)});
  EXPECT_EQ(to_string(p.done({e})), R"({ lambda ; a:f32[3]. let
    b:i32[] = to_int a
    c:f32[3] = cond[
      branches=(
        { lambda ; d:f32[3]. let e:f32[3] = sin d in (e,) }
        { lambda ; f:f32[3]. let  in (f,) }
      )
    ] b a
  in (c,) })");
}

// Only jaxprs of calls are printed with the caller's names.
TEST(Print, OtherInnerJaxprs) {
  Program p({kF3});
  TestParams params{{{"differentiated", false}, {"policy", Param()}, {"prevent_cse", true}},
                    {{"jaxpr", unary("sin")}},
                    {},
                    {kF3}};
  Atom b = p.add1(any_op("remat2").with(std::move(params)), {p.in(0)});
  EXPECT_EQ(to_string(p.done({b})), R"({ lambda ; a:f32[3]. let
    b:f32[3] = remat2[
      differentiated=False
      jaxpr={ lambda ; c:f32[3]. let d:f32[3] = sin c in (d,) }
      policy=None
      prevent_cse=True
    ] a
  in (b,) })");
}

TEST(Print, DeepNesting) {
  std::vector<ClosedJaxpr> all{unary("sin")};
  for (int i = 0; i < 1000; ++i) {
    Program p({kF3});
    all.push_back(p.done({p.add1(call_op().with(CallParams{"f", all.back()}), {p.in(0)})}));
  }
  std::string text = to_string(all.back());
  EXPECT_NE(text.find(std::string(6000, ' ') + "  b:f32[3] = sin a"), text.npos);
  while (!all.empty()) all.pop_back();  // one after another, from the outside
}

// 2^20000 paths lead to the innermost jaxpr.
TEST(Print, SharingTakesLinearTime) {
  std::vector<ClosedJaxpr> all{unary("sin")};
  for (int i = 0; i < 20000; ++i) {
    Program p({kF3});
    Op f = call_op().with(CallParams{"f", all.back()});
    all.push_back(p.done(p.add(f, p.add(f, {p.in(0)}))));
  }
  EXPECT_LT(to_string(all.back()).size(), 20000u * 200);
  while (!all.empty()) all.pop_back();
}

}  // namespace
}  // namespace covector

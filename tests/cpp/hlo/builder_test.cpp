#include "covector/hlo/builder.h"

#include "hlo/hlo_testing.h"

namespace covector::hlo {
namespace {

using hlo_testing::as;
using hlo_testing::bytes;
using hlo_testing::lines;
using hlo_testing::run;

using Lines = std::vector<std::string>;
const Aval kF3(kFloat32, {3}), kF23(kFloat32, {2, 3}), kF0(kFloat32, {});

// What one operation on arguments of types `in` writes.
std::string line(std::initializer_list<Aval> in, const Aval& out,
                 const std::function<Operand(Builder&, Operands)>& f) {
  Lines r = lines({in.begin(), in.size()}, AvalSpan(&out, 1),
                  [&](Builder& b, Operands x) -> Results { return {f(b, x)}; });
  return r.size() == 1 ? r[0] : str(r.size(), " lines");
}

TEST(Builder, ElementwiseIsShort) {
  EXPECT_EQ(
      line({kF3, kF3}, kF3, [](Builder& b, Operands x) { return b.elementwise("add", x, kF3); }),
      "%0 = stablehlo.add %arg0, %arg1 : tensor<3xf32>");
  Aval weak = kF3.with_weak_type(true);
  EXPECT_EQ(
      line({kF3, weak}, kF3, [](Builder& b, Operands x) { return b.elementwise("add", x, kF3); }),
      "%0 = stablehlo.add %arg0, %arg1 : tensor<3xf32>");
}

TEST(Builder, ElementwiseOfSeveralTypesOrDialectsIsGeneric) {
  Aval c(kComplex64, {3});
  EXPECT_EQ(line({c}, kF3, [](Builder& b, Operands x) { return b.elementwise("abs", x, kF3); }),
            R"(%0 = "stablehlo.abs"(%arg0) : (tensor<3xcomplex<f32>>) -> tensor<3xf32>)");
  EXPECT_EQ(
      line({kF3}, kF3, [](Builder& b, Operands x) { return b.elementwise("chlo.erf", x, kF3); }),
      R"(%0 = "chlo.erf"(%arg0) : (tensor<3xf32>) -> tensor<3xf32>)");
}

TEST(Builder, OpIsGeneric) {
  EXPECT_EQ(line({kF3, kF0}, Aval(kFloat32, {5}),
                 [](Builder& b, Operands x) {
                   return b.op("pad", x, Aval(kFloat32, {5}), "edge_padding_low = array<i64: 1>");
                 }),
            R"(%0 = "stablehlo.pad"(%arg0, %arg1) {edge_padding_low = array<i64: 1>})"
            " : (tensor<3xf32>, tensor<f32>) -> tensor<5xf32>");
}

TEST(Builder, OpNNumbersResults) {
  Aval outs[2] = {kF3, Aval(kInt32, {3})};
  Lines r = lines(AvalSpan(&kF3, 1), outs, [&](Builder& b, Operands x) {
    Results pair = b.op_n("chlo.top_k", x, outs, int_attr("k", 3));
    return Results{b.elementwise("negate", {pair[0]}, kF3), pair[1]};
  });
  EXPECT_EQ(r, (Lines{R"(%0:2 = "chlo.top_k"(%arg0) {k = 3 : i64} : (tensor<3xf32>) -> )"
                      "(tensor<3xf32>, tensor<3xi32>)",
                      "%1 = stablehlo.negate %0#0 : tensor<3xf32>"}));
}

TEST(Builder, OpWithoutResults) {
  Lines r = lines(AvalSpan(&kF3, 1), {}, [](Builder& b, Operands x) {
    return b.op_n("custom_call", x, {}, R"(call_target_name = "f", has_side_effect = true)");
  });
  EXPECT_EQ(r, Lines{R"("stablehlo.custom_call"(%arg0) {call_target_name = "f", )"
                     "has_side_effect = true} : (tensor<3xf32>) -> ()"});
}

Results sum(Builder& b, Operands x, const Aval& out, std::span<const int64_t> axes) {
  Region body{{kF0, kF0},
              [](Builder& r, Operands a) -> Results { return {r.elementwise("add", a, kF0)}; }};
  Operand in[2] = {x[0], b.splat(kF0, 0.0)};
  return b.region_op("reduce", in, AvalSpan(&out, 1), std::span(&body, 1),
                     array_attr("dimensions", axes));
}

TEST(Builder, RegionOp) {
  int64_t axes[] = {0};
  auto body = [&](Builder& b, Operands x) { return sum(b, x, kF3, axes); };
  Lines r = lines(AvalSpan(&kF23, 1), AvalSpan(&kF3, 1), body);
  EXPECT_EQ(
      r,
      (Lines{"%0 = stablehlo.constant dense<0.0> : tensor<f32>",
             R"(%1 = "stablehlo.reduce"(%arg0, %0) ({)", "^bb0(%2: tensor<f32>, %3: tensor<f32>):",
             "%4 = stablehlo.add %2, %3 : tensor<f32>", "stablehlo.return %4 : tensor<f32>",
             "}) {dimensions = array<i64: 0>} : (tensor<2x3xf32>, tensor<f32>) -> "
             "tensor<3xf32>"}));
  auto out =
      run(AvalSpan(&kF23, 1), AvalSpan(&kF3, 1), body, {bytes<float>({1, 2, 3, 10, 20, 30})});
  EXPECT_EQ(as<float>(out[0]), (std::vector<float>{11, 22, 33}));
}

TEST(Builder, RegionsWithoutArguments) {
  Aval in[2] = {Aval(kInt32, {}), kF3};
  auto body = [&](Builder& b, Operands x) {
    auto branch = [&](std::string_view op) {
      return Region{{}, [&x, op](Builder& r, Operands) -> Results {
                      return {r.elementwise(op, {x[1]}, kF3)};
                    }};
    };
    Region branches[] = {branch("negate"), branch("abs")};
    return b.region_op("case", x.first(1), AvalSpan(&kF3, 1), branches);
  };
  Lines r = lines(in, AvalSpan(&kF3, 1), body);
  EXPECT_EQ(
      r, (Lines{R"(%0 = "stablehlo.case"(%arg0) ({)", "%1 = stablehlo.negate %arg1 : tensor<3xf32>",
                "stablehlo.return %1 : tensor<3xf32>", "}, {",
                "%2 = stablehlo.abs %arg1 : tensor<3xf32>", "stablehlo.return %2 : tensor<3xf32>",
                "}) : (tensor<i32>) -> tensor<3xf32>"}));
  auto out = run(in, AvalSpan(&kF3, 1), body, {bytes<int32_t>({0}), bytes<float>({1, -2, 3})});
  EXPECT_EQ(as<float>(out[0]), (std::vector<float>{-1, 2, -3}));
}

TEST(Builder, Structure) {
  EXPECT_EQ(line({kF23}, Aval(kFloat32, {6}),
                 [](Builder& b, Operands x) {
                   int64_t shape[] = {6};
                   return b.reshape(x[0], shape);
                 }),
            "%0 = stablehlo.reshape %arg0 : (tensor<2x3xf32>) -> tensor<6xf32>");
  EXPECT_EQ(
      line({kF3}, kF23,
           [](Builder& b, Operands x) {
             int64_t shape[] = {2, 3}, dims[] = {1};
             return b.broadcast_in_dim(x[0], shape, dims);
           }),
      "%0 = stablehlo.broadcast_in_dim %arg0, dims = [1] : (tensor<3xf32>) -> tensor<2x3xf32>");
  EXPECT_EQ(line({kF23}, Aval(kFloat32, {3, 2}),
                 [](Builder& b, Operands x) {
                   int64_t perm[] = {1, 0};
                   return b.transpose(x[0], perm);
                 }),
            "%0 = stablehlo.transpose %arg0, dims = [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>");
  EXPECT_EQ(line({kF23}, Aval(kFloat32, {1, 2}),
                 [](Builder& b, Operands x) {
                   int64_t start[] = {1, 0}, limit[] = {2, 3}, strides[] = {1, 2};
                   return b.slice(x[0], start, limit, strides);
                 }),
            "%0 = stablehlo.slice %arg0 [1:2:1, 0:3:2] : (tensor<2x3xf32>) -> tensor<1x2xf32>");
}

TEST(Builder, StructureThatChangesNothingWritesNothing) {
  auto nothing = [](const Aval& a, const std::function<Operand(Builder&, Operands)>& f) {
    return lines(AvalSpan(&a, 1), AvalSpan(&a, 1),
                 [&](Builder& b, Operands x) -> Results { return {f(b, x)}; })
        .empty();
  };
  EXPECT_TRUE(nothing(kF23, [](Builder& b, Operands x) { return b.reshape(x[0], kF23.shape()); }));
  EXPECT_TRUE(nothing(kF23, [](Builder& b, Operands x) { return b.convert(x[0], kFloat32); }));
  EXPECT_TRUE(
      nothing(kF23, [](Builder& b, Operands x) { return b.broadcast_to(x[0], kF23.shape()); }));
}

TEST(Builder, BroadcastToTakesScalarsAndOnes) {
  auto to = [](Builder& b, Operands x) { return b.broadcast_to(x[0], kF23.shape()); };
  EXPECT_EQ(line({kF0}, kF23, to),
            "%0 = stablehlo.broadcast_in_dim %arg0, dims = [] : (tensor<f32>) -> tensor<2x3xf32>");
  EXPECT_EQ(line({Aval(kFloat32, {2, 1})}, kF23, to),
            "%0 = stablehlo.broadcast_in_dim %arg0, dims = [0, 1] : (tensor<2x1xf32>) -> "
            "tensor<2x3xf32>");
}

TEST(Builder, CompareNamesTheKindOfNumber) {
  auto kind = [](DType d, bool total) {
    Aval a(d, {3});
    std::string s = line({a, a}, Aval(kBool, {3}), [&](Builder& b, Operands x) {
      return b.compare(x[0], x[1], "LT", total);
    });
    size_t from = s.find("%arg1, ") + 7;
    return s.substr(from, s.find(' ', from) - from);
  };
  EXPECT_EQ(kind(kFloat32, false), "FLOAT");
  EXPECT_EQ(kind(kComplex64, false), "FLOAT");
  EXPECT_EQ(kind(kFloat16, true), "TOTALORDER");
  EXPECT_EQ(kind(kInt8, false), "SIGNED");
  EXPECT_EQ(kind(kUint8, false), "UNSIGNED");
  EXPECT_EQ(kind(kBool, false), "UNSIGNED");
}

TEST(Builder, CompareAndSelectRun) {
  Aval in[2] = {kF3, kF3};
  auto body = [](Builder& b, Operands x) -> Results {
    return {b.select(b.compare(x[0], x[1], "GT"), x[0], x[1])};
  };
  EXPECT_EQ(lines(in, AvalSpan(&kF3, 1), body),
            (Lines{"%0 = stablehlo.compare GT, %arg0, %arg1, FLOAT : (tensor<3xf32>, tensor<3xf32>)"
                   " -> tensor<3xi1>",
                   "%1 = stablehlo.select %0, %arg0, %arg1 : tensor<3xi1>, tensor<3xf32>"}));
  auto out = run(in, AvalSpan(&kF3, 1), body, {bytes<float>({1, 5, 3}), bytes<float>({2, 4, 3})});
  EXPECT_EQ(as<float>(out[0]), (std::vector<float>{2, 5, 3}));
}

TEST(Builder, ConvertTakesTheRealPart) {
  Aval c(kComplex64, {2}), out(kInt32, {2});
  auto body = [](Builder& b, Operands x) -> Results { return {b.convert(x[0], kInt32)}; };
  EXPECT_EQ(lines(AvalSpan(&c, 1), AvalSpan(&out, 1), body),
            (Lines{"%0 = stablehlo.real %arg0 : (tensor<2xcomplex<f32>>) -> tensor<2xf32>",
                   "%1 = stablehlo.convert %0 : (tensor<2xf32>) -> tensor<2xi32>"}));
  auto r = run(AvalSpan(&c, 1), AvalSpan(&out, 1), body, {bytes<float>({1.5, 2, -3, 4})});
  EXPECT_EQ(as<int32_t>(r[0]), (std::vector<int32_t>{1, -3}));
}

// Typed keys occupy a trailing axis of two words.
TEST(Builder, ExtendedDtypesArePhysicalArrays) {
  Aval key(kKeyFry, {4}), out(kKeyFry, {2, 2}), words(kUint32, {4, 2});
  auto body = [&](Builder& b, Operands x) -> Results {
    int64_t start[] = {0}, limit[] = {4}, strides[] = {2}, shape[] = {2, 2}, dims[] = {1},
            perm[] = {1, 0};
    Operand s = b.slice(x[0], start, limit, strides);
    Operand t = b.transpose(b.broadcast_in_dim(s, shape, dims), perm);
    Operand p =
        b.compare(b.splat(Aval(kInt32, {2, 2}), 0.0), b.splat(Aval(kInt32, {2, 2}), 0.0), "EQ");
    return {b.select(p, t, b.splat(out, 0.0))};
  };
  Lines r = lines(AvalSpan(&key, 1), AvalSpan(&out, 1), body);
  EXPECT_EQ(r[0],
            "%0 = stablehlo.slice %arg0 [0:4:2, 0:2:1] : (tensor<4x2xui32>) -> tensor<2x2xui32>");
  std::string module =
      lower_module(hlo_testing::program(AvalSpan(&key, 1), AvalSpan(&out, 1), body), {});
  auto v = run(module, AvalSpan(&words, 1), {bytes<uint32_t>({1, 2, 3, 4, 5, 6, 7, 8})});
  EXPECT_EQ(as<uint32_t>(v[0]), (std::vector<uint32_t>{1, 2, 1, 2, 5, 6, 5, 6}));
}

TEST(Builder, TypesOfOneTextShareIt) {
  EXPECT_EQ(Builder::type(kF23), "tensor<2x3xf32>");
  EXPECT_EQ(Builder::type(kF0), "tensor<f32>");
  EXPECT_EQ(Builder::type(Aval(kComplex128, {0})), "tensor<0xcomplex<f64>>");
  EXPECT_EQ(Builder::type(Aval(kKeyFry, {3})), "tensor<3x2xui32>");
  EXPECT_EQ(Builder::type(Aval()), "!stablehlo.token");
  EXPECT_EQ(&Builder::type(kF23), &Builder::type(kF23.with_weak_type(true)));
  EXPECT_EQ(&Builder::type(Aval(kKeyFry, {3})), &Builder::type(Aval(kUint32, {3, 2})));
  EXPECT_EQ(&Builder::type(Aval(kFloat0, {3})), &Builder::type(Aval(kBool, {3})));
}

TEST(Builder, Attributes) {
  EXPECT_EQ(array_attr("a", Axes{1, -2}), "a = array<i64: 1, -2>");
  EXPECT_EQ(array_attr("a", {}), "a = array<i64>");
  EXPECT_EQ(int_attr("k", -3), "k = -3 : i64");
  EXPECT_EQ(list(Axes{0, 1}), "[0, 1]");
  EXPECT_EQ(list({}), "[]");
}

TEST(Builder, HandWrittenOperation) {
  Lines r = lines(AvalSpan(&kF3, 1), AvalSpan(&kF3, 1), [](Builder& b, Operands x) -> Results {
    Operand y{b.fresh(), -1, kF3};
    b.name(y);
    b.text() += " = stablehlo.negate ";
    b.names(x);
    b.text() += " : ";
    b.types(x);
    b.text() += '\n';
    return {y};
  });
  EXPECT_EQ(r, Lines{"%0 = stablehlo.negate %arg0 : tensor<3xf32>"});
}

}  // namespace
}  // namespace covector::hlo

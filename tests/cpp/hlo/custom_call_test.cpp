#include "covector/hlo/custom_call.h"

#include "hlo/hlo_testing.h"

namespace covector::hlo {
namespace {

using hlo_testing::lines;

const Aval kMatrix(kFloat32, {2, 3}), kInfo(kInt32, {});

std::string line(const CustomCall& c, std::initializer_list<Aval> in, const Avals& out) {
  auto r = lines({in.begin(), in.size()}, out,
                 [&](Builder& b, Operands x) { return custom_call(b, c, x, out); });
  return r.size() == 1 ? r[0] : str(r.size(), " lines");
}

TEST(CustomCall, WritesWhatHandlersDecode) {
  EXPECT_EQ(
      line({.target = "f", .attributes = "k = 3 : i64"}, {kMatrix}, {kMatrix}),
      R"(%0 = "stablehlo.custom_call"(%arg0) {call_target_name = "f", api_version = 4 : i32, )"
      R"(backend_config = {k = 3 : i64}} : (tensor<2x3xf32>) -> tensor<2x3xf32>)");
}

TEST(CustomCall, LayoutsAndAliasesAreForEachOperandAndResult) {
  std::string text = line({.target = "f", .operand_layouts = {Axes{0, 1}}, .aliases = {{0, 0}}},
                          {kMatrix}, {kMatrix, kInfo});
  EXPECT_NE(text.find("operand_layouts = [dense<[0, 1]> : tensor<2xindex>]"), text.npos) << text;
  EXPECT_NE(text.find("result_layouts = [dense<[1, 0]> : tensor<2xindex>, "
                      "dense<> : tensor<0xindex>]"),
            text.npos)
      << text;
  EXPECT_NE(
      text.find("<output_tuple_indices = [0], operand_index = 0, operand_tuple_indices = []>"),
      text.npos)
      << text;
  EXPECT_NE(line({.target = "f", .aliases = {{0, 0}}}, {kMatrix}, {kMatrix})
                .find("<output_tuple_indices = [], operand_index = 0"),
            text.npos)
      << "a single result is not a tuple";
}

TEST(CustomCall, ForeignFunctionsOfAModuleAreFoundOnce) {
  std::string text;
  auto write = [&](Builder& b, Operands x) -> Results {
    Results y = custom_call(b, {.target = "one"}, x, AvalSpan(&kMatrix, 1));
    y = custom_call(b, {.target = "two"}, y, AvalSpan(&kMatrix, 1));
    y = builtin_call(b, "Expanded", "", y, AvalSpan(&kMatrix, 1));
    return custom_call(b, {.target = "one", .has_side_effect = true}, y, AvalSpan(&kMatrix, 1));
  };
  for (const std::string& l : lines(AvalSpan(&kMatrix, 1), AvalSpan(&kMatrix, 1), write))
    text += l + "\n";
  EXPECT_EQ(foreign_functions(text), (std::vector<std::string_view>{"one", "two"}));
  EXPECT_TRUE(foreign_functions("call_target_name = \"").empty());
}

}  // namespace
}  // namespace covector::hlo

#include "covector/hlo/custom_call.h"

#include <algorithm>

#include "covector/base/error.h"

namespace covector::hlo {
namespace {

// What `foreign_functions` looks for.
constexpr std::string_view kBefore = "call_target_name = \"", kAfter = "\", api_version = 4 : i32";

Axes row_major(int64_t rank) {
  Axes r;
  for (int64_t i = rank; i-- > 0;) r.push_back(i);
  return r;
}

std::string layout(const Axes& axes) {
  if (axes.empty()) return "dense<> : tensor<0xindex>";
  return str("dense<", list(axes), "> : tensor<", axes.size(), "xindex>");
}

// A token has no layout to speak of; an empty one is what MLIR wants.
template <class AvalOf>
std::string layouts(size_t n, const std::vector<Axes>& given, const AvalOf& aval_of) {
  std::string s = "[";
  for (size_t i = 0; i < n; ++i) {
    const Aval& a = aval_of(i);
    bool chosen = i < given.size() && !given[i].empty();
    s += str(i ? ", " : "", layout(chosen ? given[i] : row_major(a ? a.rank() : 0)));
  }
  return s + "]";
}

std::string aliases(const std::vector<std::pair<int, int>>& pairs, size_t results) {
  std::string s = "[";
  for (auto [operand, result] : pairs)
    s += str(s.size() > 1 ? ", " : "", "#stablehlo.output_operand_alias<output_tuple_indices = [",
             results > 1 ? str(result) : std::string(), "], operand_index = ", operand,
             ", operand_tuple_indices = []>");
  return s + "]";
}

}  // namespace

Results custom_call(Builder& b, const CustomCall& c, Operands in, AvalSpan outs) {
  std::string attrs = str(kBefore, c.target, kAfter, ", backend_config = {", c.attributes, "}");
  if (c.has_side_effect) attrs += ", has_side_effect = true";
  if (!c.operand_layouts.empty() || !c.result_layouts.empty())
    attrs += str(
        ", operand_layouts = ",
        layouts(in.size(), c.operand_layouts, [&](size_t i) -> const Aval& { return in[i].aval; }),
        ", result_layouts = ",
        layouts(outs.size(), c.result_layouts, [&](size_t i) -> const Aval& { return outs[i]; }));
  if (!c.aliases.empty())
    attrs += str(", output_operand_aliases = ", aliases(c.aliases, outs.size()));
  return b.op_n("custom_call", in, outs, attrs);
}

Results builtin_call(Builder& b, std::string_view target, std::string_view config, Operands in,
                     AvalSpan outs) {
  std::string attrs =
      str(kBefore, target, "\", api_version = 1 : i32, backend_config = \"", config, "\"");
  return b.op_n("custom_call", in, outs, attrs);
}

std::vector<std::string_view> foreign_functions(std::string_view text) {
  std::vector<std::string_view> found;
  for (size_t at = text.find(kBefore); at != text.npos; at = text.find(kBefore, at)) {
    at += kBefore.size();
    size_t end = text.find('"', at);
    if (end == text.npos) break;
    std::string_view target = text.substr(at, end - at);
    if (text.substr(end).starts_with(kAfter) && std::ranges::find(found, target) == found.end())
      found.push_back(target);
  }
  return found;
}

}  // namespace covector::hlo

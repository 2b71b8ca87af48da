#pragma once

// Calls of functions that are no operations of StableHLO.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "covector/hlo/builder.h"

namespace covector::hlo {

// A call of a foreign function: a handler that is registered with the plugin
// (see pjrt/ffi.h and runtime/foreign.h).
struct CustomCall {
  std::string_view target;
  // What the handler decodes, as a dictionary of MLIR is written, e.g.
  // `uplo = 76 : ui8, low = 1 : i32`.
  std::string attributes = {};
  // For each operand and result its axes in memory, those that are closest
  // first. Without an entry, or with none at all, an array is row-major.
  std::vector<Axes> operand_layouts = {}, result_layouts = {};
  // Pairs of an operand and the result that takes its memory.
  std::vector<std::pair<int, int>> aliases = {};
  // Whether to call it though no one uses the results.
  bool has_side_effect = false;
};
Results custom_call(Builder&, const CustomCall&, Operands, AvalSpan outs);

// A call of what the compilers themselves know under a name and expand.
Results builtin_call(Builder&, std::string_view target, std::string_view config, Operands,
                     AvalSpan outs);

// The foreign functions that a module calls, each once; views into its text.
std::vector<std::string_view> foreign_functions(std::string_view module_text);

}  // namespace covector::hlo

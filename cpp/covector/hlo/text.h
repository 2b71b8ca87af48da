#pragma once

// Private to the sources of this folder.

#include <charconv>
#include <string>

#include "covector/hlo/builder.h"

namespace covector::hlo {

inline void append_int(std::string& s, int64_t x) {
  char buf[24];
  s.append(buf, std::to_chars(buf, buf + sizeof buf, x).ptr);
}

// The array as devices store it: strong, of a type that StableHLO knows.
Aval stored(const Aval&);
// The results of operation %id.
Results results_of(int32_t id, AvalSpan outs);
// A symbol name: letters, digits, '_' and '.', not starting with a digit.
std::string symbol(std::string_view name);
// A string literal of MLIR, with quotes.
void append_quoted(std::string& s, std::string_view text);

}  // namespace covector::hlo

#pragma once

// Private to the sources of this folder.

#include <charconv>
#include <string>

namespace covector::hlo {

inline void append_int(std::string& s, int64_t x) {
  char buf[24];
  s.append(buf, std::to_chars(buf, buf + sizeof buf, x).ptr);
}

// A symbol name: letters, digits, '_' and '.', not starting with a digit.
std::string symbol(std::string_view name);
// A string literal of MLIR, with quotes.
std::string quoted(std::string_view s);

}  // namespace covector::hlo

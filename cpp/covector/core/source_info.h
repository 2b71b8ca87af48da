#pragma once

#include <string>

namespace covector {

// A line of the user's program. Interned by the front end that knows it and
// never freed, so an equation holds it by pointer.
struct SourceLine {
  std::string file, function;
  int line = 0;
};

using Source = const SourceLine*;  // null: unknown

// The front end's answer to "which line of the user's program runs now?".
using SourceProvider = Source (*)();
void set_source_provider(SourceProvider);
Source current_source();

// "file:line (function)", or nothing.
std::string describe(Source);

}  // namespace covector

#pragma once

#include <string>

#include "covector/core/value.h"

namespace covector {

// Python's repr of a float: the fewest digits that identify it.
void append_python(std::string&, double);
// The number in a rank-0 concrete array, as Python prints it: 2.0, True, (1+2j).
void append_literal(std::string&, const Array&);

}  // namespace covector

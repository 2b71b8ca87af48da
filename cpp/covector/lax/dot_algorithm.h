#pragma once

// The named algorithms that a contraction can be asked to use.

#include <string>
#include <string_view>

#include "covector/core/params.h"
#include "covector/lax/lax.h"

namespace covector::rules {

struct DotAlgorithm {
  std::string_view name;
  std::string_view hlo_type;  // of the operands' precision; empty: theirs, a float8
  DType operand;              // what operands of another dtype are converted to; null: any
  DType also;                 // a second dtype that operands may have
  DType accumulation;         // null: the result's
  int num_operations = 1;
  bool imprecise = false;
};

// Null if there is none of this name.
const DotAlgorithm* find_dot_algorithm(std::string_view name);
// The StableHLO attribute.
std::string dot_algorithm_attr(const DotAlgorithm&, DType lhs, DType rhs);

// The name of a precision, and the parameter that stands for it.
std::string_view precision_name(Precision);
Param precision_param(Precision);
// Reads a `dimension_numbers` argument, and a `precision` one; `preferred` may be null.
DotDims read_dot_dims(const Param&);
DotOptions read_dot_options(const Param& precision, DType preferred);
// And back.
Param precision_param(const DotOptions&);

// The type of the product; raises what dot_general does.
Aval dot_result(const Aval& lhs, const Aval& rhs, const DotDims&, const DotOptions&);

}  // namespace covector::rules

#pragma once

// Lowerings to kernels of libraries: LAPACK's on the CPU, cuSOLVER's on GPUs.

#include <string>
#include <utility>
#include <vector>

#include "covector/hlo/custom_call.h"
#include "covector/lax/matrix.h"

namespace covector::rules {

struct Kernel {
  std::string name;
  std::string attributes = {};
  std::vector<std::pair<int, int>> aliases = {};
  // Operands and results of the greatest rank among the operands are matrices;
  // libraries want their columns, not their rows, to be contiguous.
  bool column_major = true;
};
hlo::Results call_kernel(hlo::Builder&, const Kernel&, hlo::Operands, AvalSpan outs);

// The name of LAPACK's kernel for a dtype: lapack_sgetrf_ffi.
std::string lapack_name(std::string_view routine, DType);
// The same where the routines for real and complex matrices differ.
std::string lapack_name(std::string_view real, std::string_view complex, DType);
// An attribute: name = 76 : ui8.
std::string char_attr(std::string_view name, char);
std::string bool_attr(std::string_view name, bool);

// The int32 type of a kernel's report, one for each matrix.
Aval info_aval(const Aval& matrix);
// x where the kernel reported success (0; or anything not negative), NaN elsewhere.
hlo::Operand nan_unless_ok(hlo::Builder&, const hlo::Operand& info, const hlo::Operand& x,
                           bool positive_is_ok = false);

// The lowering of a primitive by platform. Where one is left out, it is an error
// to lower for that platform.
struct Platforms {
  LowerRule cpu = {}, gpu = {}, others = {};
};
LowerRule by_platform(Platforms);

}  // namespace covector::rules

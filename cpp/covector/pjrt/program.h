#pragma once

// Private to the sources of this folder.

#include <string_view>

#include "covector/pjrt/api.h"

namespace covector::pjrt {

// For the duration of a call. The C struct has a mutable pointer because the
// same struct also returns programs.
inline Args<PJRT_Program> borrow_program(std::string_view code, std::string_view format) {
  Args<PJRT_Program> out;
  out.code = const_cast<char*>(code.data());
  out.code_size = code.size();
  out.format = format.data();
  out.format_size = format.size();
  return out;
}

}  // namespace covector::pjrt

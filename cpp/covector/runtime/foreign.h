#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "covector/pjrt/client.h"
#include "covector/pjrt/ffi_abi.h"

namespace covector::runtime {

// Functions outside of the compiler that programs call (hlo/custom_call.h):
// kernels of LAPACK, callbacks. They are added here once; a plugin learns of
// those that a program calls when the first such program is compiled for it.
struct ForeignFunction {
  std::string name;
  std::string platform = "cpu";  // or "cuda", "rocm"
  pjrt::ffi::Bundle handlers = {};
  uint32_t traits = 0;
};
// Adding the same handlers again does nothing; other ones under a name in use
// are a ValueError.
void add_foreign_function(ForeignFunction);

// Asked for a function that a program calls and no one has added; adds it, and
// what comes with it, if it knows it. Python's gets LAPACK from jaxlib.
using ForeignFunctionLoader = void (*)(std::string_view name, std::string_view platform);
void set_foreign_function_loader(ForeignFunctionLoader);

// Makes the foreign functions that a module calls known to the client's plugin.
// Throws a RuntimeError that names the first one that is missing.
void provide_foreign_functions(std::string_view module_text, const pjrt::Client&);

}  // namespace covector::runtime

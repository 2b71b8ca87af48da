#pragma once

#include <string>

#include "covector/base/ref.h"

namespace covector::hlo {

// Functions that were written elsewhere and that a module's text calls by name. A rule
// hands them over by Builder::keep; make_module adds the text, once for each name.
struct ForeignFunctions : RefCounted {
  std::string name;  // of what the functions belong to
  std::string text;  // complete `func.func private` operations
};

}  // namespace covector::hlo

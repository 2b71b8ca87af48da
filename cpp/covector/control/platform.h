#pragma once

#include <string_view>

#include "covector/core/primitive.h"

namespace covector {

// Which of several branches is for a platform. `platforms` has for each a tuple of
// names, or None if it is for any. Throws NotImplemented if none is.
size_t branch_for(const Param& platforms, std::string_view platform);
// That index, known when the program is lowered.
Value platform_index(const Param& platforms);

}  // namespace covector

#pragma once

// Private to key_reuse.

#include "covector/control/key_reuse.h"

namespace covector::key_reuse {

// Raises KeyAssertionError if the operation is an assertion that does not hold.
void check_asserted(const Op&, const Elements& consumed);

}  // namespace covector::key_reuse

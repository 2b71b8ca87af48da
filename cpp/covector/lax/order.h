#pragma once

// What selections of the greatest elements share.

#include "covector/lax/lax.h"

namespace covector::rules {

// Picks along one axis, for each position of the indices in all the others.
Value take_along(const Value& x, const Value& indices, int64_t axis);
Values top_k(const Value& x, int64_t k, int64_t axis);

}  // namespace covector::rules

#pragma once

#include <string_view>

#include "covector/base/small_vector.h"

namespace covector {

// A kind of side effect. One object for each kind, of static storage. An
// equation that has effects is never removed, unless all are removable, and the
// equations of an ordered effect keep their order (by a token threaded through
// the lowered program).
struct Effect {
  std::string_view name;
  bool ordered = false;
  // No effect on the world: it only tells transformations what is inside.
  bool removable = false;
};

// References are read, or made, or held inside; and are written.
extern const Effect kReferences, kWritesReference;

using Effects = SmallVector<const Effect*, 1>;  // sorted by address, no doubles

// Adds `more` to `to`, keeping it sorted and unique.
void merge_effects(Effects& to, const Effects& more);

// Whether a program must run for the sake of these.
bool must_happen(const Effects&);

}  // namespace covector

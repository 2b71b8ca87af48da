#include "covector/core/effects.h"

#include <algorithm>
#include <functional>

namespace covector {

const Effect kReferences{.name = "references", .removable = true};
const Effect kWritesReference{.name = "writes a reference"};

void merge_effects(Effects& to, const Effects& more) {
  for (const Effect* e : more) {
    auto* at = std::lower_bound(to.begin(), to.end(), e, std::less<>());
    if (at == to.end() || *at != e) to.insert(at, e);
  }
}

bool must_happen(const Effects& effects) {
  return std::any_of(effects.begin(), effects.end(), [](const Effect* e) { return !e->removable; });
}

}  // namespace covector

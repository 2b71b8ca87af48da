#include "covector/base/blocking.h"

namespace covector {
namespace {
BlockingHooks hooks;
}

// Installed once, before the first call that blocks.
void set_blocking_hooks(BlockingHooks h) { hooks = h; }
const BlockingHooks& blocking_hooks() { return hooks; }

}  // namespace covector

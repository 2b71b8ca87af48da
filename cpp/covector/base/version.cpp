#include "covector/base/version.h"

namespace covector {

const char* version() noexcept { return COVECTOR_VERSION; }

}  // namespace covector

#pragma once

#include <string>

namespace covector::pjrt {

// Sets, where unset, the environment variables that a plugin reads while it is
// loaded: TF_CPP_MIN_LOG_LEVEL=2 (no informational lines on stderr) and, for
// libtpu away from a TPU VM, TPU_SKIP_MDS_QUERY=1 (without it libtpu asks the
// metadata server of Google Cloud for minutes).
void prepare_environment(const std::string& plugin_path);

}  // namespace covector::pjrt

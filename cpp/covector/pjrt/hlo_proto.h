#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "covector/pjrt/executable.h"

namespace covector::pjrt {

// The entry parameters of an HloModuleProto ("hlo") or HloModuleProtoWithConfig
// ("hlo_with_config"). Nothing for other formats, for parameters that are not
// arrays, and for bytes that are not such a message.
std::optional<std::vector<ParameterSpec>> read_parameters(const Program& program);

}  // namespace covector::pjrt

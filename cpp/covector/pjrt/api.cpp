#include "covector/pjrt/api.h"

#include <string>

namespace covector::pjrt {

namespace {

std::string_view function_name(std::string_view signature) {
  constexpr std::string_view kPrefix = "PJRT_Api::";
  size_t at = signature.find(kPrefix);
  if (at == std::string_view::npos) return "a function";
  std::string_view rest = signature.substr(at + kPrefix.size());
  return rest.substr(0, rest.find_first_of(";], )"));
}

}  // namespace

void raise_missing_function(const PJRT_Api* api, std::string_view signature) {
  throw DeviceError(
      str("UNIMPLEMENTED: the plugin (PJRT ", api->pjrt_api_version.major_version, ".",
          api->pjrt_api_version.minor_version, ") does not provide ", function_name(signature)),
      static_cast<int>(ErrorCode::kUnimplemented));
}

}  // namespace covector::pjrt

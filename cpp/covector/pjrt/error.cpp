#include "covector/pjrt/error.h"

#include <array>

#include "covector/pjrt/api.h"

namespace covector::pjrt {

std::string_view error_code_name(ErrorCode code) {
  static constexpr std::array<std::string_view, 17> kNames = {"OK",
                                                              "CANCELLED",
                                                              "UNKNOWN",
                                                              "INVALID_ARGUMENT",
                                                              "DEADLINE_EXCEEDED",
                                                              "NOT_FOUND",
                                                              "ALREADY_EXISTS",
                                                              "PERMISSION_DENIED",
                                                              "RESOURCE_EXHAUSTED",
                                                              "FAILED_PRECONDITION",
                                                              "ABORTED",
                                                              "OUT_OF_RANGE",
                                                              "UNIMPLEMENTED",
                                                              "INTERNAL",
                                                              "UNAVAILABLE",
                                                              "DATA_LOSS",
                                                              "UNAUTHENTICATED"};
  auto i = static_cast<size_t>(code);
  return i < kNames.size() ? kNames[i] : "UNKNOWN";
}

void ErrorReport::raise() const {
  throw DeviceError(str(error_code_name(code), ": ", message), static_cast<int>(code));
}

ErrorReport take_error(const PJRT_Api* api, PJRT_Error* error) {
  if (!error) return {};
  ErrorReport report{ErrorCode::kUnknown, {}};
  Args<PJRT_Error_Message_Args> text;
  text.error = error;
  api->PJRT_Error_Message(&text);
  report.message.assign(text.message, text.message_size);
  Args<PJRT_Error_GetCode_Args> code;
  code.error = error;
  if (PJRT_Error* second = api->PJRT_Error_GetCode(&code))
    discard_error(api, second);
  else
    report.code = static_cast<ErrorCode>(number_of(code.code));
  discard_error(api, error);
  return report;
}

void discard_error(const PJRT_Api* api, PJRT_Error* error) noexcept {
  if (!error) return;
  Args<PJRT_Error_Destroy_Args> args;
  args.error = error;
  api->PJRT_Error_Destroy(&args);
}

void raise_error(const PJRT_Api* api, PJRT_Error* error) { take_error(api, error).raise(); }

}  // namespace covector::pjrt

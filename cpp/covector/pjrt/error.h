#pragma once

#include <string>
#include <string_view>

#include "covector/base/error.h"
#include "covector/pjrt/c_types.h"

namespace covector::pjrt {

// The codes of PJRT_Error_Code, by number.
enum class ErrorCode : int {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

// "INVALID_ARGUMENT" and so on; "UNKNOWN" for a number the API does not define.
std::string_view error_code_name(ErrorCode code);

// What a PJRT_Error said, outliving it.
struct ErrorReport {
  ErrorCode code = ErrorCode::kOk;
  std::string message;

  bool ok() const noexcept { return code == ErrorCode::kOk; }
  // Throws a DeviceError whose text is "CODE_NAME: message".
  [[noreturn]] void raise() const;
};

// Copies code and text of `error` and frees it; a null error is ok.
ErrorReport take_error(const PJRT_Api* api, PJRT_Error* error);

// Frees `error` unread: for destructors, which have nobody to tell.
void discard_error(const PJRT_Api* api, PJRT_Error* error) noexcept;

[[noreturn]] void raise_error(const PJRT_Api* api, PJRT_Error* error);

// Every call into a plugin ends here: no error, or a DeviceError.
inline void check(const PJRT_Api* api, PJRT_Error* error) {
  if (error) [[unlikely]]
    raise_error(api, error);
}

}  // namespace covector::pjrt

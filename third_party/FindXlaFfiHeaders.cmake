# XlaFfi::headers: the directory of xla/ffi/api/c_api.h, which the jaxlib wheel carries.
# Set XLA_FFI_INCLUDE_DIR to use another copy of the headers.
include("${CMAKE_CURRENT_LIST_DIR}/WheelInclude.cmake")
wheel_include_dir(wheel_dir jaxlib)
find_path(XLA_FFI_INCLUDE_DIR xla/ffi/api/c_api.h HINTS "${wheel_dir}")
mark_as_advanced(XLA_FFI_INCLUDE_DIR)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  XlaFfiHeaders REQUIRED_VARS XLA_FFI_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "pip install jaxlib, or set XLA_FFI_INCLUDE_DIR")
if(XlaFfiHeaders_FOUND AND NOT TARGET XlaFfi::headers)
  add_library(XlaFfi::headers INTERFACE IMPORTED)
  target_include_directories(XlaFfi::headers SYSTEM INTERFACE "${XLA_FFI_INCLUDE_DIR}")
endif()

# Pjrt::headers: the directory of pjrt_c_api.h, which the xla-cpu-pjrt wheel carries.
# Set PJRT_INCLUDE_DIR to use another copy of the header.
include("${CMAKE_CURRENT_LIST_DIR}/WheelInclude.cmake")
wheel_include_dir(wheel_dir xla_plugins.xla_cpu_pjrt)
find_path(PJRT_INCLUDE_DIR pjrt_c_api.h HINTS "${wheel_dir}")
mark_as_advanced(PJRT_INCLUDE_DIR)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  PjrtHeaders REQUIRED_VARS PJRT_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "pip install xla-cpu-pjrt, or set PJRT_INCLUDE_DIR")
if(PjrtHeaders_FOUND AND NOT TARGET Pjrt::headers)
  add_library(Pjrt::headers INTERFACE IMPORTED)
  target_include_directories(Pjrt::headers SYSTEM INTERFACE "${PJRT_INCLUDE_DIR}")
endif()

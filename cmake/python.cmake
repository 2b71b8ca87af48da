# covector._core: the only code that includes Python.h.
file(GLOB_RECURSE binding_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/python/bindings/*.cpp")
if(binding_sources)
  # pybind11 comes from its wheel, if the caller did not say where it is.
  if(NOT pybind11_DIR)
    execute_process(
      COMMAND "${Python_EXECUTABLE}" -m pybind11 --cmakedir
      OUTPUT_VARIABLE pybind11_wheel_dir OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    list(APPEND CMAKE_PREFIX_PATH "${pybind11_wheel_dir}")
  endif()
  find_package(pybind11 3 CONFIG REQUIRED)

  # NO_EXTRAS: no LTO and no strip behind our back; the hot code is in libcovector.
  pybind11_add_module(_core MODULE NO_EXTRAS ${binding_sources})
  target_include_directories(_core PRIVATE "${PROJECT_SOURCE_DIR}/python")
  target_link_libraries(_core PRIVATE covector covector_warnings)
  set_target_properties(
    _core
    PROPERTIES CXX_VISIBILITY_PRESET hidden
               INSTALL_RPATH "$ORIGIN/lib"
               BUILD_RPATH "$ORIGIN/lib"
               BUILD_RPATH_USE_ORIGIN ON)
  if(COVECTOR_IN_PLACE)
    set_target_properties(
      _core PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${PROJECT_SOURCE_DIR}/python/covector")
  endif()
endif()

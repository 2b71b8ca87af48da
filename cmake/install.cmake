# The wheel's layout; relocatable, so that an embedder finds it wherever pip put it:
#   covector/_core*.so  covector/lib/libcovector.so  covector/include/covector/**
#   covector/lib/cmake/covector/
# Without Python the same files go below the prefix itself.
include(CMakePackageConfigHelpers)
if(COVECTOR_BUILD_PYTHON)
  set(root covector)
else()
  set(root .)
endif()
set(cmake_dir "${root}/lib/cmake/covector")

install(TARGETS covector EXPORT covectorTargets LIBRARY DESTINATION "${root}/lib"
        INCLUDES DESTINATION "${root}/include")
if(TARGET _core)
  install(TARGETS _core LIBRARY DESTINATION "${root}")
endif()
install(DIRECTORY "${PROJECT_SOURCE_DIR}/cpp/covector" DESTINATION "${root}/include"
        FILES_MATCHING PATTERN "*.h")

configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/covectorConfig.cmake.in" "${PROJECT_BINARY_DIR}/covectorConfig.cmake"
  INSTALL_DESTINATION "${cmake_dir}")
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/covectorConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(EXPORT covectorTargets NAMESPACE covector:: DESTINATION "${cmake_dir}")
install(FILES "${PROJECT_BINARY_DIR}/covectorConfig.cmake"
              "${PROJECT_BINARY_DIR}/covectorConfigVersion.cmake" DESTINATION "${cmake_dir}")

# An in-place build can be embedded too: the same config, targets of the build tree.
if(COVECTOR_IN_PLACE)
  set(in_place_dir "${PROJECT_SOURCE_DIR}/python/covector/lib/cmake/covector")
  export(EXPORT covectorTargets NAMESPACE covector:: FILE "${in_place_dir}/covectorTargets.cmake")
  file(COPY "${PROJECT_BINARY_DIR}/covectorConfig.cmake"
            "${PROJECT_BINARY_DIR}/covectorConfigVersion.cmake" DESTINATION "${in_place_dir}")
endif()

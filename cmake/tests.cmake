# cpp_tests: every tests/cpp/**/*_test.cpp in one GoogleTest program, with the *_testing.cpp
# that they share.
enable_testing()
file(GLOB_RECURSE test_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/cpp/*_test.cpp"
     "${PROJECT_SOURCE_DIR}/tests/cpp/*_testing.cpp")
find_package(GTest REQUIRED) # Debian: libgtest-dev
find_package(XlaFfiHeaders QUIET) # what pjrt/ffi_abi.h is compared with, where it is installed
find_file(COVECTOR_CPU_PLUGIN xla_cpu_pjrt.so PATHS "${PJRT_INCLUDE_DIR}/.." NO_DEFAULT_PATH)

# A plugin with faults that real ones do not have.
add_library(fake_plugin MODULE "${PROJECT_SOURCE_DIR}/tests/cpp/pjrt/fake_plugin.cpp")
target_link_libraries(fake_plugin PRIVATE Pjrt::headers covector_warnings ${CMAKE_DL_LIBS})

add_executable(cpp_tests ${test_sources})
add_dependencies(cpp_tests fake_plugin)
target_include_directories(cpp_tests PRIVATE "${PROJECT_SOURCE_DIR}/tests/cpp")
target_compile_definitions(
  cpp_tests PRIVATE COVECTOR_TEST_CPU_PLUGIN="${COVECTOR_CPU_PLUGIN}"
                    COVECTOR_TEST_FAKE_PLUGIN="$<TARGET_FILE:fake_plugin>")
target_link_libraries(cpp_tests PRIVATE covector covector_warnings Pjrt::headers GTest::gtest_main)
if(TARGET XlaFfi::headers)
  target_link_libraries(cpp_tests PRIVATE XlaFfi::headers)
endif()

include(GoogleTest)
# PRE_TEST: a test program that needs a plugin must not run while it is linked.
gtest_discover_tests(cpp_tests DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60)

# cpp_tests: every tests/cpp/**/*_test.cpp in one GoogleTest program.
enable_testing()
file(GLOB_RECURSE test_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/cpp/*_test.cpp"
     "${PROJECT_SOURCE_DIR}/tests/cpp/*_testing.cpp")
if(test_sources)
  find_package(GTest REQUIRED) # Debian: libgtest-dev
  find_package(XlaFfiHeaders QUIET) # what pjrt/ffi_abi.h is compared with, where it is installed
  add_executable(cpp_tests ${test_sources})
  target_include_directories(cpp_tests PRIVATE "${PROJECT_SOURCE_DIR}/tests/cpp")
  target_link_libraries(cpp_tests PRIVATE covector covector_warnings Pjrt::headers GTest::gtest_main)
  if(TARGET XlaFfi::headers)
    target_link_libraries(cpp_tests PRIVATE XlaFfi::headers)
  endif()
  include(GoogleTest)
  # PRE_TEST: a test program that needs a plugin must not run while it is linked.
  gtest_discover_tests(cpp_tests DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60)
endif()

# libcovector.so: all of cpp/covector, no Python in it.
file(GLOB_RECURSE covector_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/cpp/covector/*.cpp")
add_library(covector SHARED ${covector_sources})
add_library(covector::covector ALIAS covector)

target_compile_features(covector PUBLIC cxx_std_20)
target_include_directories(
  covector PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/cpp>")
target_link_libraries(
  covector
  PUBLIC Threads::Threads
  PRIVATE ${CMAKE_DL_LIBS} $<BUILD_INTERFACE:covector_warnings> $<BUILD_INTERFACE:Pjrt::headers>)

# Exported names stay visible (an embedder and the extension use all of them),
# but calls within the library are direct and may be inlined.
target_compile_options(covector PRIVATE -fno-semantic-interposition)
target_link_options(
  covector
  PRIVATE -Wl,-Bsymbolic-functions
          # Nothing may be left open; sanitizers, though, leave their runtime to the program.
          $<$<CONFIG:Release>:-Wl,-z,defs>)

set_source_files_properties("${PROJECT_SOURCE_DIR}/cpp/covector/base/version.cpp"
                            PROPERTIES COMPILE_DEFINITIONS COVECTOR_VERSION="${PROJECT_VERSION}")

if(COVECTOR_IN_PLACE)
  set_target_properties(
    covector PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${PROJECT_SOURCE_DIR}/python/covector/lib")
endif()

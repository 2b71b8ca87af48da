# floor: what the plugin costs through the C API alone, for benchmarks/run.py.
find_file(COVECTOR_CPU_PLUGIN xla_cpu_pjrt.so PATHS "${PJRT_INCLUDE_DIR}/.." NO_DEFAULT_PATH)
add_executable(floor "${PROJECT_SOURCE_DIR}/benchmarks/floor.cpp")
target_compile_definitions(floor PRIVATE COVECTOR_CPU_PLUGIN="${COVECTOR_CPU_PLUGIN}")
target_link_libraries(floor PRIVATE covector covector_warnings Pjrt::headers)

#pragma once

#include <string>
#include <string_view>

#include "covector/pjrt/loaded_executable.h"
#include "covector/runtime/memory_maps.h"

namespace covector::runtime {

// Compiled programs of the process, found again by their text: a program that
// is traced a second time, from another function or after a cache of its own
// was dropped, is not compiled a second time. The least recently used ones go
// when the texts and the code together outgrow the bound, or where the process has
// mapped more than half of the pieces of memory that it may: see memory_maps.h. If
// that does not help, a RuntimeError comes before the process would end.
struct CompileRequest {
  std::string_view name;  // for logs
  std::string_view text;  // StableHLO
  const pjrt::Client* client = nullptr;
  pjrt::CompileOptions options;
};
Ref<pjrt::LoadedExecutable> compile(const CompileRequest&);

struct CompileCacheStats {
  int64_t hits = 0, misses = 0, entries = 0, bytes = 0;
  int64_t compile_ns = 0;
};
CompileCacheStats compile_cache_stats();
void set_compile_cache_bytes(int64_t);
void clear_compile_cache();

// Told of each compilation, e.g. to log it.
struct CompileEvent {
  std::string_view name;
  int64_t nanoseconds = 0;
  size_t text_bytes = 0;
};
using CompileListener = void (*)(const CompileEvent&);
void set_compile_listener(CompileListener);

// For tests: counts in the place of memory_maps; null is that again.
using MemoryMapCounter = MemoryMaps (*)();
void set_memory_map_counter(MemoryMapCounter);

// Asked before each compilation; it throws to refuse.
using CompileGuard = void (*)(std::string_view platform);
void set_compile_guard(CompileGuard);

}  // namespace covector::runtime

#pragma once

#include <cstdint>

namespace covector::runtime {

// Pieces of memory that the process has mapped, and how many it may (Linux:
// vm.max_map_count). The code of a program needs many, and compilers end the
// process where they get no more. Both are 0 where the system does not say.
struct MemoryMaps {
  int64_t used = 0, limit = 0;
};
MemoryMaps memory_maps();

}  // namespace covector::runtime

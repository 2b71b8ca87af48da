#include "covector/runtime/memory_maps.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>

namespace covector::runtime {
namespace {

// Calls f with each piece of the file; files of /proc can't be mapped and tell no size.
template <class F>
void for_each_piece(const char* path, F f) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path, "rb"), &std::fclose);
  if (!file) return;
  char piece[1 << 14];
  while (size_t n = std::fread(piece, 1, sizeof piece, file.get())) f(piece, piece + n);
}

}  // namespace

MemoryMaps memory_maps() {
  MemoryMaps m;
  for_each_piece("/proc/sys/vm/max_map_count",
                 [&](const char* begin, const char* end) { std::from_chars(begin, end, m.limit); });
  if (m.limit <= 0) return {};
  for_each_piece("/proc/self/maps", [&](const char* begin, const char* end) {
    m.used += std::count(begin, end, '\n');
  });
  return m;
}

}  // namespace covector::runtime

#include "covector/core/source_info.h"

#include <atomic>

#include "covector/base/error.h"

namespace covector {
namespace {
std::atomic<SourceProvider> provider{nullptr};
}

void set_source_provider(SourceProvider p) { provider.store(p, std::memory_order_relaxed); }

Source current_source() {
  SourceProvider p = provider.load(std::memory_order_relaxed);
  return p ? p() : nullptr;
}

std::string describe(Source s) {
  return s ? str(s->file, ":", s->line, " (", s->function, ")") : std::string();
}

}  // namespace covector

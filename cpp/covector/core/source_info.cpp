#include "covector/core/source_info.h"

#include <atomic>

#include "covector/base/error.h"
#include "covector/core/name_stack.h"
#include "covector/core/source_scope.h"

namespace covector {
namespace {
std::atomic<SourceProvider> provider{nullptr};
thread_local Source evaluated = nullptr;
}  // namespace

WithSource::WithSource(Source s) : previous_(evaluated) {
  if (s) evaluated = s;
}
WithSource::~WithSource() { evaluated = previous_; }

void set_source_provider(SourceProvider p) { provider.store(p, std::memory_order_relaxed); }

Source current_source() {
  if (evaluated) return in_scopes(evaluated);
  SourceProvider p = provider.load(std::memory_order_relaxed);
  return p ? in_scopes(p()) : nullptr;
}

std::string describe(Source s) {
  return s ? str(s->file, ":", s->line, " (", s->function, ")") : std::string();
}

}  // namespace covector

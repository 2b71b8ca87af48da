#include "covector/base/notice.h"

namespace covector {
namespace {
WarningHook hook = nullptr;
}

// Installed once, when the front end starts.
void set_warning_hook(WarningHook h) { hook = h; }

void warn(Warning kind, const std::string& text) {
  if (hook) hook(kind, text);
}

}  // namespace covector

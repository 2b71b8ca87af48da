#include "tracing_checks.h"

#include <pybind11/stl.h>

#include <atomic>
#include <optional>
#include <string>

#include "covector/core/leaks.h"

namespace covector::bindings {
namespace {

// A flag for all threads, and for one of them while it is held there.
struct Flag {
  std::atomic<bool> global{false};
  bool value(const std::optional<bool>& own) const {
    return own.value_or(global.load(std::memory_order_relaxed));
  }
};
Flag leaks, no_tracing;
thread_local std::optional<bool> own_leaks, own_no_tracing;

// Tracers whose Python objects are garbage but not yet collected are no leaks.
void find_leak(const Trace& t, uint32_t expected) {
  if (!leaks.value(own_leaks)) return;
  py::gil_scoped_acquire gil;
  py::module_::import("gc").attr("collect")();
  if (t.use_count() <= expected) return;
  std::string kind(t.kind());
  kind[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(kind[0])));
  fail<UnexpectedTracerError>(
      "Leaked trace ", kind, "Trace: a function that was transformed by ", t.kind(),
      t.origin.empty() ? "" : " at ", t.origin,
      " has returned, but values that it computed are still referred to, by a global variable, an "
      "attribute or an enclosing scope. Return them as results instead.");
}

void set(Flag& flag, std::optional<bool>& own, std::optional<bool> value, bool only_thread) {
  if (only_thread)
    own = value;
  else
    flag.global = value.value_or(false);
}

}  // namespace

void require_tracing(const JitSpec& spec) {
  require<RuntimeError>(!no_tracing.value(own_no_tracing), "re-tracing function ", spec.name,
                        " for `jit`, but 'no_tracing' is set");
}

void register_tracing_checks(py::module_& m) {
  set_leak_check(find_leak);
  // None for a thread gives its own value up.
  m.def(
      "set_leak_checking",
      [](std::optional<bool> value, bool only_thread) {
        set(leaks, own_leaks, value, only_thread);
      },
      py::arg("value"), py::arg("only_thread"));
  m.def(
      "set_no_tracing",
      [](std::optional<bool> value, bool only_thread) {
        set(no_tracing, own_no_tracing, value, only_thread);
      },
      py::arg("value"), py::arg("only_thread"));
}

}  // namespace covector::bindings

#include "tracer_text.h"

#include "covector/core/source_info.h"
#include "covector/core/stage.h"
#include "covector/core/trace.h"

namespace covector::bindings {

std::string long_text(const Aval& a) {
  std::string s(a.dtype()->name);
  s += '[';
  for (int64_t i = 0; i < a.rank(); ++i) s += str(i ? "," : "", a.dim(i));
  return s + ']';
}

std::string tracer_history(const Value& v) {
  const Tracer* t = v.tracer();
  if (!t) return {};
  const Trace& trace = *t->trace;
  std::string s =
      str("\nThe value is not known to Python, because it is traced for ", trace.kind());
  if (!trace.origin.empty()) s += " of " + trace.origin;
  s += '.';
  auto* jaxpr = dynamic_cast<const JaxprTrace*>(&trace);
  Source made = jaxpr ? jaxpr->source_of(v) : nullptr;
  if (made) s += str(" It was computed at ", describe(made), '.');
  if (Source now = current_source()) s += str(" It was asked for at ", describe(now), '.');
  return s;
}

}  // namespace covector::bindings

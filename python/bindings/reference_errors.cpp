#include "reference_errors.h"

#include <algorithm>

#include "covector/core/reference.h"
#include "covector/core/source_info.h"

namespace covector::bindings {
namespace {

// <lambda> at program.py:7 traced for jit
std::string function_text(const ClosedJaxpr& c) {
  const DebugInfo* d = c.jaxpr->debug.get();
  if (!d) return "<unknown>";
  return d->file.empty() ? d->function : str(d->function, " at ", d->file, ":", d->line);
}

// Where the reference comes from.
std::string origin_text(const Jaxpr& j, VarId v, const InputName& name) {
  auto input = std::find(j.invars.begin(), j.invars.end(), v);
  if (input != j.invars.end())
    return str("The returned mutable array was passed in as the argument ",
               name(static_cast<size_t>(input - j.invars.begin())), ".");
  for (const Eqn& e : j.eqns)
    if (std::find(e.out.begin(), e.out.end(), v) != e.out.end())
      return str("The returned mutable array was created on line ", describe(e.source), ".");
  return "The returned mutable array was closed over.";
}

}  // namespace

void refuse_returned_references(const ClosedJaxpr& c, std::string_view kind,
                                const InputName& name) {
  const Jaxpr& j = *c.jaxpr;
  for (const Atom& a : j.outs) {
    if (a.literal || !j.vars[a.var].is_reference()) continue;
    fail<ValueError>("function ", function_text(c), " traced for ", kind,
                     " returned a mutable array reference of type ", j.vars[a.var],
                     ", but mutable array references cannot be returned.\n\n",
                     origin_text(j, a.var, name));
  }
}

void refuse_aliased_references(const ClosedJaxpr& c, Args arguments, std::string_view kind,
                               const InputName& name) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    const Value& v = arguments[i];
    if (!is_reference(v)) continue;
    for (size_t k = i + 1; k < arguments.size(); ++k)
      require<ValueError>(
          !(arguments[k] == v),
          "only one reference to a mutable array may be passed as an argument to a function, but "
          "when tracing ",
          function_text(c), " for ", kind, " the mutable array reference of type ", v.aval(),
          " appeared at both ", name(i), " and ", name(k), ".");
    require<ValueError>(std::find(c.consts.begin(), c.consts.end(), v) == c.consts.end(),
                        "when tracing ", function_text(c), " for ", kind,
                        ", a mutable array reference of type ", v.aval(),
                        " was both closed over and passed as the argument ", name(i));
  }
}

}  // namespace covector::bindings

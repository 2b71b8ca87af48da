// Names of values, for policies of rematerialization.

#include "covector/lax/name.h"

#include "covector/lax/rules.h"

namespace covector {

const Primitive name_p{{
    .name = "name",
    .abstract_eval = [](const Op&, AvalSpan in) { return Avals{in[0]}; },
    // Only the value has the name: its tangent is no candidate for being saved.
    .jvp = [](const Op& op, Args primals, Args tangents) -> JvpOut {
      return {op.bind(primals), {tangents[0]}};
    },
    .transpose = [](const Op&, Args cts, TransposeArgs) { return Values{cts[0]}; },
    .batch = [](const Op& op, const AxisData&, Args in, const MappedAxes& axes) -> BatchOut {
      return {op.bind(in), axes};
    },
    .lower = [](const Op&, hlo::Builder&, hlo::Operands in,
                AvalSpan) { return hlo::Results{in[0]}; },
    .eager = [](const Op&, Args in) { return Values{in[0]}; },
}};

Value checkpoint_name(const Value& x, std::string name) {
  return name_p.with(NameParams{std::move(name)}).bind1({x});
}

}  // namespace covector

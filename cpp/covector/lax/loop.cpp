#include "covector/lax/loop.h"

#include "covector/core/stage.h"

namespace covector::rules {

namespace {

Avals avals_of(hlo::Operands xs) {
  Avals r;
  for (const hlo::Operand& x : xs) r.push_back(x.aval);
  return r;
}

}  // namespace

hlo::Results lower_fun(hlo::Builder& b, const Fun& f, hlo::Operands in) {
  return b.inline_jaxpr(stage(f, avals_of(in)), in);
}

hlo::Results lower_while(hlo::Builder& b, const Fun& condition, const Fun& body,
                         hlo::Operands state) {
  Avals avals = avals_of(state);
  auto region = [&](const Fun& f) {
    return hlo::Region{avals,
                       [&f](hlo::Builder& r, hlo::Operands a) { return lower_fun(r, f, a); }};
  };
  const hlo::Region regions[2] = {region(condition), region(body)};
  return b.region_op("while", state, avals, regions);
}

hlo::Results working_operands(hlo::Builder& b, hlo::Operands in, const Aval& out) {
  DType d = out.dtype() == kFloat64 ? kFloat64 : kFloat32;
  hlo::Results r;
  for (const hlo::Operand& x : in) r.push_back(b.convert(b.broadcast_to(x, out.shape()), d));
  return r;
}

}  // namespace covector::rules

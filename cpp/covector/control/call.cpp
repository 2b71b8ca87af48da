// `jit` inside a transformation: a call of a staged function.

#include "covector/control/control.h"
#include "covector/control/inner_call.h"
#include "covector/control/reference.h"
#include "covector/hlo/builder.h"
#include "covector/lax/lax.h"
#include "covector/transforms/transforms.h"

namespace covector {

void CallParams::fields(FieldVisitor& f) const {
  f("name", std::string_view(name));
  f("jaxpr", &jaxpr);
  f.maybe(inline_, "inline", inline_);
  f.maybe(keep_unused, "keep_unused", keep_unused);
  Param donated_invars(Param::Tuple{});
  auto& items = std::get<Param::Tuple>(donated_invars.v).items;
  for (size_t i = 0; i < jaxpr.jaxpr->invars.size(); ++i)
    items.emplace_back(i < donated.size() && donated[i]);
  f.maybe(!donated.empty(), "donated_invars", &donated_invars);
}

namespace {

Op with_jaxpr(const Op& op, ClosedJaxpr jaxpr) {
  CallParams p = op.get<CallParams>();
  p.jaxpr = std::move(jaxpr);
  p.donated.clear();  // the operands are others now
  return op.prim->with(std::move(p));
}

inner_call::Call call_of(const Op& op) {
  return {op.get<CallParams>().jaxpr, [op](ClosedJaxpr j) { return with_jaxpr(op, std::move(j)); }};
}

// Under a transformation what is inside of the function is transformed as it is: its rules know
// what to do with references, and functions with rules of their own keep those.
Values call_discharged(const Op& op, Args in) {
  if (!is_eager() && !current_trace().records()) return eval_jaxpr(op.get<CallParams>().jaxpr, in);
  return inner_call::discharge(call_of(op), in);
}

}  // namespace

const Primitive jit_p{{
    .name = "jit",
    .multiple_results = true,
    .abstract_eval =
        [](const Op& op, AvalSpan in) {
          return inner_call::abstract_eval(op, op.get<CallParams>().jaxpr, in);
        },
    .jvp = [](const Op& op, Args primals,
              Args tangents) { return inner_call::jvp(call_of(op), primals, tangents); },
    .linearize =
        [](const Op& op, Args primals, const Mask& nonzero) {
          return inner_call::linearize(call_of(op), primals, nonzero);
        },
    .transpose = [](const Op& op, Args cts,
                    TransposeArgs args) { return inner_call::transpose(call_of(op), cts, args); },
    .batch = [](const Op& op, const AxisData& axis, Args in,
                const MappedAxes& axes) { return inner_call::batch(call_of(op), axis, in, axes); },
    .lower =
        [](const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan) {
          const CallParams& p = op.get<CallParams>();
          return b.call(p.name, p.jaxpr, in);
        },
    .dce = [](const Op& op, const Mask& used) { return inner_call::dce(call_of(op), used); },
    .physical =
        [](const Op& op, Args in) {
          return with_jaxpr(op, physicalize(op.get<CallParams>().jaxpr)).bind(in);
        },
    .effects = [](const Op& op) { return op.get<CallParams>().jaxpr.jaxpr->effects; },
    .takes_references = true,
    .discharge = call_discharged,
}};

Values call(const CallParams& p, Args args) {
  if (p.inline_) return eval_jaxpr(p.jaxpr, args);
  return jit_p.with(p).bind(args);
}

}  // namespace covector

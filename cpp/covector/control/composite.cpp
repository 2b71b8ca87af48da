// An operation that is named for compilers and defined by a jaxpr.

#include "covector/control/composite.h"

#include "covector/hlo/builder.h"
#include "covector/lax/lax.h"
#include "covector/transforms/transforms.h"

namespace covector {

void CompositeParams::fields(FieldVisitor& f) const {
  f("attributes", &attributes);
  f("jaxpr", &jaxpr);
  f("name", std::string_view(name));
  f("version", version);
}

namespace {

Op with_jaxpr(const Op& op, ClosedJaxpr jaxpr) {
  CompositeParams p = op.get<CompositeParams>();
  p.jaxpr = std::move(jaxpr);
  return op.prim->with(std::move(p));
}

Avals composite_aval(const Op& op, AvalSpan in) {
  auto& p = op.get<CompositeParams>();
  const Jaxpr& j = *p.jaxpr.jaxpr;
  require<TypeError>(in.size() == j.invars.size(), "composite ", p.name, ": called with ",
                     in.size(), " operands, its jaxpr takes ", j.invars.size());
  for (size_t i = 0; i < in.size(); ++i)
    require<TypeError>(in[i].same_type(j.vars[j.invars[i]]), "composite ", p.name, ": operand ", i,
                       " has type ", in[i], ", its jaxpr takes ", j.vars[j.invars[i]]);
  return p.jaxpr.out_avals();
}

BatchOut composite_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  auto& p = op.get<CompositeParams>();
  Mask mapped;
  Values moved;
  for (size_t i = 0; i < in.size(); ++i) {
    mapped.push_back(axes[i] != kUnmapped);
    moved.push_back(mapped[i] ? move_axis(in[i], axes[i], 0) : in[i]);
  }
  auto j = batch_jaxpr(p.jaxpr, axis, mapped, Mask(p.jaxpr.jaxpr->outs.size(), false));
  BatchOut r{with_jaxpr(op, j->jaxpr).bind(moved), {}};
  for (bool m : j->mapped_out) r.axes.push_back(m ? 0 : kUnmapped);
  return r;
}

const Primitive composite_p{{
    .name = "composite",
    .multiple_results = true,
    .abstract_eval = composite_aval,
    .jvp = [](const Op&, Args, Args) -> JvpOut {
      fail<ValueError>("JVP rule for composite not implemented. Use custom_jvp to give one.");
    },
    .batch = composite_batch,
    // Compilers that know the name read it off the function's.
    .lower =
        [](const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan) {
          auto& p = op.get<CompositeParams>();
          return b.call(p.name, p.jaxpr, in);
        },
    .physical =
        [](const Op& op, Args in) {
          return with_jaxpr(op, physicalize(op.get<CompositeParams>().jaxpr)).bind(in);
        },
    .effects = [](const Op& op) { return op.get<CompositeParams>().jaxpr.jaxpr->effects; },
    .eager = [](const Op& op,
                Args arrays) { return eval_jaxpr(op.get<CompositeParams>().jaxpr, arrays); },
}};

}  // namespace

Values composite(const CompositeParams& p, Args args) { return composite_p.with(p).bind(args); }

}  // namespace covector

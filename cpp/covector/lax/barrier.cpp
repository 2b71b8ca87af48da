// Operations that say something to the compiler and compute nothing.

#include "covector/lax/rules.h"

namespace covector {

using namespace rules;

namespace {

// optimization_barrier -----------------------------------------------------------------

Values instantiated(Args xs, AvalSpan avals) {
  Values r;
  for (size_t i = 0; i < xs.size(); ++i) r.push_back(instantiate(xs[i], avals[i]));
  return r;
}

JvpOut barrier_jvp(const Op& op, Args primals, Args tangents) {
  Values t, out = op.bind(primals);
  for (size_t i = 0; i < tangents.size(); ++i)
    if (tangents[i]) t.push_back(tangents[i]);
  if (!t.empty()) t = op.bind(t);
  Values result;
  size_t k = 0;
  for (const Value& x : tangents) result.push_back(x ? t[k++] : Value());
  return {std::move(out), std::move(result)};
}

Values barrier_transpose(const Op& op, Args cts, TransposeArgs in) {
  Avals avals;
  for (const TransposeArg& a : in) avals.push_back(a.aval);
  return op.bind(instantiated(cts, avals));
}

const Primitive optimization_barrier_p{{
    .name = "optimization_barrier",
    .multiple_results = true,
    .abstract_eval = [](const Op&, AvalSpan in) -> Avals { return Avals(in.begin(), in.end()); },
    .jvp = barrier_jvp,
    .transpose = barrier_transpose,
    .batch = [](const Op& op, const AxisData&, Args in, const MappedAxes& axes) -> BatchOut {
      return {op.bind(in), axes};
    },
    .lower = [](const Op&, hlo::Builder& b, hlo::Operands in, AvalSpan out) -> hlo::Results {
      return in.empty() ? hlo::Results() : b.op_n("optimization_barrier", in, out);
    },
    .eager = [](const Op&, Args arrays) { return Values(arrays.begin(), arrays.end()); },
    .function = {.signature = "operands",
                 .doc = R"(The operands, of which the compiler learns nothing.

Args:
  operands: a sequence of arrays.

Returns:
  A list of the same arrays. What uses one of them is computed after all of
  them are, and is not merged with what computes them.)",
                 .call = [](const CallArgs& a) -> Values {
                   return optimization_barrier_p.op().bind(a.values(0));
                 },
                 .name = "_optimization_barrier"},
}};

// dce_sink -------------------------------------------------------------------------------

const Effect kNoDce{"NoDCE", false};

struct SinkParams {
  bool prevent_mlir_dce = false;
  void fields(FieldVisitor& f) const { f("prevent_mlir_dce", prevent_mlir_dce); }
  bool operator==(const SinkParams&) const = default;
};

const Primitive dce_sink_p{{
    .name = "dce_sink",
    .multiple_results = true,
    .abstract_eval = [](const Op&, AvalSpan) { return Avals(); },
    .jvp = [](const Op& op, Args primals, Args) -> JvpOut { return {op.bind(primals), {}}; },
    .transpose = [](const Op&, Args, TransposeArgs in) { return Values(in.size()); },
    .batch = [](const Op& op, const AxisData&, Args in, const MappedAxes&) -> BatchOut {
      return {op.bind(in), {}};
    },
    .lower = [](const Op&, hlo::Builder&, hlo::Operands, AvalSpan) { return hlo::Results(); },
    .effects = [](const Op&) { return Effects{&kNoDce}; },
    .eager = [](const Op&, Args) { return Values(); },
    .function = {.signature = "x, *, prevent_mlir_dce=False",
                 .doc = R"(Marks an array as used, so that tracing keeps what computes it.

Args:
  x: an array.
  prevent_mlir_dce: must be False: the compiler may still remove it.

Returns:
  An empty list.

Raises:
  NotImplementedError: the compiler is to keep it too.)",
                 .call = [](const CallArgs& a) -> Values {
                   bool prevent = a.boolean(1);
                   require<NotImplemented>(!prevent, "dce_sink: prevent_mlir_dce=True needs a ",
                                           "custom call that plugins do not have");
                   return dce_sink_p.with(SinkParams{prevent}).bind({a.value(0)});
                 },
                 .name = "_dce_sink"},
}};

}  // namespace

}  // namespace covector

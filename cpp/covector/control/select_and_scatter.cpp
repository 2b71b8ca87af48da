// Scatter to the elements that are selected in windows, by jaxprs.

#include "covector/control/windows.h"
#include "covector/lax/rules.h"

namespace covector {

using namespace rules;

namespace {

struct ScatterParams {
  ClosedJaxpr select, scatter;
  Windows windows;
  void fields(FieldVisitor& f) const {
    Param margins = param_of(windows.padding), none = Param::Tuple{};
    f("select_jaxpr", &select);
    f("select_consts", &none);  // constants are the jaxpr's own
    f("scatter_jaxpr", &scatter);
    f("scatter_consts", &none);
    f("window_dimensions", &windows.dimensions);
    f("window_strides", &windows.strides);
    f("padding", &margins);
  }
  bool operator==(const ScatterParams&) const = default;
};

void check_body(const char* name, const ClosedJaxpr& body, const Aval& in, const Aval& out) {
  Avals args = body.in_avals(), results = body.out_avals();
  require<TypeError>(args.size() == 2 && results.size() == 1 && args[0].same_type(in) &&
                         args[1].same_type(in) && results[0].same_type(out),
                     "select_and_scatter: ", name, " must take two scalars ", in, " and return ",
                     out);
}

Avals scatter_aval(const Op& op, AvalSpan in) {
  auto& p = op.get<ScatterParams>();
  const Aval &x = in[0], &source = in[1], &init = in[2];
  require_same_dtype(op, in);
  require<TypeError>(init.rank() == 0, "select_and_scatter: init_value must be a scalar, got ",
                     init);
  Aval scalar(x.dtype(), {});
  check_body("select", p.select, scalar, Aval(kBool, {}));
  check_body("scatter", p.scatter, scalar, scalar);
  Shape shape = windows_shape("select_and_scatter", x.shape(), p.windows);
  require<TypeError>(source.shape() == shape, "select_and_scatter: source must have the shape ",
                     shape, " of the windows over an operand of shape ", x.shape(), ", got ",
                     source.shape(), ".");
  return {Aval(x.dtype(), x.shape(), x.weak_type() && source.weak_type() && init.weak_type())};
}

BatchOut scatter_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  ScatterParams p = op.get<ScatterParams>();
  require<NotImplemented>(axes[2] == kUnmapped,
                          "select_and_scatter batching is not implemented for initial values");
  p.windows = with_axis(p.windows, 0);
  Value x = batch_to_front(in[0], axis.size, axes[0]);
  Value source = batch_to_front(in[1], axis.size, axes[1]);
  return {op.prim->with(std::move(p)).bind({x, source, in[2]}), {0}};
}

hlo::Results scatter_lower(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  auto& p = op.get<ScatterParams>();
  Aval scalar(out[0].dtype(), {});
  auto region = [&](const ClosedJaxpr& body) {
    require<NotImplemented>(body.jaxpr->effects.empty(),
                            "Cannot lower effectful `select_and_scatter`.");
    return hlo::Region{{scalar, scalar}, [&body](hlo::Builder& r, hlo::Operands a) {
                         return r.inline_jaxpr(body, a);
                       }};
  };
  if (out[0].rank() == 0)  // XLA has no windows without axes here
    return b.inline_jaxpr(p.scatter, hlo::Results{in[2], in[1]});
  hlo::Region regions[] = {region(p.select), region(p.scatter)};
  return b.region_op("select_and_scatter", in, out, regions, window_attrs(p.windows, false));
}

const Primitive select_and_scatter_p{{
    .name = "select_and_scatter",
    .abstract_eval = scatter_aval,
    .batch = scatter_batch,
    .lower = scatter_lower,
}};

}  // namespace

Value select_and_scatter(const Value& operand, const Value& source, const Value& init,
                         const ClosedJaxpr& select, const ClosedJaxpr& scatter, const Windows& w) {
  return select_and_scatter_p.with(ScatterParams{select, scatter, w})
      .bind1({operand, source, init});
}

}  // namespace covector

// Linear functions that bring their own transpose. The transpose of such a call
// is a call again, of the two with their places exchanged.

#include "covector/control/linear_call.h"

#include "covector/control/held.h"
#include "covector/hlo/builder.h"
#include "covector/lax/lax.h"
#include "covector/transforms/custom_rule.h"
#include "covector/transforms/transforms.h"

namespace covector {
namespace {

struct LinearCallParams {
  ClosedJaxpr callee;  // without constants
  Ref<const Held<Fun>> transpose;
  // Operands in which the function is not linear; those that it closed over lead,
  // and the transpose does not know them.
  int64_t num_callee_consts = 0, num_res = 0;

  size_t known() const { return static_cast<size_t>(num_callee_consts + num_res); }
  void fields(FieldVisitor& f) const {
    f("callee", &callee);
    f("num_callee_consts", num_callee_consts);
    f("num_res", num_res);
    Param shown{Ref<const HostObject>(transpose)};
    f("transpose_thunk", &shown);
  }
  bool operator==(const LinearCallParams&) const = default;
};

Op linear_op(const ClosedJaxpr& callee, Fun transpose, size_t consts, size_t residuals) {
  LinearCallParams p;
  p.callee = {consts_to_inputs(callee).jaxpr, {}};
  p.transpose = make_ref<const Held<Fun>>(std::move(transpose), "transpose");
  p.num_callee_consts = static_cast<int64_t>(consts);
  p.num_res = static_cast<int64_t>(residuals);
  return linear_call_p.with(std::move(p));
}

JvpOut linear_jvp(const Op& op, Args primals, Args tangents) {
  size_t n = op.get<LinearCallParams>().known();
  for (const Value& t : tangents.first(n))
    require<NotImplemented>(!t,
                            "linear_call: differentiation with respect to a residual, or to "
                            "a value that the function closes over, is not defined");
  Values in(primals.begin(), primals.begin() + n);
  for (size_t i = n; i < tangents.size(); ++i)
    in.push_back(instantiate(tangents[i], primals[i].aval()));
  return {op.bind(primals), op.bind(in)};
}

Values linear_transpose(const Op& op, Args cts, TransposeArgs args) {
  const auto& p = op.get<LinearCallParams>();
  auto consts = static_cast<size_t>(p.num_callee_consts);
  Avals outs = p.callee.out_avals(), avals;
  Values own, residuals, all_cts;
  for (size_t i = 0; i < p.known(); ++i) {
    invariant(!args[i].linear, "linear_call: a residual is linear");
    (i < consts ? own : residuals).push_back(args[i].value);
  }
  for (size_t i = 0; i < cts.size(); ++i) all_cts.push_back(instantiate(cts[i], outs[i]));
  for (const Value& v : residuals) avals.push_back(v.aval());
  for (const Value& v : all_cts) avals.push_back(v.aval());
  ClosedJaxpr transposed = stage(p.transpose->f, avals);
  Fun back = [own, callee = p.callee](Args a) {
    Values all = own;
    all.append(a);
    return eval_jaxpr(callee, all);
  };
  Values in = transposed.consts;
  size_t k = in.size();
  in.append(residuals);
  in.append(all_cts);
  Values r(p.known());
  r.append(linear_op(transposed, back, k, residuals.size()).bind(in));
  for (size_t i = p.known(); i < args.size(); ++i)
    require<TypeError>(r.size() == args.size() && r[i].shape() == args[i].aval.shape(),
                       "linear_call: the transpose must return values of the types of the linear "
                       "operands, got ",
                       r[i].aval(), " for ", args[i].aval);
  return r;
}

// All operands are mapped, so that the batched function and its transpose agree.
BatchOut linear_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  const auto& p = op.get<LinearCallParams>();
  Values front;
  for (size_t i = 0; i < in.size(); ++i) front.push_back(batch_to_front(in[i], axis.size, axes[i]));
  auto body =
      batch_jaxpr(p.callee, axis, Mask(in.size(), true), Mask(p.callee.jaxpr->outs.size(), true));
  auto consts = static_cast<size_t>(p.num_callee_consts);
  MappedAxes transpose_axes(
      in.size() - consts - (in.size() - p.known()) + p.callee.jaxpr->outs.size(), 0);
  Fun transpose = Batcher(axis).settled(p.transpose->f, transpose_axes);
  Op mapped = linear_op(body->jaxpr, std::move(transpose), consts, static_cast<size_t>(p.num_res));
  Values out = mapped.bind(front);
  MappedAxes out_axes(out.size(), 0);
  return {std::move(out), std::move(out_axes)};
}

}  // namespace

const Primitive linear_call_p{{
    .name = "linear_call",
    .multiple_results = true,
    .abstract_eval = [](const Op& op,
                        AvalSpan) { return op.get<LinearCallParams>().callee.out_avals(); },
    .jvp = linear_jvp,
    .transpose = linear_transpose,
    .batch = linear_batch,
    .lower = [](const Op& op, hlo::Builder& b, hlo::Operands in,
                AvalSpan) { return b.inline_jaxpr(op.get<LinearCallParams>().callee, in); },
    .physical =
        [](const Op& op, Args in) {
          return eval_jaxpr(physicalize(op.get<LinearCallParams>().callee), in);
        },
    .effects = [](const Op& op) { return op.get<LinearCallParams>().callee.jaxpr->effects; },
    .eager = [](const Op& op,
                Args in) { return eval_jaxpr(op.get<LinearCallParams>().callee, in); },
}};

Values linear_call(const ClosedJaxpr& callee, Fun transpose, Args residuals, Args linear) {
  Values in = callee.consts;
  size_t k = in.size();
  in.append(residuals);
  in.append(linear);
  return linear_op(callee, std::move(transpose), k, residuals.size()).bind(in);
}

}  // namespace covector

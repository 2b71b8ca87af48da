// Functions with a reverse-mode rule of their own. Differentiating one runs its
// forward rule, and stands for the derivative by an equation that only knows
// its transpose, the backward rule.

#include "covector/control/custom_vjp.h"

#include "covector/control/control.h"
#include "covector/control/held.h"
#include "covector/control/inner_call.h"
#include "covector/core/reference.h"
#include "covector/hlo/builder.h"
#include "covector/lax/lax.h"

namespace covector {
namespace {

using Backward = std::function<Values(Args residuals, Args cts)>;

// custom_lin: (residuals..., nonzero tangents...) -> tangents ---------------------

struct LinParams {
  Ref<const Held<Backward>> bwd;
  Mask in_zeros;  // of all operands of the function
  int64_t num_res = 0;
  bool symbolic_zeros = false;
  Avals out_avals;
  Mask out_exists;  // results that are integers have no tangent here

  void fields(FieldVisitor& f) const {
    Param function{Ref<const HostObject>(bwd)};
    f("bwd", &function);
    Param zeros(Param::Tuple{{}, true});
    for (bool z : in_zeros) std::get<Param::Tuple>(zeros.v).items.emplace_back(z);
    f("in_zeros", &zeros);
    f("num_res", num_res);
    f("symbolic_zeros", symbolic_zeros);
  }
  bool operator==(const LinParams&) const = default;
};

[[noreturn]] void forward_mode() {
  fail<TypeError>("can't apply forward-mode autodiff (jvp) to a custom_vjp function.");
}

Values lin_transpose(const Op& op, Args cts, TransposeArgs args) {
  const auto& p = op.get<LinParams>();
  auto n = static_cast<size_t>(p.num_res);
  Values residuals, all_cts;
  for (const TransposeArg& a : args.first(n)) {
    invariant(!a.linear, "custom_lin: a residual is linear");
    residuals.push_back(a.value);
  }
  size_t k = 0;
  for (bool exists : p.out_exists) all_cts.push_back(exists ? cts[k++] : Value());
  Values in_cts = p.bwd->f(residuals, all_cts);
  Values r(n);
  for (size_t i = 0; i < in_cts.size(); ++i)
    if (!p.in_zeros[i]) r.push_back(in_cts[i]);
  return r;
}

// The forward rule, and the derivative as an equation.
JvpOut differentiate(const CustomVjp::Forward& forward, const std::string& backward_name,
                     bool symbolic_zeros, Args primals, Args tangents) {
  Mask nonzero;
  for (const Value& t : tangents) nonzero.push_back(t && t.dtype() != kFloat0);
  VjpForward r = forward(primals, nonzero);
  LinParams p;
  p.bwd = make_ref<const Held<Backward>>(std::move(r.backward), backward_name);
  p.num_res = static_cast<int64_t>(r.residuals.size());
  p.symbolic_zeros = symbolic_zeros;
  Values operands = std::move(r.residuals);
  for (size_t i = 0; i < nonzero.size(); ++i) {
    p.in_zeros.push_back(!nonzero[i]);
    if (nonzero[i]) operands.push_back(tangents[i]);
  }
  for (const Value& v : r.primals) {
    Aval t = tangent_aval(v.aval());
    p.out_exists.push_back(t.dtype() != kFloat0);
    if (p.out_exists.back()) p.out_avals.push_back(t);
  }
  JvpOut out{std::move(r.primals), {}};
  Mask exists = p.out_exists;
  Values none(exists.size());
  bool any = static_cast<size_t>(p.num_res) < operands.size() && !p.out_avals.empty();
  out.tangents =
      any ? inner_call::spread(custom_lin_p.with(std::move(p)).bind(operands), exists) : none;
  return out;
}

// Backward rule of the batched function. A cotangent of an operand that is the
// same for the whole batch is the sum of those of its uses.
Backward batched_backward(Backward backward, const Batcher& batcher, MappedAxes in_axes,
                          MappedAxes residual_axes) {
  return [=](Args residuals, Args cts) {
    size_t n = residuals.size();
    Values args(residuals.begin(), residuals.end());
    MappedAxes axes = residual_axes;
    for (const Value& ct : cts) {
      args.push_back(ct);
      axes.push_back(ct ? batcher.result_axis() : kUnmapped);
    }
    auto run = [&](Args a) { return backward(a.first(n), a.subspan(n)); };
    BatchOut out = batcher(run, args, axes);
    for (size_t i = 0; i < out.values.size(); ++i) {
      Value& v = out.values[i];
      if (!v) continue;
      if (in_axes[i] != kUnmapped)
        v = move_axis(batch_to_front(v, batcher.axis().size, out.axes[i]), 0, in_axes[i]);
      else if (out.axes[i] != kUnmapped)
        v = reduce_sum(v, Axes{out.axes[i]});
    }
    return std::move(out.values);
  };
}

CustomVjp::Forward batched_forward(CustomVjp::Forward forward, const Batcher& batcher,
                                   const MappedAxes& axes) {
  return [=](Args primals, const Mask& nonzero) {
    size_t n = 0;
    Backward backward;
    auto run = [&](Args a) {
      VjpForward r = forward(a, nonzero);
      n = r.primals.size();
      backward = std::move(r.backward);
      Values all = std::move(r.primals);
      all.append(r.residuals);
      return all;
    };
    BatchOut out = batcher(run, primals, axes);
    VjpForward r;
    r.residuals = Values(out.values.begin() + n, out.values.end());
    MappedAxes residual_axes(out.axes.begin() + n, out.axes.end());
    out.values.resize(n);
    out.axes.resize(n);
    r.primals = batcher.settled(std::move(out));
    r.backward = batched_backward(std::move(backward), batcher, axes, std::move(residual_axes));
    return r;
  };
}

// custom_vjp_call -------------------------------------------------------------------

struct CustomVjpParams {
  std::string name;
  ClosedJaxpr call_jaxpr;
  Ref<const CustomVjp> rule;
  int64_t num_consts = 0;  // leading operands, which the function closed over

  void fields(FieldVisitor& f) const {
    f("name", std::string_view(name));
    using Rule = Held<Ref<const CustomVjp>>;
    Param bwd{Ref<const HostObject>(make_ref<const Rule>(rule, rule->names.backward))};
    f("bwd", &bwd);
    f("call_jaxpr", &call_jaxpr);
    Param fwd{Ref<const HostObject>(make_ref<const Rule>(rule, rule->names.forward))};
    f("fwd", &fwd);
    f.maybe(num_consts != 0, "num_consts", num_consts);
    f("symbolic_zeros", rule->wants_symbolic_zeros);
  }
  bool operator==(const CustomVjpParams&) const = default;
};

// The equation as a function again, of all its operands.
Ref<const CustomVjp> as_function(const Op& op) {
  const auto& p = op.get<CustomVjpParams>();
  auto k = static_cast<size_t>(p.num_consts);
  auto forward = [rule = p.rule, k, name = p.name](Args primals, const Mask& nonzero) {
    for (size_t i = 0; i < k; ++i)
      require<UnexpectedTracerError>(
          !nonzero[i],
          "Detected differentiation of a custom_vjp function with respect to a closed-over value: ",
          name,
          " uses one. Its rules only see its arguments: pass the value as an argument, and "
          "return its cotangent from the backward rule.");
    VjpForward r = rule->forward(primals.subspan(k), Mask(nonzero.begin() + k, nonzero.end()));
    r.backward = [k, backward = std::move(r.backward)](Args residuals, Args cts) {
      Values all(k);
      all.append(backward(residuals, cts));
      return all;
    };
    return r;
  };
  return make_ref<CustomVjp>(
      p.rule->names, [c = p.call_jaxpr](Args a) { return eval_jaxpr(c, a); }, forward,
      p.rule->wants_symbolic_zeros);
}

}  // namespace

CustomVjp::CustomVjp(Names n, Fun function, Forward forward_rule, bool symbolic)
    : names(std::move(n)), forward(std::move(forward_rule)), wants_symbolic_zeros(symbolic) {
  name = names.function;
  fun = std::move(function);
  symbolic_zeros = true;
  jvp = [forward = forward, backward = names.backward, symbolic](Args primals, Args tangents) {
    return differentiate(forward, backward, symbolic, primals, tangents);
  };
}

Ref<const CustomJvp> CustomVjp::batched(const Batcher& batcher, const MappedAxes& axes) const {
  return make_ref<CustomVjp>(names, batcher.settled(fun, axes),
                             batched_forward(forward, batcher, axes), wants_symbolic_zeros);
}

const Primitive custom_lin_p{{
    .name = "custom_lin",
    .multiple_results = true,
    .abstract_eval = [](const Op& op, AvalSpan) { return op.get<LinParams>().out_avals; },
    .jvp = [](const Op&, Args, Args) -> JvpOut { forward_mode(); },
    .transpose = lin_transpose,
    .batch = [](const Op&, const AxisData&, Args, const MappedAxes&) -> BatchOut {
      forward_mode();
    },
    .lower = [](const Op&, hlo::Builder&, hlo::Operands, AvalSpan) -> hlo::Results {
      forward_mode();
    },
    .eager = [](const Op&, Args) -> Values { forward_mode(); },
    .takes_references = true,
}};

const Primitive custom_vjp_call_p{{
    .name = "custom_vjp_call",
    .multiple_results = true,
    .abstract_eval = [](const Op& op,
                        AvalSpan) { return op.get<CustomVjpParams>().call_jaxpr.out_avals(); },
    .jvp = [](const Op& op, Args primals,
              Args tangents) { return as_function(op)->jvp(primals, tangents); },
    .batch = [](const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) -> BatchOut {
      return batch([&](Args a) { return custom_vjp_call(as_function(op), a); }, axis, in, axes);
    },
    .lower = [](const Op& op, hlo::Builder& b, hlo::Operands in,
                AvalSpan) { return b.inline_jaxpr(op.get<CustomVjpParams>().call_jaxpr, in); },
    .physical =
        [](const Op& op, Args in) {
          return eval_jaxpr(physicalize(op.get<CustomVjpParams>().call_jaxpr), in);
        },
    .effects = [](const Op& op) { return op.get<CustomVjpParams>().call_jaxpr.jaxpr->effects; },
    .eager =
        [](const Op& op, Args in) {
          if (any_reference(in)) return eval_jaxpr(op.get<CustomVjpParams>().call_jaxpr, in);
          return evaluator().evaluate(op, in);
        },
    .takes_references = true,
    .access = Access::kInlined,
}};

Values stage_custom_vjp(JaxprTrace& trace, const Ref<const CustomVjp>& f, Args args) {
  Avals avals;
  for (const Value& a : args) avals.push_back(a.aval());
  ClosedJaxpr body = stage(f->fun, avals);
  Values operands = body.consts;
  auto num_consts = static_cast<int64_t>(operands.size());
  operands.append(args);
  body = consts_to_inputs(body);
  CustomVjpParams p{f->name, {body.jaxpr, {}}, f, num_consts};
  return trace.process(custom_vjp_call_p.with(std::move(p)), operands);
}

Values custom_vjp_call(const Ref<const CustomVjp>& f, Args args) {
  return current_trace().process_custom_jvp(Ref<const CustomJvp>(f), args);
}

}  // namespace covector

// Functions with a batching rule of their own. What they do otherwise is a
// jaxpr, so other transformations see through them; of forward derivatives the
// rule's derivative is the rule, and there is no reverse mode, as in JAX.

#include "covector/control/custom_vmap.h"

#include <algorithm>

#include "covector/control/held.h"
#include "covector/control/inner_call.h"
#include "covector/hlo/builder.h"
#include "covector/lax/lax.h"
#include "covector/transforms/transforms.h"

namespace covector {
namespace {

struct CustomVmapParams {
  ClosedJaxpr call;  // without constants
  Ref<const Held<VmapRule>> rule;

  void fields(FieldVisitor& f) const {
    f("call", &call);
    Param shown{Ref<const HostObject>(rule)};
    f("rule", &shown);
  }
  bool operator==(const CustomVmapParams&) const = default;
};

Op with(ClosedJaxpr call, VmapRule rule, const Op& like) {
  auto held =
      make_ref<const Held<VmapRule>>(std::move(rule), like.get<CustomVmapParams>().rule->repr());
  return custom_vmap_call_p.with(CustomVmapParams{std::move(call), std::move(held)});
}

// The derivative of the rule for operands mapped as `mapped` says, primals and
// tangents alike.
VmapOut jvp_of_rule(const VmapRule& rule, const AxisData& axis, Args args, const Mask& mapped) {
  size_t n = args.size() / 2;
  VmapOut out;
  auto run = [&](Args primals) {
    VmapOut r = rule(axis, primals, mapped);
    out.mapped = std::move(r.mapped);
    return std::move(r.values);
  };
  JvpOut d = jvp(run, args.first(n), args.subspan(n));
  out.values = std::move(d.primals);
  for (size_t i = 0; i < d.tangents.size(); ++i)
    out.values.push_back(instantiate(d.tangents[i], out.values[i].aval()));
  Mask twice = out.mapped;
  out.mapped.append(twice);
  return out;
}

bool none(const Mask& m) { return std::find(m.begin(), m.end(), true) == m.end(); }

// The rule of (primals..., tangents...) -> (primals..., tangents...). Where no
// primal is mapped together with its tangent, the rule is that of operands that
// are not mapped, and its derivative is mapped. Else both of a pair are mapped.
VmapOut rule_of_jvp(const VmapRule& rule, const AxisData& axis, Args args, const Mask& mapped) {
  size_t n = args.size() / 2;
  Values all(args.begin(), args.end());
  Mask either, both;
  MappedAxes axes;
  for (size_t i = 0; i < n; ++i) {
    either.push_back(mapped[i] || mapped[n + i]);
    both.push_back(mapped[i] && mapped[n + i]);
  }
  for (bool m : mapped) axes.push_back(m ? 0 : kUnmapped);
  if (none(both)) {
    Mask of_rule;
    auto run = [&](Args a) {
      VmapOut r = jvp_of_rule(rule, axis, a, both);
      of_rule = std::move(r.mapped);
      return std::move(r.values);
    };
    BatchOut out = batch(run, axis, args, axes);
    VmapOut r;
    for (size_t i = 0; i < out.values.size() && none(of_rule); ++i) {
      r.mapped.push_back(out.axes[i] != kUnmapped);
      r.values.push_back(r.mapped[i] ? move_axis(out.values[i], out.axes[i], 0) : out.values[i]);
    }
    if (none(of_rule)) return r;
  }
  for (size_t i = 0; i < 2 * n; ++i)
    if (either[i % n] && !mapped[i]) all[i] = batch_to_front(all[i], axis.size, kUnmapped);
  return jvp_of_rule(rule, axis, all, either);
}

JvpOut vmap_jvp(const Op& op, Args primals, Args tangents) {
  const auto& p = op.get<CustomVmapParams>();
  size_t n = p.call.jaxpr->outs.size();
  Values in(primals.begin(), primals.end());
  for (size_t i = 0; i < primals.size(); ++i)
    in.push_back(instantiate(tangents[i], primals[i].aval()));
  auto j = jvp_jaxpr(p.call, Mask(primals.size(), true), Mask(n, true));
  VmapRule rule = [rule = p.rule](const AxisData& axis, Args args, const Mask& mapped) {
    return rule_of_jvp(rule->f, axis, args, mapped);
  };
  Values out = with(j->jaxpr, std::move(rule), op).bind(in);
  return {Values(out.begin(), out.begin() + n), Values(out.begin() + n, out.end())};
}

// The rule of (primals, tangents) may need the tangents for the results, so these
// are not known before the tangents are.
LinearizeOut vmap_linearize(const Op&, Args, const Mask&) {
  fail<ValueError>(
      "Linearization failed to produce known values for all output primals. A function with "
      "custom_vmap has forward derivatives only: to use grad, vjp or linearize, wrap it in "
      "custom_vjp, or apply vmap first.");
}

BatchOut vmap_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  Values front;
  Mask mapped;
  for (size_t i = 0; i < in.size(); ++i) {
    mapped.push_back(axes[i] != kUnmapped);
    front.push_back(mapped[i] ? move_axis(in[i], axes[i], 0) : in[i]);
  }
  VmapOut out = op.get<CustomVmapParams>().rule->f(axis, front, mapped);
  BatchOut r{std::move(out.values), {}};
  for (bool m : out.mapped) r.axes.push_back(m ? 0 : kUnmapped);
  return r;
}

}  // namespace

const Primitive custom_vmap_call_p{{
    .name = "custom_vmap_call",
    .multiple_results = true,
    .abstract_eval =
        [](const Op& op, AvalSpan in) {
          return inner_call::abstract_eval(op, op.get<CustomVmapParams>().call, in);
        },
    .jvp = vmap_jvp,
    .linearize = vmap_linearize,
    .batch = vmap_batch,
    .lower = [](const Op& op, hlo::Builder& b, hlo::Operands in,
                AvalSpan) { return b.inline_jaxpr(op.get<CustomVmapParams>().call, in); },
    .physical =
        [](const Op& op, Args in) {
          return eval_jaxpr(physicalize(op.get<CustomVmapParams>().call), in);
        },
    .effects = [](const Op& op) { return op.get<CustomVmapParams>().call.jaxpr->effects; },
    .eager = [](const Op& op, Args in) { return eval_jaxpr(op.get<CustomVmapParams>().call, in); },
}};

Values custom_vmap_call(const ClosedJaxpr& call, VmapRule rule, std::string rule_name, Args args) {
  Values operands = call.consts;
  size_t k = operands.size();
  operands.append(args);
  // The function closed over the leading ones, and the rule does not know them.
  VmapRule of_all = [k, rule = std::move(rule)](const AxisData& axis, Args a, const Mask& mapped) {
    for (size_t i = 0; i < k; ++i)
      require<ValueError>(!mapped[i],
                          "custom_vmap: the function closes over a value that is mapped. Its rule "
                          "cannot see that value: pass it to the function as an argument instead.");
    return rule(axis, a.subspan(k), Mask(mapped.begin() + k, mapped.end()));
  };
  auto held = make_ref<const Held<VmapRule>>(std::move(of_all), std::move(rule_name));
  CustomVmapParams p{{consts_to_inputs(call).jaxpr, {}}, std::move(held)};
  return custom_vmap_call_p.with(std::move(p)).bind(operands);
}

}  // namespace covector

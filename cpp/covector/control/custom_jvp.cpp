// Functions with a derivative rule of their own. While a function is only being
// run, its rule is not looked at; once staged it is one equation, which keeps
// the rule beside the staged body.

#include "covector/control/control.h"
#include "covector/control/custom_vjp.h"
#include "covector/core/reference.h"
#include "covector/hlo/builder.h"
#include "covector/lax/lax.h"
#include "covector/transforms/transforms.h"

namespace covector {
namespace {

// The rule, as params hold it: compared by identity.
class Rule final : public HostObject {
 public:
  explicit Rule(Ref<const CustomJvp> f) : f(std::move(f)) {}
  bool equals(const HostObject& o) const override {
    auto* r = dynamic_cast<const Rule*>(&o);
    return r && r->f == f;
  }
  size_t hash() const override { return std::hash<const void*>()(f.get()); }
  std::string repr() const override { return "jvp"; }

  const Ref<const CustomJvp> f;
};

struct CustomJvpParams {
  std::string name;
  ClosedJaxpr call_jaxpr;
  Ref<const CustomJvp> rule;
  // Values the function closed over. They are leading operands of the equation
  // and the user's rule does not know them.
  int64_t num_consts = 0;
  bool symbolic_zeros = false;

  void fields(FieldVisitor& f) const {
    f("name", std::string_view(name));
    f("call_jaxpr", &call_jaxpr);
    Param jvp_jaxpr_fun(Ref<const HostObject>(make_ref<const Rule>(rule)));
    f("jvp_jaxpr_fun", &jvp_jaxpr_fun);
    f.maybe(num_consts != 0, "num_consts", num_consts);
    f("symbolic_zeros", symbolic_zeros);
  }
  bool operator==(const CustomJvpParams&) const = default;
};

// The equation as a function again, of all its operands.
Ref<const CustomJvp> as_function(const Op& op) {
  const auto& p = op.get<CustomJvpParams>();
  auto f = make_ref<CustomJvp>();
  f->name = p.name;
  f->symbolic_zeros = true;  // the closed-over values must have none; see below
  f->fun = [c = p.call_jaxpr](Args a) { return eval_jaxpr(c, a); };
  f->jvp = [p](Args primals, Args tangents) {
    size_t k = static_cast<size_t>(p.num_consts);
    for (const Value& t : tangents.first(k))
      require<UnexpectedTracerError>(
          !t, "custom_jvp: the function ", p.name,
          " closes over a value with respect to which it is differentiated. Its derivative rule "
          "cannot see that value: pass it to the function as an argument instead.");
    Values t(tangents.begin() + k, tangents.end());
    if (!p.symbolic_zeros)
      for (size_t i = 0; i < t.size(); ++i) t[i] = instantiate(t[i], primals[k + i].aval());
    return p.rule->jvp(primals.subspan(k), t);
  };
  return f;
}

Values stage_custom_jvp(JaxprTrace& trace, const Ref<const CustomJvp>& f, Args args) {
  if (auto* vjp = dynamic_cast<const CustomVjp*>(f.get()))
    return stage_custom_vjp(trace, Ref<const CustomVjp>(vjp), args);
  Avals avals;
  for (const Value& a : args) avals.push_back(a.aval());
  ClosedJaxpr body = stage(f->fun, avals);
  Values operands = body.consts;
  auto num_consts = static_cast<int64_t>(operands.size());
  operands.append(args);
  body = consts_to_inputs(body);
  CustomJvpParams p{f->name, {body.jaxpr, {}}, f, num_consts, f->symbolic_zeros};
  return trace.process(custom_jvp_call_p.with(std::move(p)), operands);
}

const bool installed = (set_stage_custom_jvp(stage_custom_jvp), true);

}  // namespace

const Primitive custom_jvp_call_p{{
    .name = "custom_jvp_call",
    .multiple_results = true,
    .abstract_eval = [](const Op& op,
                        AvalSpan) { return op.get<CustomJvpParams>().call_jaxpr.out_avals(); },
    .jvp = [](const Op& op, Args primals, Args tangents) -> JvpOut {
      return as_function(op)->jvp(primals, tangents);
    },
    // Where its operands are linear, the function itself is.
    .transpose =
        [](const Op& op, Args cts, TransposeArgs args) {
          const ClosedJaxpr& c = op.get<CustomJvpParams>().call_jaxpr;
          return backward_pass(*c.jaxpr, c.consts, args, cts);
        },
    .batch = [](const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) -> BatchOut {
      return batch([&](Args a) { return custom_jvp_call(as_function(op), a); }, axis, in, axes);
    },
    .lower = [](const Op& op, hlo::Builder& b, hlo::Operands in,
                AvalSpan) { return b.inline_jaxpr(op.get<CustomJvpParams>().call_jaxpr, in); },
    .physical =
        [](const Op& op, Args in) {
          return eval_jaxpr(physicalize(op.get<CustomJvpParams>().call_jaxpr), in);
        },
    .effects = [](const Op& op) { return op.get<CustomJvpParams>().call_jaxpr.jaxpr->effects; },
    .eager =
        [](const Op& op, Args in) {
          if (any_reference(in)) return eval_jaxpr(op.get<CustomJvpParams>().call_jaxpr, in);
          return evaluator().evaluate(op, in);
        },
    .takes_references = true,
    .access = Access::kInlined,
}};

Values custom_jvp_call(const Ref<const CustomJvp>& f, Args args) {
  return current_trace().process_custom_jvp(f, args);
}

}  // namespace covector

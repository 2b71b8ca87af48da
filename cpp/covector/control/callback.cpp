// Calls of host functions: pure_callback, io_callback, debug_callback, debug_print.

#include "covector/control/callback.h"

#include "covector/hlo/custom_call.h"
#include "covector/lax/lax.h"

namespace covector {

const Effect kIo{.name = "IO"};
const Effect kOrderedIo{.name = "OrderedIO", .ordered = true};
const Effect kDebug{.name = "Debug"};
const Effect kOrderedDebug{.name = "OrderedDebug", .ordered = true};

bool AvalObject::equals(const HostObject& o) const {
  auto* other = dynamic_cast<const AvalObject*>(&o);
  return other && other->aval == aval;
}

std::string AvalObject::repr() const {
  std::string text = str(aval);
  return str("ShapedArray(", aval.dtype()->name, text.substr(text.find('[')), ")");
}

namespace {

enum class Kind : uint8_t { kPure, kIo, kDebug };

struct CallbackParams {
  Ref<const CallbackTarget> target;
  Kind kind = Kind::kPure;
  const Effect* effect = nullptr;  // null: pure
  std::string vmap_method;         // of pure ones
  ShownParams shown;

  void fields(FieldVisitor& f) const {
    Param callback{Ref<const HostObject>(target->function)};
    if (shown.empty()) f("callback", &callback);
    if (kind == Kind::kDebug && shown.empty()) f("effect", effect->name);
    for (const auto& [name, value] : shown) f(name, &value);
    if (kind == Kind::kIo || !shown.empty()) f("ordered", effect->ordered);
    if (kind == Kind::kDebug) {
      f("partitioned", false);
    } else {
      Param::Tuple avals;
      for (const Aval& a : target->results)
        avals.items.emplace_back(Ref<const HostObject>(make_ref<const AvalObject>(a)));
      Param result_avals(std::move(avals));
      f("result_avals", &result_avals);
      f("sharding", Param::None());
    }
    if (kind == Kind::kPure && vmap_method.empty()) f("vmap_method", Param::None());
    if (kind == Kind::kPure && !vmap_method.empty())
      f("vmap_method", std::string_view(vmap_method));
    loops(f);
  }
  bool operator==(const CallbackParams& o) const {
    return kind == o.kind && effect == o.effect && vmap_method == o.vmap_method &&
           shown == o.shown && target->same(*o.target);
  }

 private:
  void loops(FieldVisitor& f) const {
    Param::Tuple all;
    for (const Mask& m : target->loops) {
      Param::Tuple one;
      for (bool mapped : m) one.items.emplace_back(mapped);
      all.items.emplace_back(std::move(one));
    }
    Param p(std::move(all));
    f.maybe(!target->loops.empty(), "loops", &p);
  }
};

const CallbackParams& params(const Op& op) { return op.get<CallbackParams>(); }

Op with_target(const Op& op, Ref<const CallbackTarget> t) {
  CallbackParams p = params(op);
  p.target = std::move(t);
  return op.prim->with(std::move(p));
}

Avals avals_of(Args values) {
  Avals r;
  for (const Value& v : values) r.push_back(v.aval().strong());
  return r;
}

Avals callback_avals(const Op& op, AvalSpan) { return params(op).target->results; }

Effects callback_effects(const Op& op) {
  if (const Effect* e = params(op).effect) return {e};
  return {};
}

// Batching -----------------------------------------------------------------------------

struct Mapped {
  Values values;  // mapped axes in front
  Mask mask;
  Avals results;  // with the mapped axis in front
};

Mapped in_front(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  Mapped m;
  for (size_t i = 0; i < in.size(); ++i) {
    m.mask.push_back(axes[i] != kUnmapped);
    m.values.push_back(m.mask[i] ? move_axis(in[i], axes[i], 0) : in[i]);
  }
  for (const Aval& a : params(op).target->results) m.results.push_back(a.with_axis(0, axis.size));
  return m;
}

// The function is called for each index of the axis, in their order.
BatchOut loop(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  const CallbackTarget& t = *params(op).target;
  Mapped m = in_front(op, axis, in, axes);
  std::vector<Mask> loops{m.mask};
  loops.insert(loops.end(), t.loops.begin(), t.loops.end());
  auto target = make_ref<const CallbackTarget>(t.function, avals_of(m.values), m.results, loops);
  return {with_target(op, target).bind(m.values), MappedAxes(m.results.size(), 0)};
}

// The function is called once, with the axis in front of what is mapped; other
// operands get one as well, of this size, unless it is 0.
BatchOut at_once(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes,
                 int64_t size_of_others) {
  Mapped m = in_front(op, axis, in, axes);
  for (size_t i = 0; i < in.size(); ++i)
    if (!m.mask[i] && size_of_others)
      m.values[i] = broadcast(m.values[i], std::span(&size_of_others, 1));
  auto target =
      make_ref<const CallbackTarget>(params(op).target->function, avals_of(m.values), m.results);
  return {with_target(op, target).bind(m.values), MappedAxes(m.results.size(), 0)};
}

BatchOut pure_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  const std::string& method = params(op).vmap_method;
  if (method == "sequential" || method == "sequential_unrolled") return loop(op, axis, in, axes);
  if (method == "legacy_vectorized") return at_once(op, axis, in, axes, 0);
  if (method == "expand_dims") return at_once(op, axis, in, axes, 1);
  if (method == "broadcast_all") return at_once(op, axis, in, axes, axis.size);
  fail<NotImplemented>(
      "vmap is only supported for the pure_callback primitive when vmap_method is one of "
      "'sequential', 'sequential_unrolled', 'expand_dims', 'broadcast_all', or "
      "'legacy_vectorized'. Got vmap_method=None.");
}

BatchOut io_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  require<ValueError>(!params(op).effect->ordered, "Cannot `vmap` ordered IO callback.");
  return loop(op, axis, in, axes);
}

// Running ------------------------------------------------------------------------------

// Errors are those that a compiled program gives.
Values run_at_once(const Op& op, Args args) {
  const CallbackTarget& t = *params(op).target;
  try {
    return t.call(args);
  } catch (const std::exception& e) {
    constexpr int kInternal = 13;
    throw DeviceError(str("INTERNAL: CpuCallback error calling callback: ", t.function->explain(e)),
                      kInternal);
  }
}

Values look_at_once(const Op& op, Args args) { return params(op).target->call(args); }

hlo::Results callback_lower(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  const CallbackParams& p = params(op);
  require<NotImplemented>(b.for_cpu(), op.name(),
                          ": callbacks are implemented on CPU devices only; put the arrays on one "
                          "with device_put(x, devices('cpu')[0])");
  b.keep(p.target);
  size_t tokens = p.effect && p.effect->ordered ? 1 : 0;
  SmallVector<hlo::Operand, 4> operands;
  Avals results(tokens);
  if (tokens) operands.push_back(b.token(*p.effect));
  operands.append(in);
  results.append(out);
  hlo::CustomCall call{.target = "covector_callback",
                       .attributes = hlo::int_attr("id", p.target->id),
                       .operand_layouts = {Axes()},  // all row-major
                       .result_layouts = {},
                       .aliases = {},
                       .has_side_effect = p.effect != nullptr};
  hlo::Results r = hlo::custom_call(b, call, operands, results);
  if (tokens) b.set_token(*p.effect, r[0]);
  return hlo::Results(r.begin() + tokens, r.end());
}

// Keys become words on the device; the target knows what they are.
Values callback_physical(const Op& op, Args in) { return op.bind(in); }

PrimitiveDef callback(std::string_view name) {
  return {.name = name,
          .multiple_results = true,
          .abstract_eval = callback_avals,
          .lower = callback_lower,
          .physical = callback_physical,
          .effects = callback_effects,
          .eager = run_at_once};
}

PrimitiveDef pure_def() {
  PrimitiveDef d = callback("pure_callback");
  d.jvp = [](const Op&, Args, Args) -> JvpOut {
    fail<ValueError>(
        "Pure callbacks do not support JVP. Please use `jax.custom_jvp` to use "
        "callbacks while taking gradients.");
  };
  d.transpose = [](const Op&, Args, TransposeArgs) -> Values {
    fail<ValueError>(
        "Pure callbacks do not support transpose. Please use `jax.custom_vjp` to use "
        "callbacks while taking gradients.");
  };
  d.batch = pure_batch;
  return d;
}

PrimitiveDef io_def() {
  PrimitiveDef d = callback("io_callback");
  d.jvp = [](const Op&, Args, Args) -> JvpOut {
    fail<ValueError>("IO callbacks do not support JVP.");
  };
  d.transpose = [](const Op&, Args, TransposeArgs) -> Values {
    fail<ValueError>("IO callbacks do not support transpose.");
  };
  d.batch = io_batch;
  return d;
}

// What is looked at comes in the order of unrolled loops, the last one inside.
BatchOut inner_loop(const Op& op, const AxisData&, Args in, const MappedAxes& axes) {
  const CallbackTarget& t = *params(op).target;
  Values values;
  Mask mask;
  for (size_t i = 0; i < in.size(); ++i) {
    int place = 0;
    for (const Mask& m : t.loops) place += m[i];
    mask.push_back(axes[i] != kUnmapped);
    // The axes of other loops stay in front.
    values.push_back(mask[i] ? move_axis(in[i], axes[i], place) : in[i]);
  }
  std::vector<Mask> loops = t.loops;
  loops.push_back(mask);
  auto target = make_ref<const CallbackTarget>(t.function, avals_of(values), Avals(), loops);
  return {with_target(op, target).bind(values), {}};
}

PrimitiveDef debug_def(std::string_view name) {
  PrimitiveDef d = callback(name);
  d.jvp = [](const Op& op, Args primals, Args) -> JvpOut { return {op.bind(primals), {}}; };
  d.transpose = [](const Op&, Args, TransposeArgs args) { return Values(args.size()); };
  d.batch = inner_loop;
  d.eager = look_at_once;
  return d;
}

const Primitive pure_callback_p{pure_def()};
const Primitive io_callback_p{io_def()};
const Primitive debug_callback_p{debug_def("debug_callback")};
const Primitive debug_print_p{debug_def("debug_print")};

Ref<const CallbackTarget> target_of(Ref<const HostFunction> f, Args args, AvalSpan results) {
  return make_ref<const CallbackTarget>(std::move(f), avals_of(args),
                                        Avals(results.begin(), results.end()));
}

}  // namespace

Values pure_callback(Ref<const HostFunction> f, Args args, AvalSpan results,
                     std::string_view vmap_method) {
  CallbackParams p{
      target_of(std::move(f), args, results), Kind::kPure, nullptr, std::string(vmap_method), {}};
  return pure_callback_p.with(std::move(p)).bind(args);
}

Values io_callback(Ref<const HostFunction> f, Args args, AvalSpan results, bool ordered) {
  const Effect* effect = ordered ? &kOrderedIo : &kIo;
  CallbackParams p{target_of(std::move(f), args, results), Kind::kIo, effect, {}, {}};
  return io_callback_p.with(std::move(p)).bind(args);
}

void debug_callback(Ref<const HostFunction> f, Args args, bool ordered, ShownParams shown) {
  const Primitive& prim = shown.empty() ? debug_callback_p : debug_print_p;
  const Effect* effect = ordered ? &kOrderedDebug : &kDebug;
  CallbackParams p{target_of(std::move(f), args, {}), Kind::kDebug, effect, {}, std::move(shown)};
  prim.with(std::move(p)).bind(args);
}

}  // namespace covector

#include "covector/runtime/jit.h"

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "covector/control/control.h"
#include "covector/control/key_reuse.h"
#include "covector/core/config.h"
#include "covector/core/reference.h"
#include "covector/core/stage.h"
#include "covector/lax/lax.h"
#include "covector/transforms/transforms.h"

namespace covector {
namespace runtime {
namespace {

bool any_tracer(Args values) {
  for (const Value& v : values)
    if (v.tracer()) return true;
  return false;
}

// Whether it makes or uses references, or only takes some.
bool touches_references(const ClosedJaxpr& c) {
  const Jaxpr& j = *c.jaxpr;
  auto is_reference = [&](VarId v) { return j.vars[v].is_reference(); };
  return has_references(j.effects) || any_reference(c.consts) ||
         std::any_of(j.invars.begin(), j.invars.end(), is_reference);
}

}  // namespace

Staged::Staged(ClosedJaxpr c, JitOptions options)
    : jaxpr_(std::move(c)),
      options_(std::move(options)),
      closes_over_tracers_(any_tracer(jaxpr_.consts)),
      has_references_(touches_references(jaxpr_)),
      checks_keys_(key_reuse::enabled()) {
  if (checks_keys_) key_reuse::uses_of(*jaxpr_.jaxpr);
}

// Made without the lock: rules of a front end may run, and may wait for others.
Ref<const Lowered> Staged::lower() const {
  {
    std::lock_guard lock(mutex_);
    if (lowered_) return lowered_;
  }
  ProgramOptions o;
  o.name = options_.name;
  o.donated = options_.donated;
  o.keep_unused = options_.keep_unused;
  if (jaxpr_.jaxpr->debug) o.arg_names = jaxpr_.jaxpr->debug->arg_names;
  if (o.arg_names.size() != jaxpr_.jaxpr->invars.size()) o.arg_names.clear();
  auto made = make_ref<const Lowered>(jaxpr_, std::move(o));
  std::lock_guard lock(mutex_);
  if (!lowered_) lowered_ = made;
  return lowered_;
}

const Program& Staged::program(const pjrt::Client& client) const {
  if (const Program* p = first_.load(std::memory_order_acquire); p && &p->client() == &client)
    return *p;
  {
    std::lock_guard lock(mutex_);
    for (const auto& p : programs_)
      if (&p->client() == &client) return *p;
  }
  auto made = Program::make(lower(), client, options_.compiler_options);
  std::lock_guard lock(mutex_);
  programs_.push_back(made);
  const Program* none = nullptr;
  first_.compare_exchange_strong(none, made.get(), std::memory_order_release);
  return *programs_.back();
}

Values Staged::operator()(Args args) const {
  // Closed-over tracers are operands of the call. References are read before and written after it.
  if (closes_over_tracers_ || has_references_ || !is_eager()) [[unlikely]] {
    CallParams p{options_.name,
                 {consts_to_inputs(jaxpr_).jaxpr, {}},
                 options_.inline_,
                 options_.keep_unused,
                 {}};
    Values operands = jaxpr_.consts;
    if (!options_.donated.empty()) {
      p.donated.resize(operands.size(), false);
      p.donated.append(options_.donated);
    }
    operands.append(args);
    return call(p, operands);
  }
  if (checks_keys_) [[unlikely]]
    return run_checked(args);
  Placement at = placement(args);
  return run(program(at.device->client()), args, at);
}

// Constants are operands too: a closed-over key is used at each call.
Values Staged::run_checked(Args args) const {
  const key_reuse::Uses& uses = key_reuse::uses_of(*jaxpr_.jaxpr);
  Values operands(args.begin(), args.end());
  operands.append(jaxpr_.consts);
  key_reuse::check_operands(uses, operands, "jit-compiled function");
  Placement at = placement(args);
  Values results = run(program(at.device->client()), args, at);
  key_reuse::record(uses, operands, results);
  return results;
}

}  // namespace runtime

namespace {

struct AvalsKey {
  Avals avals;
  uint64_t config;
  bool operator==(const AvalsKey&) const = default;
};
struct AvalsKeyHash {
  size_t operator()(const AvalsKey& k) const {
    size_t h = k.config;
    for (const Aval& a : k.avals) h = hash_mix(h, a.hash());
    return h;
  }
};

// The function with its traces. `jit` of C++ functions on flat values; front
// ends with argument trees of their own keep their traces themselves.
class Jitted {
 public:
  Jitted(Fun f, JitOptions o) : f_(std::move(f)), options_(std::move(o)) {}

  Values operator()(Args args) {
    if (flag(Option::kDisableJit)) return f_(args);
    AvalsKey key{{}, config_key()};
    for (const Value& a : args) {
      require<TypeError>(static_cast<bool>(a), options_.name, ": an argument is null");
      key.avals.push_back(a.aval());
    }
    return (*find(key))(args);
  }

 private:
  Ref<const runtime::Staged> find(const AvalsKey& key) {
    {
      std::lock_guard lock(mutex_);
      if (auto it = traces_.find(key); it != traces_.end()) return it->second;
    }
    auto debug = make_ref<DebugInfo>();
    debug->function = options_.name;
    auto staged = make_ref<const runtime::Staged>(stage(f_, key.avals, debug), options_);
    if (staged->closes_over_tracers()) return staged;
    std::lock_guard lock(mutex_);
    return traces_.try_emplace(key, staged).first->second;
  }

  const Fun f_;
  const JitOptions options_;
  std::mutex mutex_;
  std::unordered_map<AvalsKey, Ref<const runtime::Staged>, AvalsKeyHash> traces_;
};

Mask first_of(size_t n) {
  Mask m(n, false);
  if (n) m[0] = true;
  return m;
}

}  // namespace

Fun jit(Fun f, JitOptions options) {
  auto j = std::make_shared<Jitted>(std::move(f), std::move(options));
  return [j](Args args) { return (*j)(args); };
}

Fun value_and_grad(Fun f, Mask wrt) {
  return [f = std::move(f), wrt = std::move(wrt)](Args args) {
    return value_and_grad(f, args, wrt.empty() ? first_of(args.size()) : wrt);
  };
}

Fun grad(Fun f, Mask wrt) {
  return [g = value_and_grad(std::move(f), std::move(wrt))](Args args) {
    Values r = g(args);
    r.erase(r.begin());
    return r;
  };
}

Fun vmap(Fun f, MappedAxes in_axes) {
  return [f = std::move(f), in_axes = std::move(in_axes)](Args args) {
    MappedAxes axes = in_axes.empty() ? MappedAxes(args.size(), 0) : in_axes;
    require<ValueError>(axes.size() == args.size(), "vmap: in_axes has ", axes.size(),
                        " entries for ", args.size(), " arguments");
    AxisData axis{-1};
    for (size_t i = 0; i < args.size(); ++i) {
      if (axes[i] == kUnmapped) continue;
      require<ValueError>(axes[i] >= 0 && axes[i] < args[i].rank(), "vmap: axis ", axes[i],
                          " is out of bounds for ", args[i].aval());
      int64_t n = args[i].aval().dim(axes[i]);
      require<ValueError>(axis.size < 0 || axis.size == n,
                          "vmap: mapped axes must have one size, got ", axis.size, " and ", n);
      axis.size = n;
    }
    require<ValueError>(axis.size >= 0, "vmap: at least one argument must be mapped");
    BatchOut out = batch(f, axis, args, axes);
    for (size_t i = 0; i < out.values.size(); ++i)
      out.values[i] = batch_to_front(out.values[i], axis.size, out.axes[i]);
    return out.values;
  };
}

}  // namespace covector

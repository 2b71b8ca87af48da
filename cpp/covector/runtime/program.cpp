#include "covector/runtime/program.h"

#include <algorithm>
#include <cmath>

#include "covector/base/blocking.h"
#include "covector/core/config.h"
#include "covector/core/reference.h"
#include "covector/core/trace.h"
#include "covector/pjrt/client.h"
#include "covector/runtime/backend.h"
#include "covector/runtime/callbacks.h"
#include "covector/runtime/compile.h"
#include "covector/runtime/foreign.h"
#include "covector/transforms/transforms.h"

namespace covector::runtime {

namespace {

// References are read and written by those who call programs.
ClosedJaxpr pure(const ClosedJaxpr& c) {
  const Jaxpr& j = *c.jaxpr;
  auto is_reference = [&](VarId v) { return j.vars[v].is_reference(); };
  require<NotImplemented>(
      std::none_of(j.invars.begin(), j.invars.end(), is_reference) &&
          std::none_of(j.constvars.begin(), j.constvars.end(), is_reference),
      "a function of references can't be lowered by itself: call what jit returns");
  return without_references(c);
}

}  // namespace

Lowered::Lowered(const ClosedJaxpr& c, ProgramOptions options)
    : jaxpr_(pure(c)), options_(std::move(options)), out_avals_(c.out_avals()) {
  route_outputs(jaxpr_);
  Mask used;
  for (const Source& s : sources_) used.push_back(s.kind == Source::kComputed);
  Mask used_in;
  ClosedJaxpr live = dce(jaxpr_, used, &used_in, !options_.keep_unused);
  for (uint32_t i = 0; i < used_in.size(); ++i)
    if (used_in[i] || options_.keep_unused) kept_.push_back(i);
  program_ = physicalize(live);
  assign_donations(program_);
}

// The mask may be shorter than the inputs.
bool Lowered::donates(uint32_t input) const {
  return input < options_.donated.size() && options_.donated[input];
}

// Results whose value is known never enter the device program, nor do inputs without
// elements of a type (float0). Other inputs and constants do: the device copies them,
// so that a result can be deleted or donated without its source.
void Lowered::route_outputs(const ClosedJaxpr& c) {
  const Jaxpr& j = *c.jaxpr;
  std::unordered_map<VarId, Source> direct;
  for (uint32_t i = 0; i < j.invars.size(); ++i)
    if (j.vars[j.invars[i]].dtype() == kFloat0)
      direct.try_emplace(j.invars[i], Source{Source::kInput, i, {}});
  for (uint32_t i = 0; i < j.constvars.size(); ++i)
    if (const Array* a = c.consts[i].array(); a && a->scalar())
      direct.try_emplace(j.constvars[i], Source{Source::kKnown, 0, c.consts[i]});
  uint32_t computed = 0;
  for (const Atom& a : j.outs) {
    auto it = a.literal ? direct.end() : direct.find(a.var);
    if (a.literal)
      sources_.push_back({Source::kKnown, 0, a.literal});
    else
      sources_.push_back(it != direct.end() ? it->second
                                            : Source{Source::kComputed, computed++, {}});
  }
}

// Pairs each donated input with a result of its type.
void Lowered::assign_donations(const ClosedJaxpr& program) {
  if (options_.donated.empty()) return;
  size_t consts = program.jaxpr->constvars.size();
  aliases_.assign(consts + kept_.size(), hlo::ModuleOptions::kNoAlias);
  Avals in = program.in_avals(), out = program.out_avals();
  std::vector<bool> taken(out.size());
  for (size_t k = 0; k < kept_.size(); ++k) {
    if (!donates(kept_[k])) continue;
    size_t o = 0;
    while (o < out.size() && (taken[o] || !out[o].same_type(in[k]))) ++o;
    if (o == out.size()) {
      unusable_.push_back(kept_[k]);
      continue;
    }
    taken[o] = true;
    aliases_[consts + k] = static_cast<int>(o);
  }
}

hlo::Module Lowered::module(bool locations, std::string_view platform) const {
  hlo::ModuleOptions o;
  o.name = options_.name;
  o.locations = locations;
  o.platform = platform;
  o.aliases = aliases_;
  if (locations && !options_.arg_names.empty())
    for (uint32_t i : kept_) o.arg_names.push_back(options_.arg_names[i]);
  return hlo::make_module(program_, o);
}

namespace {

std::string_view platform_of(const pjrt::Client& c) { return lowering_name(c.platform_name()); }

// XLA's CPU compilers by default may lose a NaN among the operands of maximum
// and minimum, which depends on what they are fused with. And XNNPACK keeps the
// right operand of a product by its address: where a parameter's memory is used
// again, for weights that were updated in place, it multiplies by the old ones.
void add_defaults(const pjrt::Client& c,
                  std::map<std::string, pjrt::CompileOptions::Override>& overrides) {
  if (platform_of(c) != "cpu") return;
  overrides.try_emplace("xla_cpu_enable_fast_min_max", false);
  overrides.try_emplace("xla_cpu_use_xnnpack", false);
}

}  // namespace

Ref<const Program> Program::make(
    Ref<const Lowered> lowered, const pjrt::Client& client,
    const std::map<std::string, pjrt::CompileOptions::Override>& compiler_options) {
  Ref<Program> p(new Program);
  p->client_ = &client;
  const Lowered& l = *lowered;
  if (!l.program_.jaxpr->outs.empty() || must_happen(l.program_.jaxpr->effects)) {
    pjrt::CompileOptions options;
    options.portable = true;
    options.env_overrides = compiler_options;
    add_defaults(client, options.env_overrides);
    hlo::Module module = l.module(false, platform_of(client));
    provide_foreign_functions(module.text, client);
    p->executable_ = compile({l.options().name, module.text, &client, options});
    p->called_ = std::move(module.kept);
  }
  for (size_t i = 0; i < l.sources_.size(); ++i)
    if (l.sources_[i].kind == Lowered::Source::kComputed) p->computed_.push_back(l.out_avals_[i]);
  p->lowered_ = std::move(lowered);
  return p;
}

namespace {

// Looked at only after a failure: it costs a call for each argument.
void require_alive(Args args) {
  for (const Value& v : args)
    if (const Array* a = v.array(); a && a->buffer() && a->buffer()->deleted())
      block_until_ready(*a);  // says so
}

}  // namespace

void Program::launch(Args args, const pjrt::Device& device, PJRT_Buffer** outs) const {
  const Lowered& l = *lowered_;
  SmallVector<PJRT_Buffer*, 24> raw;
  // Keeps buffers alive that were made for this launch only.
  SmallVector<Ref<const DeviceBuffer>, 24> held;
  auto give = [&](const Value& v) {
    if (const Tracer* t = v.tracer()) [[unlikely]]
      leaked_tracer(*t, l.options().name);
    held.push_back(on_device(*v.array(), device));
    raw.push_back(held.back()->pjrt->raw());
  };
  for (const Value& c : l.program_.consts) give(c);
  for (uint32_t i : l.kept_) give(args[i]);
  try {
    execute(raw, device, outs);
  } catch (const DeviceError&) {
    require_alive(args);
    throw;
  }
}

// A program that calls the host back must live until it has done so.
void Program::execute(std::span<PJRT_Buffer* const> args, const pjrt::Device& device,
                      PJRT_Buffer** outs) const {
  Blocking blocking;
  if (called_.empty()) [[likely]]
    return executable_->execute(args, &device, outs);
  pjrt::Event done;
  Launching launching;
  executable_->execute(args, &device, outs, {}, &done);
  running(Ref<const RefCounted>(this), *client_, done,
          must_happen(lowered_->program_.jaxpr->effects));
}

namespace {

// An array of its own, whose buffer may be donated.
Value fresh(const Value& known) {
  const Array* a = known.array();
  return a && a->scalar() ? Value(make_ref<const Array>(a->aval, *a->scalar())) : known;
}

}  // namespace

Values Program::run(Args args, const pjrt::Device& device, bool committed) const {
  const Lowered& l = *lowered_;
  SmallVector<PJRT_Buffer*, 8> outs(computed_.size());
  if (executable_) launch(args, device, outs.data());
  Values computed;
  computed.reserve(outs.size());
  for (size_t i = 0; i < outs.size(); ++i) {
    auto b = make_ref<pjrt::Buffer>(*client_, outs[i]);
    Ref<const Buffer> d = make_ref<const DeviceBuffer>(std::move(b), device);
    computed.push_back(make_ref<const Array>(computed_[i], std::move(d), committed));
  }
  if (computed.size() == l.sources_.size()) return computed;
  Values r;
  for (const Lowered::Source& s : l.sources_) {
    if (s.kind == Lowered::Source::kComputed)
      r.push_back(std::move(computed[s.index]));
    else if (s.kind == Lowered::Source::kInput)
      r.push_back(args[s.index]);
    else
      r.push_back(fresh(s.known));
  }
  return r;
}

Placement placement(Args args) {
  Placement p;
  for (const Value& v : args) {
    const Array* a = v.array();
    if (!a || !a->committed()) continue;
    const pjrt::Device* d = device_of(*a);
    require<ValueError>(!p.device || p.device == d,
                        "Received incompatible devices for jitted computation: arguments are "
                        "committed to devices ",
                        p.device ? p.device->description().to_string : "", " and ",
                        d->description().to_string,
                        ". Move them to one device with covector.device_put.");
    p = {d, true};
  }
  if (!p.device) p.device = &default_device();
  return p;
}

namespace {

// Whether an inexact array holds what the options forbid.
bool offends(const Array& a, bool nans, bool infs) {
  DType d = a.aval.dtype();
  if (!is_inexact(d)) return false;
  std::vector<std::byte> bytes(static_cast<size_t>(a.aval.bytes()));
  read(a, bytes.data());
  DType part = real_dtype(d);
  int64_t n = a.aval.size() * (is_complex(d) ? 2 : 1);
  for (int64_t i = 0; i < n; ++i) {
    Scalar s;
    std::memcpy(s.bytes, bytes.data() + i * part->itemsize, part->itemsize);
    double x = to_double(Array(Aval(part, {}), s));
    if ((nans && std::isnan(x)) || (infs && std::isinf(x))) return true;
  }
  return false;
}

// Runs the equations one at a time, so that the one at fault raises. Says where
// the value is from if none is.
[[noreturn]] void find_fault(const Program& p, Args args, bool nans, bool infs) {
  const ClosedJaxpr& c = p.lowered().jaxpr();
  const std::string& name = p.lowered().options().name;
  std::string start = str("invalid value (", nans ? "nan" : "inf", ") encountered in ");
  const auto& eqns = c.jaxpr->eqns;
  if (eqns.size() == 1 && eqns[0].op.name() == name) {  // one operation outside of jit
    Source s = eqns[0].source;
    fail<FloatingPointError>(start, name, s ? " at " : "", describe(s));
  }
  start += str("jit(", name, "): ");
  if (!p.lowered().options().donated.empty())
    fail<FloatingPointError>(start,
                             "it cannot be run again to find where, as arguments are donated");
  start += "the de-optimized function did not make it, ";
  for (size_t i = 0; i < args.size(); ++i)
    if (args[i].array() && offends(*args[i].array(), nans, infs))
      fail<FloatingPointError>(start, "input ", i, " of type ", args[i].aval(), " holds it");
  WithTrace with(eval_trace());
  eval_jaxpr(c, args);
  fail<FloatingPointError>(start, "it is a literal among its results, or comes of the compiler's ",
                           "optimizations");
}

void check_results(const Program& p, Args args, const Values& out) {
  bool nans = flag(Option::kDebugNans), infs = flag(Option::kDebugInfs);
  for (const Value& v : out)
    if (v.array() && offends(*v.array(), nans, infs)) find_fault(p, args, nans, infs);
}

}  // namespace

Values run(const Program& p, Args args) { return run(p, args, placement(args)); }

Values run(const Program& p, Args args, const Placement& at) {
  Values out = p.run(args, *at.device, at.committed);
  if (flag(Option::kDebugNans) || flag(Option::kDebugInfs)) [[unlikely]]
    check_results(p, args, out);
  return out;
}

}  // namespace covector::runtime

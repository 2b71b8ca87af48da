#include "covector/core/trace.h"

#include <atomic>
#include <utility>

#include "covector/core/config.h"
#include "covector/core/eval_hook.h"
#include "covector/core/reference.h"
#include "covector/core/source_info.h"
#include "covector/core/stage.h"

namespace covector {
namespace {

std::atomic<Evaluator*> installed{nullptr};
std::atomic<EvalHook> hook{nullptr};

Values run_at_once(const Op& op, Args args) {
  if (auto& eager = (*op.prim)->eager) [[unlikely]]
    return eager(op, args);
  return evaluator().evaluate(op, args);
}

// The bottom of every stack of traces: computes.
class EvalTrace final : public Trace {
 public:
  Values process(const Op& op, Args args) override {
    for (const Value& a : args) {
      if (a.node()->kind == Node::Kind::kArray) [[likely]]
        continue;
      if (const Tracer* t = a.tracer()) leaked_tracer(*t, op.name());
      if (!op.prim->def().takes_references) refuse_reference(op, a);
    }
    if (flag(Option::kDebugKeyReuse)) [[unlikely]]
      if (EvalHook h = hook.load(std::memory_order_acquire)) return h(op, args, run_at_once);
    return run_at_once(op, args);
  }
  Values process_custom_jvp(const Ref<const CustomJvp>& f, Args args) override {
    return f->fun(args);
  }
  std::string_view kind() const override { return "eval"; }
};

thread_local Trace* current = nullptr;

}  // namespace

void set_evaluator(Evaluator* e) { installed.store(e, std::memory_order_release); }

void set_eval_hook(EvalHook h) { hook.store(h, std::memory_order_release); }

Evaluator& evaluator() {
  Evaluator* e = installed.load(std::memory_order_acquire);
  require<RuntimeError>(e != nullptr,
                        "no evaluator is installed: call covector::runtime::start() first");
  return *e;
}

Trace& eval_trace() {
  static Trace* t = make_ref<EvalTrace>().detach();
  return *t;
}

Trace& current_trace() { return current ? *current : eval_trace(); }
bool is_eager() { return !current || current == &eval_trace(); }

WithTrace::WithTrace(Trace& t) : previous_(std::exchange(current, &t)) {}
WithTrace::~WithTrace() { current = previous_; }

namespace {

// float32[2,3]: as users of arrays write it.
std::string long_text(const Aval& a) {
  std::string s(a.dtype()->name);
  for (int64_t i = 0; i < a.rank(); ++i) s += str(i ? "," : "[", a.dim(i));
  return s + (a.rank() ? "]" : "[]");
}

}  // namespace

void leaked_tracer(const Tracer& t, std::string_view where) {
  const Trace& trace = *t.trace;
  auto* staged = dynamic_cast<const JaxprTrace*>(&trace);
  Source made = staged ? staged->source_of(Ref<const Tracer>(&t)) : nullptr;
  Source used = current_source();
  fail<UnexpectedTracerError>(
      "Encountered an unexpected tracer in ", where, ". A value of type ", long_text(t.aval),
      " was made while a function was being transformed by ", trace.kind(),
      trace.origin.empty() ? "" : " at ", trace.origin,
      trace.alive() ? ", and is used where that transformation does not reach it."
                    : ", and it escaped from it: the transformation has returned.",
      made ? " The value was created on line " : "", describe(made), made ? "." : "",
      used ? " It is used on line " : "", describe(used), used ? "." : "",
      " Functions under transformation must not save intermediate values to global state, "
      "attributes or enclosing scopes: return them as results instead. To find where a value "
      "escapes, use checking_leaks.");
}

}  // namespace covector

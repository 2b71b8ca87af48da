#include "covector/core/fold.h"

#include <algorithm>

namespace covector {
namespace {

bool any_tracer(Args args) {
  return std::any_of(args.begin(), args.end(),
                     [](const Value& a) { return a.tracer() != nullptr; });
}

class FoldingTrace final : public Trace {
 public:
  explicit FoldingTrace(Trace& outer) : outer_(&outer) {}

  Values process(const Op& op, Args args) override {
    Trace& t = any_tracer(args) ? *outer_ : eval_trace();
    WithTrace with(t);
    return t.process(op, args);
  }
  Values process_custom_jvp(const Ref<const CustomJvp>& f, Args args) override {
    if (!any_tracer(args)) return f->fun(args);
    WithTrace with(*outer_);
    return outer_->process_custom_jvp(f, args);
  }
  std::string_view kind() const override { return "eval"; }

 private:
  const Ref<Trace> outer_;
};

}  // namespace

Ref<Trace> folding_trace(Trace& outer) { return make_ref<FoldingTrace>(outer); }

void EagerScope::enter() {
  traces_.push_back(is_eager() ? Ref<Trace>(&eval_trace()) : folding_trace(current_trace()));
  scopes_.push_back(std::make_unique<WithTrace>(*traces_.back()));
}

void EagerScope::exit() {
  scopes_.pop_back();
  traces_.pop_back();
}

}  // namespace covector

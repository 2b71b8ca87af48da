// Partial evaluation: what depends only on known values is computed, the rest
// becomes a jaxpr.

#include "covector/lax/lax.h"
#include "covector/transforms/transforms.h"

namespace covector {
namespace {

// Stages an op if any operand is staged, else hands it on.
class PartialTrace final : public Trace {
 public:
  PartialTrace(Trace& parent, JaxprTrace& unknown) : parent_(&parent), unknown_(&unknown) {}
  std::string_view kind() const override { return "partial evaluation"; }
  Values process(const Op& op, Args args) override { return pick(args).process(op, args); }
  Values process_custom_jvp(const Ref<const CustomJvp>& f, Args args) override {
    return pick(args).process_custom_jvp(f, args);
  }

 private:
  Trace& pick(Args args) const {
    for (const Value& a : args)
      if (unknown_->owns(a)) return *unknown_;
    return *parent_;
  }
  const Ref<Trace> parent_;
  const Ref<JaxprTrace> unknown_;
};

}  // namespace

PartialOut partial_eval(const Fun& f, Args known, AvalSpan avals, const Mask& instantiate,
                        bool instantiate_all) {
  auto unknown = make_ref<JaxprTrace>();
  auto trace = make_ref<PartialTrace>(current_trace(), *unknown);
  CloseTrace close(*trace), close_unknown(*unknown);
  Values in, staged;
  for (size_t i = 0; i < known.size(); ++i)
    in.push_back(known[i] ? known[i] : unknown->new_arg(avals[i]));
  PartialOut r;
  {
    WithTrace with(*trace);
    r.known = f(in);
  }
  for (size_t i = 0; i < r.known.size(); ++i) {
    Value& v = r.known[i];
    bool wanted = instantiate_all || (i < instantiate.size() && instantiate[i]);
    r.avals.push_back(v.aval());
    if (!wanted && !unknown->owns(v)) continue;
    staged.push_back(std::move(v));
    v = {};
  }
  r.unknown = unknown->finish(staged);
  return r;
}

}  // namespace covector

// Batching: a tracer carries a value of the parent trace and which of its axes
// is mapped.

#include <algorithm>

#include "covector/core/axes.h"
#include "covector/lax/lax.h"
#include "covector/transforms/custom_rule.h"
#include "covector/transforms/operands.h"
#include "covector/transforms/transforms.h"

namespace covector {
namespace {

class BatchTrace final : public Trace {
 public:
  // Traces of one tag batch one axis: they know each other's tracers.
  BatchTrace(Trace& parent, const AxisData& axis, Ref<const RefCounted> tag)
      : parent_(&parent), axis_(axis), tag_(std::move(tag)) {}
  std::string_view kind() const override { return "vmap"; }

  struct T final : Tracer {
    T(Ref<Trace> t, Value v, int axis)
        : Tracer(std::move(t), v.aval().without_axis(axis)), value(std::move(v)), axis(axis) {}
    const Value value;
    const int axis;
  };

  Value box(Value v, int axis) {
    if (axis == kUnmapped) return v;
    return make_ref<const T>(Ref<Trace>(this), std::move(v), axis);
  }
  std::pair<Value, int> unbox(const Value& x) const {
    const Tracer* t = x.tracer();
    if (!t || !knows(*t->trace)) return {x, kUnmapped};
    auto* mine = static_cast<const T*>(t);
    return {mine->value, mine->axis};
  }

  Values process(const Op& op, Args args) override {
    Values values;
    MappedAxes axes;
    bool any = split(args, values, axes);
    const PrimitiveDef& def = op.prim->def();
    any |= def.makes_reference || (axis_.named() && names_axes(op));
    WithTrace with(*parent_);
    if (!any) return op.bind(values);
    if (!def.batch) missing_rule("batching", op);
    check_operands(op, args);
    return boxes(def.batch(op, axis_, values, axes));
  }

  Values process_custom_jvp(const Ref<const CustomJvp>& f, Args args) override {
    Values values;
    MappedAxes axes;
    bool any = split(args, values, axes);
    WithTrace with(*parent_);
    Batcher batcher(axis_, tag_, !any);
    Values out = parent_->process_custom_jvp(batched(f, batcher, axes), values);
    MappedAxes out_axes(out.size(), batcher.result_axis());
    return boxes({std::move(out), std::move(out_axes)});
  }

 private:
  bool knows(const Trace& t) const {
    if (&t == this) return true;
    auto* other = dynamic_cast<const BatchTrace*>(&t);
    return other && other->tag_ == tag_;
  }
  bool split(Args args, Values& values, MappedAxes& axes) const {
    bool any = false;
    for (const Value& a : args) {
      auto [v, axis] = unbox(a);
      any |= axis != kUnmapped;
      values.push_back(std::move(v));
      axes.push_back(axis);
    }
    return any;
  }
  Values boxes(BatchOut out) {
    Values r;
    for (size_t i = 0; i < out.values.size(); ++i)
      r.push_back(box(std::move(out.values[i]), out.axes[i]));
    return r;
  }

  // The function and its rule, both mapped.
  static Ref<const CustomJvp> batched(const Ref<const CustomJvp>& f, const Batcher& batcher,
                                      const MappedAxes& axes) {
    if (auto* own = dynamic_cast<const SelfBatching*>(f.get())) return own->batched(batcher, axes);
    auto g = make_ref<CustomJvp>();
    g->name = f->name;
    g->symbolic_zeros = f->symbolic_zeros;
    g->fun = batcher.settled(f->fun, axes);
    g->jvp = [f, batcher, axes](Args primals, Args tangents) -> JvpOut {
      size_t n = primals.size();
      Values in(primals.begin(), primals.end());
      in.append(tangents);
      MappedAxes in_axes = axes;
      in_axes.append(axes);
      auto both = [&](Args a) {
        JvpOut d = f->jvp(a.first(n), a.subspan(n));
        Values r = std::move(d.primals);
        r.append(d.tangents);
        return r;
      };
      Values out = batcher.settled(batcher(both, in, in_axes));
      return {Values(out.begin(), out.begin() + out.size() / 2),
              Values(out.begin() + out.size() / 2, out.end())};
    };
    return g;
  }

  const Ref<Trace> parent_;
  const AxisData axis_;
  const Ref<const RefCounted> tag_;
};

BatchOut batch_tagged(const Fun& f, const AxisData& axis, Ref<const RefCounted> tag, Args args,
                      const MappedAxes& axes) {
  auto trace = make_ref<BatchTrace>(current_trace(), axis, std::move(tag));
  CloseTrace close(*trace);
  Values in, outs;
  for (size_t i = 0; i < args.size(); ++i)
    in.push_back(args[i] ? trace->box(args[i], axes[i]) : Value());
  {
    WithTrace with(*trace);
    WithAxis in_scope(axis);
    outs = f(in);
  }
  BatchOut r;
  for (const Value& v : outs) {
    if (!v) {
      r.values.push_back({});
      r.axes.push_back(kUnmapped);
      continue;
    }
    auto [value, a] = trace->unbox(v);
    r.values.push_back(std::move(value));
    r.axes.push_back(a);
  }
  return r;
}

struct Tag final : RefCounted {};

}  // namespace

BatchOut batch(const Fun& f, const AxisData& axis, Args args, const MappedAxes& axes) {
  return batch_tagged(f, axis, make_ref<const Tag>(), args, axes);
}

Batcher::Batcher(const AxisData& axis, Ref<const RefCounted> tag, bool discover)
    : axis_(axis), tag_(std::move(tag)) {
  if (discover) mapped_ = std::make_shared<std::optional<bool>>();
}

BatchOut Batcher::operator()(const Fun& f, Args args, const MappedAxes& axes) const {
  return batch_tagged(f, axis_, tag_ ? tag_ : make_ref<const Tag>(), args, axes);
}

Values Batcher::settled(BatchOut r) const {
  if (mapped_) {
    bool any = std::any_of(r.axes.begin(), r.axes.end(), [](int a) { return a != kUnmapped; });
    if (!*mapped_) *mapped_ = any;
    require<UnexpectedTracerError>(
        **mapped_ || !any,
        "vmap: the derivative rule of a function closes over a mapped value that the function "
        "itself does not depend on. Pass the value as an argument instead.");
    if (!**mapped_) return std::move(r.values);
  }
  for (size_t i = 0; i < r.values.size(); ++i)
    if (r.values[i]) r.values[i] = batch_to_front(r.values[i], axis_.size, r.axes[i]);
  return std::move(r.values);
}

Fun Batcher::settled(const Fun& f, const MappedAxes& axes) const {
  return [self = *this, f, axes](Args args) { return self.settled(self(f, args, axes)); };
}

namespace {

Ref<const BatchJaxpr> make_batch_jaxpr(const ClosedJaxpr& j, const AxisData& axis,
                                       const Mask& mapped, const Mask& instantiated) {
  Avals avals = j.in_avals();
  MappedAxes axes;
  for (size_t i = 0; i < avals.size(); ++i) {
    axes.push_back(mapped[i] ? 0 : kUnmapped);
    if (mapped[i]) avals[i] = avals[i].with_axis(0, axis.size);
  }
  auto r = make_ref<BatchJaxpr>();
  r->jaxpr = stage(
      [&](Args args) {
        BatchOut out = batch([&](Args a) { return eval_jaxpr(j, a); }, axis, args, axes);
        for (size_t i = 0; i < out.values.size(); ++i) {
          bool m = out.axes[i] != kUnmapped || instantiated[i];
          if (m) out.values[i] = batch_to_front(out.values[i], axis.size, out.axes[i]);
          r->mapped_out.push_back(m);
        }
        return out.values;
      },
      avals, j.jaxpr->debug);
  return r;
}

}  // namespace

Ref<const BatchJaxpr> batch_jaxpr(const ClosedJaxpr& j, const AxisData& axis, const Mask& mapped,
                                  const Mask& instantiate) {
  const Effects& effects = j.jaxpr->effects;
  bool by_name =
      axis.named() && std::find(effects.begin(), effects.end(), &kNamedAxis) != effects.end();
  if (!j.consts.empty() || by_name) return make_batch_jaxpr(j, axis, mapped, instantiate);
  std::string key = str(axis.size, "/");
  for (bool m : mapped) key += m ? '1' : '0';
  key += '/';
  for (bool m : instantiate) key += m ? '1' : '0';
  auto made = j.jaxpr->memo(2, std::move(key),
                            [&] { return make_batch_jaxpr(j, axis, mapped, instantiate); });
  return Ref<const BatchJaxpr>(static_cast<const BatchJaxpr*>(made.get()));
}

}  // namespace covector

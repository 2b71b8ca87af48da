// Reduction of windows by a jaxpr.

#include "covector/control/reduce_body.h"
#include "covector/control/windows.h"
#include "covector/lax/rules.h"
#include "covector/transforms/transforms.h"

namespace covector {

using namespace rules;

namespace {

struct WindowParams {
  ClosedJaxpr jaxpr;
  Windows windows;
  void fields(FieldVisitor& f) const {
    Param none = Param::Tuple{};  // constants are the jaxpr's own
    f("jaxpr", &jaxpr);
    f("consts", &none);
    windows.fields(f);
  }
  bool operator==(const WindowParams&) const = default;
};

std::string names_of(AvalSpan avals) {
  std::string s = "[";
  for (const Aval& a : avals) s += str(s.size() > 1 ? ", " : "", a.dtype()->name);
  return s + "]";
}

Avals window_aval(const Op& op, AvalSpan in) {
  auto& [jaxpr, windows] = op.get<WindowParams>();
  size_t n = in.size() / 2;
  require<TypeError>(n > 0 && in.size() == 2 * n && jaxpr.jaxpr->invars.size() == 2 * n &&
                         jaxpr.jaxpr->outs.size() == n,
                     "reduce_window: takes an initial value for each operand, and a computation "
                     "of twice as many scalars, got ",
                     in.size(), " operands");
  Avals out, results = jaxpr.out_avals(), scalars = jaxpr.in_avals();
  Shape shape = windows_shape("reduce_window", in[0].shape(), windows);
  for (size_t i = 0; i < n; ++i) {
    const Aval &x = in[i], &init = in[n + i];
    require<TypeError>(x.dtype() == init.dtype(),
                       "reduce_window got inconsistent dtypes for operands and init_values: got "
                       "operand dtypes ",
                       names_of(in.first(n)), " and init_value dtypes ", names_of(in.subspan(n)),
                       ".");
    require<TypeError>(init.rank() == 0,
                       "reduce_window expected init_values to be scalars but init_values have "
                       "shapes ",
                       init.shape(), ".");
    require<TypeError>(x.shape() == in[0].shape(),
                       "reduce_window: operands must have equal shapes, got ", in[0].shape(),
                       " and ", x.shape());
    Aval scalar(x.dtype(), {});
    require<TypeError>(scalar.same_type(results[i]) && scalar.same_type(scalars[i]) &&
                           scalar.same_type(scalars[n + i]),
                       "reduce_window: the computation must take and return scalars of the "
                       "operands' dtypes, got ",
                       results[i], " for an operand ", x);
    out.push_back(Aval(x.dtype(), shape));
  }
  return out;
}

// Derivatives -----------------------------------------------------------------------

void require_constant(Args init_tangents) {
  for (const Value& t : init_tangents)
    require<TypeError>(!t, "reduce_window jvp does not support non-zero init_value_tangent.");
}

// Forward, the values are reduced together with their tangents; and once more
// alone, so that results do not depend on tangents where these are mapped.
JvpOut window_jvp(const Op& op, Args primals, Args tangents) {
  auto& [body, windows] = op.get<WindowParams>();
  size_t n = primals.size() / 2;
  require_constant(tangents.subspan(n));
  Avals duals;  // (left, left', right, right')
  for (size_t half = 0; half < 2; ++half)
    for (size_t k = 0; k < 2; ++k)
      for (size_t i = 0; i < n; ++i) duals.push_back(Aval(primals[i].dtype(), {}));
  ClosedJaxpr dual = stage(
      [&](Args a) {
        Values x(a.begin(), a.begin() + n), t(a.begin() + n, a.begin() + 2 * n);
        x.append(a.subspan(2 * n, n));
        t.append(a.subspan(3 * n));
        JvpOut r = jvp([&](Args xs) { return eval_jaxpr(body, xs); }, x, t);
        for (size_t i = 0; i < n; ++i)
          r.primals.push_back(instantiate(r.tangents[i], Aval(x[i].dtype(), {})));
        return r.primals;
      },
      duals);
  Values in(primals.begin(), primals.begin() + n);
  for (size_t i = 0; i < n; ++i) in.push_back(instantiate(tangents[i], primals[i].aval()));
  in.append(primals.subspan(n));
  for (size_t i = 0; i < n; ++i) in.push_back(zeros(Aval(primals[i].dtype(), {})));
  Values r = op.prim->with(WindowParams{dual, windows}).bind(in);
  return {op.bind(primals), Values(r.begin() + n, r.end())};
}

// The elements at one place of all windows.
Value elements_at(const Value& padded, const Axes& place, const Windows& w, const Shape& out) {
  Axes start, limit;
  for (size_t i = 0; i < place.size(); ++i) {
    start.push_back(place[i] * w.window_dilation[i]);
    limit.push_back(start[i] + (out[i] - 1) * w.strides[i] + 1);
  }
  return slice(padded, start, limit, w.strides);
}

// The next place in a window, the last axis first; whether there is one.
bool advance(Axes& place, const Axes& dimensions) {
  for (size_t i = place.size(); i-- > 0;) {
    if (++place[i] < dimensions[i]) return true;
    place[i] = 0;
  }
  return false;
}

// The same by operations on whole arrays, which have transposes: a step for each
// element of a window.
Values reduce_stepwise(const WindowParams& p, Args operands, Args inits, const Shape& out) {
  std::vector<PadDim> dims;
  for (size_t i = 0; i < out.size(); ++i)
    dims.push_back(
        {p.windows.padding[i].low, p.windows.padding[i].high, p.windows.base_dilation[i] - 1});
  Values padded, r;
  for (size_t i = 0; i < operands.size(); ++i) {
    padded.push_back(pad(operands[i], inits[i], dims));
    r.push_back(broadcast(inits[i], out));
  }
  if (r[0].aval().size() == 0) return r;
  Axes place(out.size(), 0);
  do {
    Values both = r;
    for (const Value& x : padded) both.push_back(elements_at(x, place, p.windows, out));
    r = combine_arrays(p.jaxpr, both);
  } while (advance(place, p.windows.dimensions));
  return r;
}

LinearizeOut window_linearize(const Op& op, Args primals, const Mask& nonzero) {
  const WindowParams& p = op.get<WindowParams>();
  size_t n = primals.size() / 2;
  for (size_t i = n; i < 2 * n; ++i)
    require<TypeError>(!nonzero[i],
                       "reduce_window jvp does not support non-zero init_value_tangent.");
  Args inits = primals.subspan(n);
  Shape out = windows_shape("reduce_window", primals[0].shape(), p.windows);
  auto f = [&](Args xs) { return reduce_stepwise(p, xs, inits, out); };
  Linearized lin = linearize(f, primals.first(n), Mask(nonzero.begin(), nonzero.begin() + n));
  auto apply = [lin](Args tangents) {
    Values in, out;
    for (const Value& t : tangents)
      if (t) in.push_back(t);
    Values r = eval_jaxpr(lin.tangent, in);
    size_t k = 0;
    for (bool m : lin.nonzero) out.push_back(m ? r[k++] : Value());
    return out;
  };
  return {lin.primals, apply};
}

// The other rules ---------------------------------------------------------------------

BatchOut window_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  WindowParams p = op.get<WindowParams>();
  size_t n = in.size() / 2;
  Values v;
  for (size_t i = 0; i < in.size(); ++i) {
    require<NotImplemented>(i < n || axes[i] == kUnmapped,
                            "reduce_window batching is not implemented for initial values");
    v.push_back(i < n ? batch_to_front(in[i], axis.size, axes[i]) : in[i]);
  }
  p.windows = with_axis(p.windows, 0);
  return {op.prim->with(std::move(p)).bind(v), MappedAxes(n, 0)};
}

hlo::Results window_lower(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  auto& p = op.get<WindowParams>();
  require<NotImplemented>(p.jaxpr.jaxpr->effects.empty(),
                          "Cannot lower effectful `reduce_window`.");
  if (out[0].rank() == 0) {  // XLA has no tuples in windows without axes
    hlo::Results operands(in.begin() + out.size(), in.end());
    operands.append(in.first(out.size()));
    return b.inline_jaxpr(p.jaxpr, operands);
  }
  Avals scalars;
  for (int twice = 0; twice < 2; ++twice)
    for (const Aval& a : out) scalars.push_back(Aval(a.dtype(), {}));
  hlo::Region body{scalars,
                   [&](hlo::Builder& r, hlo::Operands a) { return r.inline_jaxpr(p.jaxpr, a); }};
  return b.region_op("reduce_window", in, out, std::span(&body, 1), window_attrs(p.windows));
}

const Primitive reduce_window_p{{
    .name = "reduce_window",
    .multiple_results = true,
    .abstract_eval = window_aval,
    .jvp = window_jvp,
    .linearize = window_linearize,
    .batch = window_batch,
    .lower = window_lower,
}};

}  // namespace

Values reduce_window(Args operands, Args inits, const ClosedJaxpr& body, const Windows& w) {
  if (operands.size() == 1 && inits.size() == 1) {
    std::optional<Monoid> m = known_monoid(body, inits[0]);
    if (m == Monoid::kSum) return {reduce_window_sum(operands[0], w)};
    if (m == Monoid::kMax) return {reduce_window_max(operands[0], w)};
    if (m == Monoid::kMin) return {reduce_window_min(operands[0], w)};
  }
  Values in(operands.begin(), operands.end());
  in.append(inits);
  return reduce_window_p.with(WindowParams{body, w}).bind(in);
}

}  // namespace covector

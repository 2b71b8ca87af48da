// The derivatives of extremes of windows: what stands where a window's extreme
// is, and the transpose of that.

#include "covector/lax/elementwise.h"
#include "covector/lax/monoid.h"
#include "covector/lax/param_reader.h"
#include "covector/lax/window.h"

namespace covector {

using namespace rules;

namespace {

struct SelectParams {
  Selection selection;
  Windows windows;
  bool dilations;  // whether the primitive has them

  Monoid monoid() const { return selection == Selection::kGreatest ? Monoid::kMax : Monoid::kMin; }
  std::string_view direction() const { return selection == Selection::kGreatest ? "GE" : "LE"; }
  void fields(FieldVisitor& f) const {
    Param comparison = Param::Enum{"", selection == Selection::kGreatest ? "ge" : "le"};
    f("select_prim", &comparison);
    if (dilations) return windows.fields(f);
    Param margins = param_of(windows.padding);
    f("window_dimensions", &windows.dimensions);
    f("window_strides", &windows.strides);
    f("padding", &margins);
  }
  bool operator==(const SelectParams&) const = default;
};

Op with_windows(const Op& op, Windows w) {
  SelectParams p = op.get<SelectParams>();
  p.windows = std::move(w);
  return op.prim->with(std::move(p));
}

BatchOut select_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  Windows w = with_axis(op.get<SelectParams>().windows, 0);
  return {with_windows(op, std::move(w)).bind(all_to_front(axis, in, axes)), {0}};
}

// Gathering -------------------------------------------------------------------------

Avals gather_aval(const Op& op, AvalSpan in) {
  const Aval &t = in[0], &x = in[1];
  require_dtype(op, x, is_real_or_bool, kOrdered.names);
  require<TypeError>(t.shape() == x.shape(),
                     "select_and_gather_add tangents and operand shapes must match, got ",
                     t.shape(), " and ", x.shape(), ".");
  Shape shape = windows_shape("reduce_window", x.shape(), op.get<SelectParams>().windows);
  return {Aval(t.dtype(), shape, t.weak_type() && x.weak_type())};
}

Values gather_transpose(const Op& op, Args ct, TransposeArgs in) {
  const auto& [selection, w, dilations] = op.get<SelectParams>();
  for (int64_t d : w.window_dilation)
    require<NotImplemented>(d == 1,
                            "VJP not implemented for select_and_gather (MaxPool) with window "
                            "dilation, got window_dilation=",
                            w.window_dilation, ".");
  Windows plain = w;
  plain.base_dilation = Axes(w.dimensions.size(), 1);
  Value x = in[1].value;
  if (w.base_dilation == plain.base_dilation)
    return {select_and_scatter_add(ct[0], x, selection, plain), Value()};
  std::vector<PadDim> between;
  for (int64_t d : w.base_dilation) between.push_back({0, 0, d - 1});
  Value spread = pad(x, identity(op.get<SelectParams>().monoid(), x.dtype()), between);
  Value r = select_and_scatter_add(ct[0], spread, selection, plain);
  return {slice(r, Axes(w.dimensions.size(), 0), r.shape(), w.base_dilation), Value()};
}

// Pairs are reduced: the greater key takes its value along.
hlo::Results gather_lower(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  if (out[0].rank() == 0) return {in[0]};  // XLA has no pairs in windows without axes
  auto& p = op.get<SelectParams>();
  Aval key(in[1].aval.dtype(), {}), value(in[0].aval.dtype(), {});
  hlo::Region body{{key, value, key, value},
                   [&p](hlo::Builder& r, hlo::Operands a) -> hlo::Results {
                     hlo::Operand first = r.compare(a[0], a[2], p.direction());
                     return {r.select(first, a[0], a[2]), r.select(first, a[1], a[3])};
                   }};
  hlo::Operand operands[] = {in[1], in[0], b.constant(identity(p.monoid(), key.dtype())),
                             b.splat(value, int64_t{0})};
  Aval results[] = {out[0].with_dtype(key.dtype()), out[0]};
  return {b.region_op("reduce_window", operands, results, std::span(&body, 1),
                      window_attrs(p.windows))[1]};
}

const Primitive select_and_gather_add_p{{
    .name = "select_and_gather_add",
    .abstract_eval = gather_aval,
    .jvp = linear_in_first,
    .transpose = gather_transpose,
    .batch = select_batch,
    .lower = gather_lower,
}};

// Scattering ------------------------------------------------------------------------

Avals scatter_aval(const Op& op, AvalSpan in) {
  const Aval &source = in[0], &x = in[1];
  require_dtype(op, x, is_real_or_bool, kOrdered.names);
  require_same_dtype(op, in);
  Shape shape = windows_shape(op.name(), x.shape(), op.get<SelectParams>().windows);
  require<TypeError>(source.shape() == shape, op.name(), ": source must have the shape ", shape,
                     " of the windows over an operand of shape ", x.shape(), ", got ",
                     source.shape(), ".");
  return {Aval(source.dtype(), x.shape(), source.weak_type() && x.weak_type())};
}

Values scatter_transpose(const Op& op, Args ct, TransposeArgs in) {
  auto& p = op.get<SelectParams>();
  return {select_and_gather_add(ct[0], in[1].value, p.selection, p.windows), Value()};
}

hlo::Region pair_region(const Aval& element,
                        std::function<hlo::Operand(hlo::Builder&, hlo::Operands)> f) {
  return {{element, element}, [f = std::move(f)](hlo::Builder& r, hlo::Operands a) -> hlo::Results {
            return {f(r, a)};
          }};
}

hlo::Operand padded(hlo::Builder& b, const hlo::Operand& x, const Value& fill, const Axes& low,
                    const Axes& high) {
  Shape shape = x.aval.shape();
  for (size_t i = 0; i < shape.size(); ++i) shape[i] += low[i] + high[i];
  return b.op("pad", {x, b.constant(fill)}, x.aval.with_shape(shape),
              str(hlo::array_attr("edge_padding_low", low), ", ",
                  hlo::array_attr("edge_padding_high", high), ", ",
                  hlo::array_attr("interior_padding", Axes(shape.size(), 0))));
}

// Margins become part of the operand: XLA's own are broken on CPUs and GPUs.
hlo::Results scatter_lower(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  if (out[0].rank() == 0) return {in[0]};  // XLA has no windows without axes here
  SelectParams p = op.get<SelectParams>();
  DType d = out[0].dtype();
  Axes low, high, less_low, less_high;
  for (Margin& m : p.windows.padding) {
    low.push_back(m.low), high.push_back(m.high);
    less_low.push_back(-m.low), less_high.push_back(-m.high);
    m = {};
  }
  Aval element(d, {});
  hlo::Region regions[] = {
      pair_region(element, [&](auto& r, auto a) { return r.compare(a[0], a[1], p.direction()); }),
      pair_region(element, [&](auto& r, auto a) {
        return r.elementwise(is_bool(d) ? "or" : "add", {a[0], a[1]}, element);
      })};
  hlo::Operand operands[] = {padded(b, in[1], identity(p.monoid(), d), low, high), in[0],
                             b.splat(element, int64_t{0})};
  Aval result = operands[0].aval;
  hlo::Operand r = b.region_op("select_and_scatter", operands, std::span(&result, 1), regions,
                               window_attrs(p.windows, false))[0];
  return {padded(b, r, scalar_of(d, int64_t{0}), less_low, less_high)};
}

const Primitive select_and_scatter_add_p{{
    .name = "select_and_scatter_add",
    .abstract_eval = scatter_aval,
    .jvp = linear_in_first,
    .transpose = scatter_transpose,
    .batch = select_batch,
    .lower = scatter_lower,
}};

}  // namespace

Value select_and_gather_add(const Value& tangents, const Value& x, Selection s, const Windows& w) {
  return select_and_gather_add_p.with(SelectParams{s, w, true}).bind1({tangents, x});
}
Value select_and_scatter_add(const Value& source, const Value& x, Selection s, const Windows& w) {
  return select_and_scatter_add_p.with(SelectParams{s, w, false}).bind1({source, x});
}

}  // namespace covector

// dynamic_slice and dynamic_update_slice: windows at places given by operands.

#include "covector/lax/indexing_ops.h"
#include "covector/lax/param_reader.h"
#include "covector/lax/rules.h"

namespace covector {

using namespace rules;

namespace {

// Start indices --------------------------------------------------------------------

void check_starts(const Op& op, const Aval& x, AvalSpan starts) {
  require<TypeError>(static_cast<int64_t>(starts.size()) == x.rank(), op.name(),
                     " start_indices must have length equal to the rank of operand, got ",
                     starts.size(), " for operand shape ", x.shape(), ".");
  bool ok = true;
  std::string names;
  for (const Aval& a : starts) {
    require<TypeError>(a.rank() == 0, "start_indices arguments to ", op.name(),
                       " must be scalars, got ", a);
    ok &= is_integer(a.dtype()) && a.dtype() == starts[0].dtype();
  }
  if (ok) return;
  for (const Aval& a : starts) names += (names.empty() ? "" : ", ") + std::string(a.dtype()->name);
  fail<TypeError>("index arguments to ", op.name(),
                  " must be integers of the same type, got: ", names);
}

bool any_mapped(const MappedAxes& axes, size_t from) {
  return std::any_of(axes.begin() + static_cast<ptrdiff_t>(from), axes.end(),
                     [](int a) { return a != kUnmapped; });
}

// Start indices of each example as rows of one array of index vectors.
Value stacked_starts(const AxisData& axis, Args starts, std::span<const int> axes) {
  int64_t column[] = {axis.size, 1}, front[] = {0};
  Values columns;
  for (size_t i = 0; i < starts.size(); ++i)
    columns.push_back(broadcast_in_dim(
        starts[i], column,
        axes[i] == kUnmapped ? std::span<const int64_t>() : std::span<const int64_t>(front)));
  return concatenate(columns, 1);
}

// The same places in an array with a further axis in front.
Values with_front_start(Args starts) {
  Values r{starts.empty() ? Value(scalar_of(kInt32, int64_t{0}))
                          : Value(scalar_of(starts[0].dtype(), int64_t{0}))};
  r.append(starts);
  return r;
}

const IndexOptions kOneWindow{IndexMode::kClip, true, true, {}};

// dynamic_slice ----------------------------------------------------------------------

struct DynamicSliceParams {
  Shape slice_sizes;
  void fields(FieldVisitor& f) const { f("slice_sizes", &slice_sizes); }
  bool operator==(const DynamicSliceParams&) const = default;
};

Avals dynamic_slice_aval(const Op& op, AvalSpan in) {
  auto& sizes = op.get<DynamicSliceParams>().slice_sizes;
  const Aval& x = in[0];
  require<TypeError>(
      static_cast<int64_t>(sizes.size()) == x.rank(),
      "dynamic_slice slice_sizes must have length equal to the rank of operand, got ", sizes,
      " for operand shape ", x.shape(), ".");
  for (size_t i = 0; i < sizes.size(); ++i) {
    require<TypeError>(sizes[i] <= x.shape()[i], "slice slice_sizes must be less than or equal to ",
                       "operand shape, got slice_sizes ", sizes, " for operand shape ", x.shape(),
                       ".");
    require<TypeError>(sizes[i] >= 0, "slice slice_sizes must be greater than or equal to zero, ",
                       "got slice_sizes of ", sizes, ".");
  }
  check_starts(op, x, in.subspan(1));
  return {x.with_shape(sizes)};
}

Values dynamic_slice_transpose(const Op&, Args ct, TransposeArgs in) {
  Values starts, out(in.size());
  for (const TransposeArg& a : in.subspan(1)) starts.push_back(a.value);
  out[0] = dynamic_update_slice(zeros(in[0].aval.strong()), ct[0], starts);
  return out;
}

BatchOut dynamic_slice_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  Shape sizes = op.get<DynamicSliceParams>().slice_sizes;
  if (!any_mapped(axes, 1)) {
    sizes.insert(sizes.begin(), axis.size);
    return {{dynamic_slice(move_axis(in[0], axes[0], 0), with_front_start(in.subspan(1)), sizes)},
            {0}};
  }
  Value starts = stacked_starts(axis, in.subspan(1), std::span(axes).subspan(1));
  Axes dims = iota_axes(static_cast<int64_t>(sizes.size()));
  Op as_gather = gather_op(in[0].dtype(), {dims, {}, dims, {}, {}}, sizes, kOneWindow);
  Values operands{in[0], starts};
  return (*as_gather.prim)->batch(as_gather, axis, operands, {axes[0], 0});
}

hlo::Results dynamic_slice_lower(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  return {b.op("dynamic_slice", in, out[0],
               hlo::array_attr("slice_sizes", op.get<DynamicSliceParams>().slice_sizes))};
}

// Front-end calls: indices below zero count from the end --------------------------------

// Whether each start index may be negative: one answer, or one for each.
std::vector<bool> negative_allowed(const Param& p, size_t n) {
  if (std::holds_alternative<Param::None>(p.v)) return std::vector<bool>(n, true);
  if (auto* all = std::get_if<bool>(&p.v)) return std::vector<bool>(n, *all);
  std::vector<bool> r;
  for (const Param& x : items_of(p, "allow_negative_indices"))
    r.push_back(int_of(x, "allow_negative_indices") != 0);
  r.resize(n, true);
  return r;
}

Values normalized_starts(const Value& x, Args starts, const Param& allow_negative) {
  require<ValueError>(static_cast<int64_t>(starts.size()) == x.rank(), "Length of slice indices ",
                      "must match number of operand dimensions (", starts.size(), " vs ", x.shape(),
                      ")");
  std::vector<bool> allowed = negative_allowed(allow_negative, starts.size());
  Values r;
  for (size_t i = 0; i < starts.size(); ++i) {
    const Value& s = starts[i];
    int64_t n = x.shape()[i];
    const Array* known = s.array();
    bool literal = s.aval().weak_type();  // only a number in the program's text is judged
    if (!is_signed_int(s.dtype()) || s.rank() != 0) {
      r.push_back(s);
    } else if (known && known->scalar()) {
      int64_t k = to_int64(*known);
      require<ValueError>(k >= 0 || allowed[i] || !literal, "Index ", k,
                          " is out of bounds for dimension ", n,
                          " if allow_negative_indices=False");
      r.push_back(scalar_of(s.dtype(), k < 0 && allowed[i] ? k + n : k));
    } else if (!allowed[i]) {
      r.push_back(s);
    } else {
      Value zero = scalar_of(s.dtype(), int64_t{0});
      r.push_back(select(lt(s, zero), add(s, scalar_of(s.dtype(), n)), s));
    }
  }
  return r;
}

const Primitive dynamic_slice_p{{
    .name = "dynamic_slice",
    .abstract_eval = dynamic_slice_aval,
    .jvp = linear_in_first,
    .transpose = dynamic_slice_transpose,
    .batch = dynamic_slice_batch,
    .lower = dynamic_slice_lower,
    .function = {.signature = "operand, start_indices, slice_sizes, *, allow_negative_indices=True",
                 .doc = R"(Takes a window of an array at a place that may be computed.

Args:
  operand: an array of any dtype.
  start_indices: one integer scalar for each axis. A window that would reach
    out of bounds is moved inside.
  slice_sizes: the shape of the window.
  allow_negative_indices: whether indices below zero count from the end; one
    answer, or one for each axis.

Returns:
  An array of shape `slice_sizes`.

Raises:
  TypeError: the sizes do not fit, or the indices are not integer scalars of
    one dtype.
  ValueError: there is not one index for each axis.)",
                 .call = [](const CallArgs& a) -> Values {
                   Value x = a.value(0);
                   return {
                       dynamic_slice(x, normalized_starts(x, a.values(1), a.param(3)), a.axes(2))};
                 }},
}};

// dynamic_update_slice -----------------------------------------------------------------

Avals dynamic_update_slice_aval(const Op& op, AvalSpan in) {
  const Aval &x = in[0], &update = in[1];
  require<TypeError>(x.dtype() == update.dtype(), "lax.dynamic_update_slice requires arguments to ",
                     "have the same dtypes, got ", x.dtype()->name, ", ", update.dtype()->name,
                     ".");
  require<TypeError>(x.rank() == update.rank(), "dynamic_update_slice update must have the same ",
                     "rank as operand, got update shape ", update.shape(), " for operand shape ",
                     x.shape(), ".");
  for (int64_t i = 0; i < x.rank(); ++i)
    require<TypeError>(update.dim(i) <= x.dim(i), "dynamic_update_slice update shape must be ",
                       "smaller than operand shape, got update shape ", update.shape(),
                       " for operand shape ", x.shape(), ".");
  check_starts(op, x, in.subspan(2));
  return {x.with_weak_type(std::ranges::all_of(in, [](const Aval& a) { return a.weak_type(); }))};
}

JvpOut dynamic_update_slice_jvp(const Op& op, Args in, Args tangents) {
  Values out = op.bind(in);
  if (!tangents[0] && !tangents[1]) return {std::move(out), {Value()}};
  Values t(in.begin(), in.end());
  for (size_t i = 0; i < 2; ++i) t[i] = instantiate(tangents[i], in[i].aval());
  return {std::move(out), op.bind(t)};
}

Values dynamic_update_slice_transpose(const Op& op, Args ct, TransposeArgs in) {
  Values starts, out(in.size());
  for (const TransposeArg& a : in.subspan(2)) starts.push_back(a.value);
  if (in[0].linear) {
    Values operands{ct[0], zeros(in[1].aval.strong())};
    operands.append(starts);
    out[0] = op.bind1(operands);
  }
  if (in[1].linear) out[1] = dynamic_slice(ct[0], starts, in[1].aval.shape());
  return out;
}

BatchOut dynamic_update_slice_batch(const Op& op, const AxisData& axis, Args in,
                                    const MappedAxes& axes) {
  if (!any_mapped(axes, 2)) {
    Values operands{batch_to_front(in[0], axis.size, axes[0]),
                    batch_to_front(in[1], axis.size, axes[1])};
    operands.append(with_front_start(in.subspan(2)));
    return {op.bind(operands), {0}};
  }
  Value starts = stacked_starts(axis, in.subspan(2), std::span(axes).subspan(2));
  Axes dims = iota_axes(in[0].rank() - (axes[0] != kUnmapped));
  Op as_scatter =
      scatter_op(ScatterKind::kSet, in[0].dtype(), {dims, {}, dims, {}, {}}, kOneWindow);
  Values operands{in[0], starts, in[1]};
  return (*as_scatter.prim)->batch(as_scatter, axis, operands, {axes[0], 0, axes[1]});
}

const Primitive dynamic_update_slice_p{{
    .name = "dynamic_update_slice",
    .abstract_eval = dynamic_update_slice_aval,
    .jvp = dynamic_update_slice_jvp,
    .transpose = dynamic_update_slice_transpose,
    .batch = dynamic_update_slice_batch,
    .lower = [](const Op&, hlo::Builder& b, hlo::Operands in, AvalSpan out) -> hlo::Results {
      return {b.op("dynamic_update_slice", in, out[0])};
    },
    .function = {.signature = "operand, update, start_indices, *, allow_negative_indices=True",
                 .doc = R"(Replaces a window of an array at a place that may be computed.

Args:
  operand: an array of any dtype.
  update: the window's new elements: an array of the same dtype and rank, no
    larger than the operand.
  start_indices: one integer scalar for each axis. A window that would reach
    out of bounds is moved inside.
  allow_negative_indices: whether indices below zero count from the end; one
    answer, or one for each axis.

Returns:
  An array of the operand's type.

Raises:
  TypeError: dtypes or shapes do not fit, or the indices are not integer
    scalars of one dtype.
  ValueError: there is not one index for each axis.)",
                 .call = [](const CallArgs& a) -> Values {
                   Value x = a.value(0);
                   return {dynamic_update_slice(x, a.value(1),
                                                normalized_starts(x, a.values(2), a.param(3)))};
                 }},
}};

}  // namespace

Value dynamic_slice(const Value& x, Args starts, std::span<const int64_t> sizes) {
  Values operands{x};
  operands.append(starts);
  return dynamic_slice_p.with(DynamicSliceParams{Shape(sizes.begin(), sizes.end())})
      .bind1(operands);
}

Value dynamic_update_slice(const Value& x, const Value& update, Args starts) {
  Values operands{x, update};
  operands.append(starts);
  return dynamic_update_slice_p.op().bind1(operands);
}

}  // namespace covector

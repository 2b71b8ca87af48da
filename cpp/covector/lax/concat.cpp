// Operations that join and divide arrays: concatenate, split.

#include "covector/lax/rules.h"

namespace covector {

using namespace rules;

namespace {

std::string shapes_of(AvalSpan in) {
  std::string s;
  for (const Aval& a : in) s += (s.empty() ? "" : ", ") + str(a.shape());
  return s;
}

// concatenate --------------------------------------------------------------------

struct ConcatenateParams {
  int64_t dimension = 0;
  void fields(FieldVisitor& f) const { f("dimension", dimension); }
  bool operator==(const ConcatenateParams&) const = default;
};

void require_same_dtypes(AvalSpan in) {
  bool same = std::ranges::all_of(in, [&](const Aval& a) { return a.dtype() == in[0].dtype(); });
  if (same) return;
  std::string names;
  for (const Aval& a : in) names += (names.empty() ? "" : ", ") + std::string(a.dtype()->name);
  fail<TypeError>("lax.concatenate requires arguments to have the same dtypes, got ", names,
                  ". (Tip: jnp.concatenate is a similar function that does automatic type ",
                  "promotion on inputs).");
}

Avals concatenate_aval(const Op& op, AvalSpan in) {
  int64_t axis = op.get<ConcatenateParams>().dimension;
  require<TypeError>(!in.empty(), "concatenate expects at least one operand, got 0.");
  for (const Aval& a : in)
    if (a.rank() != in[0].rank())
      fail<TypeError>("Cannot concatenate arrays with different numbers of dimensions: got ",
                      shapes_of(in), ".");
  if (axis < 0 || axis >= in[0].rank())
    fail<TypeError>("concatenate dimension out of bounds: dimension ", axis, " for shapes ",
                    shapes_of(in), ".");
  require_same_dtypes(in);
  Shape out = in[0].shape();
  bool weak = true;
  int64_t size = 0;
  for (const Aval& a : in) {
    for (int64_t i = 0; i < a.rank(); ++i)
      if (i != axis && a.dim(i) != in[0].dim(i))
        fail<TypeError>("Cannot concatenate arrays with shapes that differ in dimensions other ",
                        "than the one being concatenated: concatenating along dimension ", axis,
                        " for shapes ", shapes_of(in), ".");
    size += a.dim(axis);
    weak &= a.weak_type();
  }
  out[static_cast<size_t>(axis)] = size;
  return {Aval(in[0].dtype(), out, weak)};
}

// One slice for each linear operand.
Values concatenate_transpose(const Op& op, Args ct, TransposeArgs in) {
  int64_t axis = op.get<ConcatenateParams>().dimension;
  Axes sizes;
  for (const TransposeArg& a : in) sizes.push_back(a.aval.dim(axis));
  Values parts = split(ct[0], sizes, axis);
  for (size_t i = 0; i < in.size(); ++i)
    if (!in[i].linear) parts[i] = {};
  return parts;
}

// Compilers take long over an operation of very many operands: such a one is
// written as a tree.
hlo::Results concatenate_lower(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan) {
  constexpr size_t kArity = 16;
  int64_t axis = op.get<ConcatenateParams>().dimension;
  std::vector<hlo::Operand> xs(in.begin(), in.end());
  // XLA's simplification of a slice of nothing, cut from such an operand, fails.
  auto empty = [&](const hlo::Operand& x) { return x.aval.dim(axis) == 0; };
  if (std::erase_if(xs, empty) == in.size()) return {in[0]};
  while (xs.size() > 1) {
    std::vector<hlo::Operand> joined;
    for (size_t i = 0; i < xs.size(); i += kArity) {
      hlo::Operands group = std::span(xs).subspan(i, std::min(kArity, xs.size() - i));
      int64_t size = 0;
      for (const hlo::Operand& x : group) size += x.aval.dim(axis);
      Aval aval = group[0].aval.without_axis(axis).with_axis(axis, size);
      joined.push_back(b.op("concatenate", group, aval, hlo::int_attr("dimension", axis)));
    }
    xs = std::move(joined);
  }
  return {xs[0]};
}

const Primitive concatenate_p{{
    .name = "concatenate",
    .abstract_eval = concatenate_aval,
    .jvp = linear,
    .transpose = concatenate_transpose,
    .batch = [](const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) -> BatchOut {
      ConcatenateParams p{op.get<ConcatenateParams>().dimension + 1};
      return {op.prim->with(p).bind(all_to_front(axis, in, axes)), {0}};
    },
    .lower = concatenate_lower,
    .function = {.signature = "operands, dimension",
                 .doc = R"(Joins arrays along an existing axis.

Args:
  operands: a non-empty sequence of arrays of one dtype, whose shapes agree but
    for the size of the joined axis.
  dimension: the axis along which to join.

Returns:
  An array with the operands' elements one after the other.

Raises:
  ValueError: there are no operands.
  TypeError: dtypes or shapes do not agree, or the axis is out of bounds.)",
                 .call = [](const CallArgs& a) -> Values {
                   Values xs = a.values(0);
                   require<ValueError>(!xs.empty(),
                                       "concatenate requires a non-empty sequences of arrays");
                   return {concatenate(xs, a.integer(1))};
                 }},
}};

// split --------------------------------------------------------------------------

struct SplitParams {
  Axes sizes;
  int64_t axis = 0;
  void fields(FieldVisitor& f) const { f("axis", axis), f("sizes", &sizes); }
  bool operator==(const SplitParams&) const = default;
};

Avals split_aval(const Op& op, AvalSpan in) {
  auto& [sizes, axis] = op.get<SplitParams>();
  require<ValueError>(axis >= 0 && axis < in[0].rank(), "axis ", axis,
                      " is out of bounds for array of dimension ", in[0].rank());
  int64_t sum = 0;
  Avals out;
  for (int64_t n : sizes) {
    require<ValueError>(n >= 0, "Sizes passed to split must be nonnegative, got ", sizes);
    sum += n;
    out.push_back(in[0].without_axis(axis).with_axis(axis, n));
  }
  require<ValueError>(sum == in[0].dim(axis), "Sum of sizes ", sum, " must be equal to dimension ",
                      axis, " of the operand shape ", in[0].shape());
  return out;
}

Values split_transpose(const Op& op, Args cts, TransposeArgs in) {
  auto& [sizes, axis] = op.get<SplitParams>();
  Values parts;
  for (size_t i = 0; i < cts.size(); ++i)
    parts.push_back(cts[i] ? cts[i]
                           : zeros(in[0].aval.without_axis(axis).with_axis(axis, sizes[i])));
  return {concatenate(parts, axis)};
}

hlo::Results split_lower(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan) {
  auto& p = op.get<SplitParams>();
  size_t axis = static_cast<size_t>(p.axis);
  Shape start(in[0].aval.shape().size(), 0), limit = in[0].aval.shape();
  hlo::Results parts;
  for (int64_t n : p.sizes) {
    limit[axis] = start[axis] + n;
    parts.push_back(b.slice(in[0], start, limit));
    start[axis] = limit[axis];
  }
  return parts;
}

const Primitive split_p{{
    .name = "split",
    .multiple_results = true,
    .abstract_eval = split_aval,
    .jvp = linear,
    .transpose = split_transpose,
    .batch = [](const Op& op, const AxisData&, Args in, const MappedAxes& axes) -> BatchOut {
      SplitParams p = op.get<SplitParams>();
      p.axis += p.axis >= axes[0];
      size_t n = p.sizes.size();
      return {op.prim->with(std::move(p)).bind(in), MappedAxes(n, axes[0])};
    },
    .lower = split_lower,
    .function = {.signature = "operand, sizes, axis=0",
                 .doc = R"(Divides an array along an axis.

Args:
  operand: an array of any dtype.
  sizes: the size of each part; their sum must be the size of the axis.
  axis: the axis to divide; negative ones count from the end.

Returns:
  A list of arrays, one for each size.

Raises:
  ValueError: the sizes do not fit, or the axis is out of bounds.)",
                 .call = [](const CallArgs& a) -> Values {
                   Value x = a.value(0);
                   int64_t axis = a.integer_or(2, 0);
                   return split(x, a.axes(1), axis < 0 ? axis + x.rank() : axis);
                 }},
}};

}  // namespace

Value concatenate(Args xs, int64_t axis) {
  if (xs.size() == 1) return xs[0];
  return concatenate_p.with(ConcatenateParams{axis}).bind1(xs);
}

Values split(const Value& x, std::span<const int64_t> sizes, int64_t axis) {
  return split_p.with(SplitParams{Axes(sizes.begin(), sizes.end()), axis}).bind({x});
}

}  // namespace covector

#include <tuple>

#include "covector/core/config.h"
#include "covector/lax/dot_algorithm.h"
#include "covector/lax/param_reader.h"
#include "covector/lax/rules.h"
#include "covector/lax/shown_param.h"

namespace covector {

using namespace rules;

std::string_view rules::precision_name(Precision p) {
  constexpr std::string_view kNames[] = {"DEFAULT", "HIGH", "HIGHEST"};
  return kNames[static_cast<size_t>(p)];
}

Param rules::precision_param(Precision p) { return Param::Enum{"Precision", precision_name(p)}; }

namespace {

// Parameters -----------------------------------------------------------------------

Param pair_of(Param a, Param b) {
  Param::Tuple t;
  t.items = {std::move(a), std::move(b)};
  return t;
}

}  // namespace

Param rules::precision_param(const DotOptions& o) {
  if (o.precision)
    return pair_of(precision_param(o.precision->first), precision_param(o.precision->second));
  return o.algorithm.empty() ? Param() : Param::Enum{"DotAlgorithmPreset", o.algorithm};
}

namespace {

// (([...], [...]), ([...], [...])), from nested tuples.
std::string in_brackets(const Param& p) {
  if (auto* axes = std::get_if<Axes>(&p.v)) {
    std::string s;
    for (int64_t a : *axes) s += str(s.empty() ? "" : ", ", a);
    return str("[", s, "]");
  }
  auto& sides = std::get<Param::Tuple>(p.v).items;
  return str("(", in_brackets(sides[0]), ", ", in_brackets(sides[1]), ")");
}

Param dims_param(const DotDims& d) {
  return shown_as(
      pair_of(pair_of(d.lhs_contract, d.rhs_contract), pair_of(d.lhs_batch, d.rhs_batch)),
      in_brackets);
}

struct DotParams {
  DotDims dims;
  std::optional<std::pair<Precision, Precision>> precision;
  std::string_view algorithm;
  DType preferred;

  void fields(FieldVisitor& f) const {
    Param d = dims_param(dims);
    Param p = precision_param({precision, preferred, algorithm});
    f("dimension_numbers", &d);
    f.quiet("out_sharding", Param::None());
    f.maybe(precision || !algorithm.empty(), "precision", &p);
    if (preferred)
      f("preferred_element_type", preferred);
    else
      f.quiet("preferred_element_type", Param::None());
  }
  bool operator==(const DotParams&) const = default;
};

// abstract_eval --------------------------------------------------------------------

// The axes that are neither contracted nor batched.
Axes free_axes(int64_t rank, const Axes& contract, const Axes& batch) {
  Axes used = contract;
  used.append(batch);
  return other_axes(rank, used);
}

void check_side(const char* side, const Aval& x, const Axes& contract, const Axes& batch) {
  Axes all = batch;
  all.append(contract);
  for (size_t i = 0; i < all.size(); ++i) {
    require<TypeError>(all[i] >= 0 && all[i] < x.rank(), "dot_general requires ", side,
                       " dimension numbers to be nonnegative and less than the number of axes of ",
                       "the ", side, " value, got ", side, "_batch of ", batch, " and ", side,
                       "_contracting of ", contract, " for ", side, " of rank ", x.rank());
    require<TypeError>(!contains(std::span(all).first(i), all[i]), "dot_general requires ", side,
                       " batch and contracting dimensions to be distinct, got ", side, "_batch ",
                       batch, " and ", side, "_contracting ", contract, ".");
  }
}

void check_sizes(const char* what, const Aval& l, const Aval& r, const Axes& la, const Axes& ra) {
  bool ok = la.size() == ra.size();
  for (size_t i = 0; ok && i < la.size(); ++i) ok = l.dim(la[i]) == r.dim(ra[i]);
  require<TypeError>(ok, "dot_general requires ", what, " dimensions of lhs and rhs to have the ",
                     "same shape, got ", la, " of ", l, " and ", ra, " of ", r, ".");
}

// What orders dtypes by the values they hold: (complex, range, digits, width, signed).
using Capacity = std::tuple<bool, int, int, int, bool>;
struct FloatFormat {
  int max_exponent, digits;
};

FloatFormat float_format(DType d) {
  switch (d.id()) {
    case DTypeId::kFloat64:
      return {1024, 52};
    case DTypeId::kFloat32:
      return {128, 23};
    case DTypeId::kFloat16:
      return {16, 10};
    case DTypeId::kBfloat16:
      return {128, 7};
    case DTypeId::kFloat8E5m2:
    case DTypeId::kFloat8E5m2fnuz:
      return {16, 2};
    case DTypeId::kFloat8E4m3fn:
      return {9, 3};
    case DTypeId::kFloat8E4m3b11fnuz:
      return {5, 3};
    case DTypeId::kFloat8E4m3fnuz:
    case DTypeId::kFloat8E4m3:
      return {8, 3};
    case DTypeId::kFloat8E3m4:
      return {4, 4};
    case DTypeId::kFloat8E8m0fnu:
      return {128, 0};
    case DTypeId::kFloat4E2m1fn:
      return {3, 1};
    default:
      return {-1, -1};
  }
}

Capacity capacity(DType d) {
  DType r = is_complex(d) ? real_dtype(d) : d;
  FloatFormat f = float_format(r);
  return {is_complex(d), f.max_exponent, f.digits, is_bool(r) ? 1 : r->bits, !is_unsigned_int(r)};
}

DType result_dtype(const DotParams& p, DType l, DType r) {
  Capacity cl = capacity(l), cr = capacity(r);
  require<TypeError>(l == r || cl != cr, "dot_general argument type error: ", l->name, ", ",
                     r->name);
  DType d = cl > cr ? l : r;
  if (!p.preferred || p.preferred == d) return d;
  require<TypeError>(is_floating(d) || !p.algorithm.empty() || p.preferred->bits >= d->bits,
                     "`preferred_element_type` must not be narrower than the original type, got ",
                     "preferred_element_type of ", p.preferred->name, " for result type of ",
                     d->name, ".");
  return p.preferred;
}

Avals dot_aval(const Op& op, AvalSpan in) {
  auto& p = op.get<DotParams>();
  auto& d = p.dims;
  const Aval &l = in[0], &r = in[1];
  for (const Aval& a : in) require_dtype(op, a, is_number_or_bool, "number, bool");
  check_side("lhs", l, d.lhs_contract, d.lhs_batch);
  check_side("rhs", r, d.rhs_contract, d.rhs_batch);
  check_sizes("batch", l, r, d.lhs_batch, d.rhs_batch);
  check_sizes("contracting", l, r, d.lhs_contract, d.rhs_contract);
  Shape out;
  for (int64_t a : d.lhs_batch) out.push_back(l.dim(a));
  for (int64_t a : free_axes(l.rank(), d.lhs_contract, d.lhs_batch)) out.push_back(l.dim(a));
  for (int64_t a : free_axes(r.rank(), d.rhs_contract, d.rhs_batch)) out.push_back(r.dim(a));
  return {Aval(result_dtype(p, l.dtype(), r.dtype()), out, l.weak_type() && r.weak_type())};
}

// transpose ------------------------------------------------------------------------

DotDims swapped(const DotDims& d) {
  return {d.rhs_contract, d.lhs_contract, d.rhs_batch, d.lhs_batch};
}

// The cotangent of the operand on the left of `d`. The result's axes are
// (batch, lhs free, rhs free), or with the free axes the other way round if
// `self_last`. Contracting with the other's free axes leaves (batch, self
// free, other's contracted axes in ascending order), to be put back in place.
Value operand_cotangent(const Op& op, const DotDims& d, const Value& ct, const Aval& self,
                        const Value& other, bool self_last) {
  Axes self_free = free_axes(self.rank(), d.lhs_contract, d.lhs_batch);
  Axes other_free = free_axes(other.rank(), d.rhs_contract, d.rhs_batch);
  int64_t batches = static_cast<int64_t>(d.lhs_batch.size());
  int64_t other_at = batches + (self_last ? 0 : static_cast<int64_t>(self_free.size()));
  DotParams p = op.get<DotParams>();
  p.dims = {iota_axes(static_cast<int64_t>(other_free.size()), other_at), other_free,
            iota_axes(batches), d.rhs_batch};
  Value r = op.prim->with(std::move(p)).bind1({ct, other});
  Axes origin = d.lhs_batch;  // for each axis of r, the operand's axis that it is
  origin.append(self_free);
  Axes ascending = d.rhs_contract;
  std::sort(ascending.begin(), ascending.end());
  for (int64_t a : ascending) {
    auto at = std::find(d.rhs_contract.begin(), d.rhs_contract.end(), a) - d.rhs_contract.begin();
    origin.push_back(d.lhs_contract[static_cast<size_t>(at)]);
  }
  return convert_element_type(transpose(r, inverse_permutation(origin)), self.dtype());
}

Values dot_transpose(const Op& op, Args ct, TransposeArgs in) {
  auto& d = op.get<DotParams>().dims;
  if (in[0].linear)
    return {operand_cotangent(op, d, ct[0], in[0].aval, in[1].value, false), Value()};
  return {Value(), operand_cotangent(op, swapped(d), ct[0], in[1].aval, in[0].value, true)};
}

// batch ----------------------------------------------------------------------------

// Axes of an operand that gets a further axis at `at`.
Axes bumped(Axes axes, int64_t at) {
  for (int64_t& a : axes) a += a >= at;
  return axes;
}

// How many of the free axes stand before the mapped one.
int free_axes_before(int64_t rank, const Axes& contract, const Axes& batch, int at) {
  int n = 0;
  for (int64_t a : free_axes(rank, contract, batch)) n += a < at;
  return n;
}

// Both mapped: a new batch axis. One mapped: its axis is a further free axis.
BatchOut dot_batch(const Op& op, const AxisData&, Args in, const MappedAxes& axes) {
  DotParams p = op.get<DotParams>();
  DotDims& d = p.dims;
  int out_axis = 0;
  int64_t lhs_rank = in[0].rank() - (axes[0] != kUnmapped);
  int64_t rhs_rank = in[1].rank() - (axes[1] != kUnmapped);
  if (axes[1] == kUnmapped)
    out_axis = static_cast<int>(d.lhs_batch.size()) +
               free_axes_before(lhs_rank, d.lhs_contract, d.lhs_batch, axes[0]);
  else if (axes[0] == kUnmapped)
    out_axis = static_cast<int>(lhs_rank - static_cast<int64_t>(d.lhs_contract.size())) +
               free_axes_before(rhs_rank, d.rhs_contract, d.rhs_batch, axes[1]);
  if (axes[0] != kUnmapped) {
    d.lhs_contract = bumped(d.lhs_contract, axes[0]);
    d.lhs_batch = bumped(d.lhs_batch, axes[0]);
  }
  if (axes[1] != kUnmapped) {
    d.rhs_contract = bumped(d.rhs_contract, axes[1]);
    d.rhs_batch = bumped(d.rhs_batch, axes[1]);
  }
  if (axes[0] != kUnmapped && axes[1] != kUnmapped) {
    d.lhs_batch.insert(d.lhs_batch.begin(), axes[0]);
    d.rhs_batch.insert(d.rhs_batch.begin(), axes[1]);
  }
  return {op.prim->with(std::move(p)).bind(in), {out_axis}};
}

// lower ----------------------------------------------------------------------------

std::string dot_attrs(const DotParams& p) {
  auto& d = p.dims;
  std::string s = str(
      "dot_dimension_numbers = #stablehlo.dot<lhs_batching_dimensions = ", hlo::list(d.lhs_batch),
      ", rhs_batching_dimensions = ", hlo::list(d.rhs_batch),
      ", lhs_contracting_dimensions = ", hlo::list(d.lhs_contract),
      ", rhs_contracting_dimensions = ", hlo::list(d.rhs_contract), ">");
  if (p.precision)
    s += str(", precision_config = [#stablehlo<precision ", precision_name(p.precision->first),
             ">, #stablehlo<precision ", precision_name(p.precision->second), ">]");
  return s;
}

hlo::Operand converted(hlo::Builder& b, const hlo::Operand& x, DType d, DType also = {}) {
  return x.aval.dtype() == d || (also && x.aval.dtype() == also) ? x : b.convert(x, d);
}

// XLA's CPU compilers take any algorithm and use their own.
bool cpu_has(const DotAlgorithm& a) {
  for (std::string_view name : {"DEFAULT", "F16_F16_F16", "F32_F32_F32", "F64_F64_F64",
                                "BF16_BF16_F32", "BF16_BF16_F32_X3", "BF16_BF16_F32_X6"})
    if (a.name == name) return true;
  return false;
}

hlo::Results lower_with_algorithm(const DotAlgorithm& a, const DotParams& p, hlo::Builder& b,
                                  hlo::Operands in, const Aval& out) {
  require<ValueError>(!b.for_cpu() || cpu_has(a), "The precision '", a.name,
                      "' is not supported by dot_general on CPU");
  hlo::Operand l = a.operand ? converted(b, in[0], a.operand, a.also) : in[0];
  hlo::Operand r = a.operand ? converted(b, in[1], a.operand, a.also) : in[1];
  Aval accumulated = a.accumulation ? out.with_dtype(a.accumulation) : out;
  std::string attrs = dot_attrs(p);
  if (a.name != "DEFAULT") attrs += ", " + dot_algorithm_attr(a, l.aval.dtype(), r.aval.dtype());
  return {converted(b, b.op("dot_general", {l, r}, accumulated, attrs), out.dtype())};
}

// Backends compile mixed dtypes only for some float8; others are widened first.
hlo::Results dot_lower(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  auto& p = op.get<DotParams>();
  if (!p.algorithm.empty())
    return lower_with_algorithm(*find_dot_algorithm(p.algorithm), p, b, in, out[0]);
  DType l = in[0].aval.dtype(), r = in[1].aval.dtype();
  bool float8 = is_floating(l) && is_floating(r) && l->bits == 8 && r->bits == 8;
  if (l == r || float8) return {b.op("dot_general", in, out[0], dot_attrs(p))};
  DType d = out[0].dtype();
  return {
      b.op("dot_general", {converted(b, in[0], d), converted(b, in[1], d)}, out[0], dot_attrs(p))};
}

// The primitive --------------------------------------------------------------------

Values dot_call(const CallArgs& a) {
  DType preferred = a.is_none(4) ? DType() : canonical(a.dtype(4));
  return {dot_general(a.value(0), a.value(1), read_dot_dims(a.param(2)),
                      read_dot_options(a.param(3), preferred))};
}

const Primitive dot_general_p{{
    .name = "dot_general",
    .abstract_eval = dot_aval,
    .jvp = bilinear,
    .transpose = dot_transpose,
    .batch = dot_batch,
    .lower = dot_lower,
    .function = {.signature = "lhs, rhs, dimension_numbers, precision=None, "
                              "preferred_element_type=None, *, out_sharding=None",
                 .doc = R"(Multiplies and sums: the general contraction of two arrays.

Args:
  lhs: an array of numbers or booleans.
  rhs: another one.
  dimension_numbers: `((lhs_contract, rhs_contract), (lhs_batch, rhs_batch))`:
    axes to sum over, and axes that both have and the result keeps.
  precision: how exactly to multiply where hardware offers a choice: None, a
    `Precision` or its name, a pair of them, or a `DotAlgorithmPreset`.
  preferred_element_type: the dtype to accumulate in and return.

Returns:
  An array whose axes are the batch axes, then the free axes of `lhs`, then
  those of `rhs`. Its dtype is the wider of the operands', unless another one
  is preferred.

Raises:
  TypeError: the dimension numbers or dtypes do not fit.)",
                 .call = dot_call},
}};

}  // namespace

Aval rules::dot_result(const Aval& lhs, const Aval& rhs, const DotDims& dims, const DotOptions& o) {
  Aval in[] = {lhs, rhs};
  DotParams p{dims, o.precision, o.algorithm, o.preferred_element_type};
  return dot_aval(dot_general_p.with(std::move(p)), in)[0];
}

Value dot_general(const Value& lhs, const Value& rhs, const DotDims& dims, const DotOptions& o) {
  DotParams p{dims, o.precision, o.algorithm, o.preferred_element_type};
  int64_t configured = option(Option::kMatmulPrecision);
  if (!p.precision && p.algorithm.empty() && configured >= 0) {
    auto precision = static_cast<Precision>(configured);
    p.precision = {precision, precision};
  }
  return dot_general_p.with(std::move(p)).bind1({lhs, rhs});
}

}  // namespace covector

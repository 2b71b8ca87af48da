// Discrete Fourier transforms of one to three axes.

#include "covector/lax/fft.h"

#include "covector/lax/param_reader.h"
#include "covector/lax/rules.h"
#include "covector/lax/shown_param.h"

namespace covector {

using namespace rules;

namespace {

constexpr std::string_view kNames[] = {"FFT", "IFFT", "RFFT", "IRFFT"};

struct FftParams {
  FftType type = FftType::kFft;
  Axes lengths;
  void fields(FieldVisitor& f) const {
    f("fft_lengths", &lengths);
    Param::Enum value{"FftType", kNames[static_cast<size_t>(type)]};
    Param kind = shown_as(value, [](const Param& p) {
      std::string_view name = std::get<Param::Enum>(p.v).member;
      return str(std::find(std::begin(kNames), std::end(kNames), name) - std::begin(kNames));
    });
    f("fft_type", &kind);
  }
  bool operator==(const FftParams&) const = default;
};

std::string_view name_of(FftType t) { return kNames[static_cast<size_t>(t)]; }

// abstract_eval --------------------------------------------------------------------

void check_dtype(FftType type, const Aval& x) {
  bool real = type == FftType::kRfft;
  bool ok = real ? x.dtype() == kFloat32 || x.dtype() == kFloat64 : is_complex(x.dtype());
  require<ValueError>(ok, real || type == FftType::kIrfft ? name_of(type) : "FFT",
                      " input must be ", real ? "float32 or float64" : "complex64 or complex128",
                      ", got ", x.dtype()->name);
}

// The sizes of the transformed axes, of the operand or of the result.
Axes half(Axes lengths) {
  lengths.back() = lengths.back() / 2 + 1;
  return lengths;
}

Avals fft_aval(const Op& op, AvalSpan in) {
  auto& [type, lengths] = op.get<FftParams>();
  const Aval& x = in[0];
  size_t rank = x.shape().size(), n = lengths.size();
  require<ValueError>(n >= 1 && n <= rank, "FFT input shape ", x.shape(),
                      " must have at least as many input dimensions as fft_lengths ", lengths, ".");
  require<ValueError>(n <= 3, "FFT transforms at most 3 axes at once, got fft_lengths ", lengths,
                      ". Transform the others by a second call.");
  check_dtype(type, x);
  auto tail = std::span(x.shape()).last(n);
  // The operand of kIrfft has half of the coefficients along the last axis.
  size_t checked = type == FftType::kIrfft ? n - 1 : n;
  require<ValueError>(
      std::ranges::equal(tail.first(checked), std::span(lengths).first(checked)), name_of(type),
      " input shape ", x.shape(), " minor dimensions must be equal ", "to ",
      checked == n ? "fft_lengths " : "all except the last fft_length, got fft_lengths=", lengths);
  require<ValueError>(
      checked == n || tail.back() == lengths.back() / 2 + 1,
      "IRFFT requires an innermost dimension of fft_lengths[-1] / 2 + 1, got input ", "shape ",
      x.shape(), " and fft_lengths ", lengths);
  for (int64_t length : lengths)
    require<ValueError>(length >= 0, "FFT lengths must be nonnegative, got ", lengths);
  Shape out(x.shape().begin(), x.shape().end() - static_cast<std::ptrdiff_t>(n));
  out.append(type == FftType::kRfft ? half(lengths) : lengths);
  DType d = type == FftType::kRfft    ? complex_dtype(x.dtype())
            : type == FftType::kIrfft ? real_dtype(x.dtype())
                                      : x.dtype();
  return {Aval(d, out, x.weak_type())};
}

// transpose ------------------------------------------------------------------------

// How many of the `length` coefficients each one of the half along the last
// axis stands for: those without a conjugate twin for one, the others for two.
Value multiplicity(DType real, int64_t length, const Shape& shape) {
  int64_t n = shape.back(), last = static_cast<int64_t>(shape.size()) - 1;
  Value k = iota(kInt32, std::span(&n, 1), 0), zero = scalar_of(kInt32, int64_t{0});
  Value alone = eq(k, zero);
  if (length % 2 == 0) alone = bitwise_or(alone, eq(k, scalar_of(kInt32, n - 1)));
  Value count = select(alone, full(Aval(real, {n}), 1), full(Aval(real, {n}), 2));
  return broadcast_in_dim(count, shape, Axes{last});
}

double product(const Axes& lengths) {
  double n = 1;
  for (int64_t x : lengths) n *= static_cast<double>(x);
  return n;
}

Value scaled(const Value& z, const Value& factor) {
  return mul(z, complex(factor, full_like(factor, 0)));
}

// Transposes are those of real-linear maps: cotangents are never conjugated.
Values fft_transpose(const Op& op, Args ct, TransposeArgs) {
  auto& [type, lengths] = op.get<FftParams>();
  const Value& t = ct[0];
  if (type == FftType::kFft || type == FftType::kIfft) return {op.bind1({t})};
  if (type == FftType::kRfft) {
    DType real = real_dtype(t.dtype());
    Value weight = full(Aval(real, t.shape()), product(lengths)) /
                   multiplicity(real, lengths.back(), t.shape());
    return {fft(scaled(conj(t), weight), FftType::kIrfft, lengths)};
  }
  Value z = fft(t, FftType::kRfft, lengths);
  Value weight = multiplicity(t.dtype(), lengths.back(), z.shape()) /
                 full(Aval(t.dtype(), z.shape()), product(lengths));
  return {conj(scaled(z, weight))};
}

// lower ----------------------------------------------------------------------------

hlo::Results one_op(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  auto& [type, lengths] = op.get<FftParams>();
  return {b.op("fft", in, out[0],
               str("fft_type = #stablehlo<fft_type ", name_of(type), ">, ",
                   hlo::array_attr("fft_length", lengths)))};
}

// GPU libraries take all axes of a real result as symmetric, where only the
// last is: the others are transformed as complex ones first.
Values axis_by_axis(const Op& op, Args in) {
  const Axes& lengths = op.get<FftParams>().lengths;
  int last = static_cast<int>(in[0].rank()) - 1;
  int first = last - static_cast<int>(lengths.size()) + 1;
  Value x = move_axis(in[0], last, first);
  x = fft(x, FftType::kIfft, std::span(lengths).first(lengths.size() - 1));
  return {fft(move_axis(x, first, last), FftType::kIrfft, std::span(lengths).last(1))};
}

hlo::Results fft_lower(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  auto& [type, lengths] = op.get<FftParams>();
  bool split = type == FftType::kIrfft && lengths.size() > 1 && !b.for_cpu();
  return split ? lower_via(axis_by_axis)(op, b, in, out) : one_op(op, b, in, out);
}

// The primitive --------------------------------------------------------------------

FftType read_type(const Param& p) {
  auto* e = std::get_if<Param::Enum>(&p.v);
  auto* s = std::get_if<std::string>(&p.v);
  require<TypeError>(s || (e && e->type == "FftType"), "Unknown FFT type value '",
                     to_string(FieldValue(&p)), "'");
  std::string name = s ? *s : std::string(e->member), upper = name;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  bool one_case =
      upper == name || std::ranges::none_of(name, [](char c) { return std::isupper(c); });
  for (size_t i = 0; i < std::size(kNames); ++i)
    if (one_case && kNames[i] == upper) return static_cast<FftType>(i);
  fail<ValueError>("Unknown FFT type '", name, "'");
}

// As inexact types hold integers: 64-bit ones in 64 bits.
DType inexact(DType d) {
  if (is_inexact(d)) return d;
  return d->bits == 64 ? kFloat64 : kFloat32;
}

Values fft_call(const CallArgs& a) {
  FftType type = read_type(a.param(1));
  Value x = a.value(0);
  DType d = inexact(x.dtype());
  bool real = type == FftType::kRfft;
  require<ValueError>(!real || !is_complex(d), "only real valued inputs supported for rfft");
  x = convert_element_type(x, real ? d : is_complex(d) ? d : complex_dtype(d));
  Axes lengths = a.axes(2);
  return {lengths.empty() ? x : fft(x, type, lengths)};
}

const Primitive fft_p{{
    .name = "fft",
    .abstract_eval = fft_aval,
    .jvp = linear,
    .transpose = fft_transpose,
    .batch = [](const Op& op, const AxisData&, Args in, const MappedAxes& axes) -> BatchOut {
      return {op.bind({move_axis(in[0], axes[0], 0)}), {0}};
    },
    .lower = fft_lower,
    .function = {.signature = "x, fft_type, fft_lengths",
                 .doc = R"(The discrete Fourier transform along the last axes.

Args:
  x: an array; real for RFFT, made complex otherwise.
  fft_type: an `FftType` or its name: FFT, IFFT (its inverse), RFFT (of real
    numbers: of the last axis only the first half and one more coefficient), or
    IRFFT (the inverse of that).
  fft_lengths: the sizes of the transformed axes, of the real or whole side; at
    most three.

Returns:
  An array, complex unless the kind is IRFFT.

Raises:
  ValueError: the lengths are not those of the operand, the dtype has no
    transform, or there is no such kind.)",
                 .call = fft_call},
}};

}  // namespace

Value fft(const Value& x, FftType type, std::span<const int64_t> lengths) {
  return fft_p.with(FftParams{type, Axes(lengths.begin(), lengths.end())}).bind1({x});
}

}  // namespace covector

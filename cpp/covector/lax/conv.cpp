#include "covector/lax/conv.h"

#include "covector/core/config.h"
#include "covector/core/jaxpr.h"
#include "covector/lax/dot_algorithm.h"
#include "covector/lax/param_reader.h"
#include "covector/lax/rules.h"

namespace covector {

using namespace rules;

void ConvParams::fields(FieldVisitor& f) const {
  Param d = param_of(dims), margins = param_of(padding), exactness;
  if (precision)
    exactness =
        Param::Tuple{{precision_param(precision->first), precision_param(precision->second)}};
  f("window_strides", &window_strides);
  f("padding", &margins);
  f("lhs_dilation", &lhs_dilation);
  f("rhs_dilation", &rhs_dilation);
  f("dimension_numbers", &d);
  f("feature_group_count", feature_group_count);
  f("batch_group_count", batch_group_count);
  f("precision", &exactness);
  if (preferred)
    f("preferred_element_type", preferred);
  else
    f("preferred_element_type", Param::None());
  f("out_sharding", Param::None());
}

Shape rules::sizes_of(const Shape& shape, std::span<const int64_t> axes) {
  Shape r;
  for (int64_t a : axes) r.push_back(shape[static_cast<size_t>(a)]);
  return r;
}

Shape rules::conv_shape(std::span<const int64_t> lhs, std::span<const int64_t> rhs,
                        std::span<const int64_t> strides, const Margins& margins,
                        int64_t batch_group_count) {
  size_t n = lhs.size() - 2;
  require<TypeError>(margins.size() == n,
                     "Wrong number of explicit pads for convolution: expected ", n, ", got ",
                     margins.size(), ".");
  require<TypeError>(rhs.size() == n + 2 && strides.size() == n,
                     "convolution needs a window size and a stride for each of ", n,
                     " axes of space, got ", rhs.size() - 2, " and ", strides.size());
  Shape out{lhs[0] / batch_group_count, rhs[0]};
  for (size_t i = 0; i < n; ++i) {
    int64_t size = lhs[i + 2] + margins[i].low + margins[i].high;
    Param text = param_of(margins);
    require<ValueError>(size >= 0,
                        "Negative padding is larger than the size of the corresponding dimension: "
                        "got padding=",
                        to_string(FieldValue(&text)),
                        " for lhs_shape[2:]=", Shape(lhs.begin() + 2, lhs.end()));
    out.push_back(count_windows(size, rhs[i + 2], strides[i]));
  }
  return out;
}

namespace {

// abstract_eval --------------------------------------------------------------------

void check_ranks(const ConvParams& p, const Aval& l, const Aval& r) {
  require<ValueError>(l.rank() == r.rank(),
                      "conv_general_dilated lhs and rhs must have the same number of dimensions, "
                      "but got ",
                      l.shape(), " and ", r.shape(), ".");
  require<ValueError>(l.rank() >= 2 && static_cast<int64_t>(p.dims.lhs.size()) == l.rank(),
                      "conv_general_dilated needs operands of rank two or more and dimension "
                      "numbers for all of their axes, got ",
                      l, " and ", r, ".");
}

void check_features(const ConvParams& p, const Aval& l, const Aval& r) {
  int64_t groups = p.feature_group_count, features = l.dim(p.dims.lhs[1]);
  int64_t in = r.dim(p.dims.rhs[1]), out = r.dim(p.dims.rhs[0]);
  require<ValueError>(groups > 0,
                      "conv_general_dilated feature_group_count must be a positive integer, got ",
                      groups, ".");
  require<ValueError>(features % groups == 0,
                      "conv_general_dilated feature_group_count must divide lhs feature dimension "
                      "size, but ",
                      groups, " does not divide ", features, ".");
  require<ValueError>(features / groups == in,
                      "conv_general_dilated lhs feature dimension size divided by "
                      "feature_group_count must equal the rhs input feature dimension size, but ",
                      features, " // ", groups, " != ", in, ".");
  require<ValueError>(out % groups == 0,
                      "conv_general_dilated rhs output feature dimension size must be a multiple "
                      "of feature_group_count, but ",
                      out, " is not a multiple of ", groups, ".");
}

void check_batch(const ConvParams& p, const Aval& l, const Aval& r) {
  int64_t groups = p.batch_group_count, batch = l.dim(p.dims.lhs[0]), out = r.dim(p.dims.rhs[0]);
  require<ValueError>(groups > 0,
                      "conv_general_dilated batch_group_count must be a positive integer, got ",
                      groups, ".");
  require<ValueError>(batch % groups == 0,
                      "conv_general_dilated batch_group_count must divide lhs batch dimension "
                      "size, but ",
                      groups, " does not divide ", batch, ".");
  require<ValueError>(out % groups == 0,
                      "conv_general_dilated rhs output feature dimension size must be a multiple "
                      "of batch_group_count, but ",
                      out, " is not a multiple of ", groups, ".");
  require<ValueError>(groups == 1 || p.feature_group_count == 1,
                      "At most one of batch_group_count and feature_group_count may be > 1, got "
                      "batch_group_count=",
                      groups, " and feature_group_count=", p.feature_group_count);
}

void check_windows(const ConvParams& p, const Shape& windows) {
  require<ValueError>(p.window_strides.size() == windows.size(),
                      "conv_general_dilated window and window_strides must have the same number of "
                      "dimensions, but got ",
                      windows.size(), " and ", p.window_strides.size());
  for (auto& [name, sizes] :
       {std::pair("lhs_dilation", &p.lhs_dilation), std::pair("rhs_dilation", &p.rhs_dilation)})
    require<ValueError>(sizes->size() == windows.size(), "conv_general_dilated ", name,
                        " must have ", windows.size(), " entries, got ", *sizes);
  for (auto& [name, sizes] :
       {std::pair("window_strides", &p.window_strides), std::pair("lhs_dilation", &p.lhs_dilation),
        std::pair("rhs_dilation", &p.rhs_dilation), std::pair("rhs window", &windows)})
    for (int64_t n : *sizes)
      require<ValueError>(n > 0, "conv_general_dilated ", name, " must be positive, got ", *sizes);
}

void check_preferred(DType d, DType preferred) {
  if (!is_integer(d) || !is_floating(preferred)) {
    bool fits = (!is_integer(d) || is_integer(preferred)) &&
                (!is_floating(d) || is_floating(preferred)) &&
                (!is_complex(d) || is_complex(preferred));
    require<TypeError>(fits,
                       "Input type is incompatible with `preferred_element_type`. The compatible "
                       "combinations of (input_type, preferred_element_type) are (integral, "
                       "integral), (integral, floating), (floating, floating), (complex, complex), "
                       "got (",
                       d->name, ", ", preferred->name, ").");
    require<TypeError>(!is_signed_int(d) || is_signed_int(preferred),
                       "`preferred_element_type` must have the same signedness as the original "
                       "type, got ",
                       preferred->name, " for ", d->name, ".");
  }
  require<TypeError>(preferred->itemsize >= d->itemsize,
                     "`preferred_element_type` must not be narrower than the original type, got ",
                     preferred->name, " for ", d->name, ".");
}

Shape in_spec_order(const Shape& shape, const Axes& spec, const Axes& dilation) {
  Shape r = sizes_of(shape, spec);
  for (size_t i = 0; i < dilation.size(); ++i) r[i + 2] = dilated(r[i + 2], dilation[i]);
  return r;
}

Avals conv_aval(const Op& op, AvalSpan in) {
  const ConvParams& p = op.get<ConvParams>();
  const Aval &l = in[0], &r = in[1];
  check_ranks(p, l, r);
  check_features(p, l, r);
  check_batch(p, l, r);
  check_windows(p, sizes_of(r.shape(), space(p.dims.rhs)));
  for (const Aval& a : in) require_dtype(op, a, is_number_or_bool, "number, bool");
  require_same_dtype(op, in);
  if (p.preferred) check_preferred(l.dtype(), p.preferred);
  Shape out = conv_shape(in_spec_order(l.shape(), p.dims.lhs, p.lhs_dilation),
                         in_spec_order(r.shape(), p.dims.rhs, p.rhs_dilation), p.window_strides,
                         p.padding, p.batch_group_count);
  return {Aval(p.preferred ? p.preferred : l.dtype(),
               sizes_of(out, inverse_permutation(p.dims.out)), l.weak_type() && r.weak_type())};
}

// lower ----------------------------------------------------------------------------

// Such as [b, f, 0, 1].
std::string spec_text(const Axes& spec, std::string_view first, std::string_view second) {
  Axes order = inverse_permutation(spec);
  std::string s = "[";
  for (size_t i = 0; i < order.size(); ++i) {
    if (i) s += ", ";
    if (order[i] < 2)
      s += order[i] == 0 ? first : second;
    else
      append_to(s, order[i] - 2);
  }
  return s + "]";
}

std::string conv_attrs(const ConvParams& p) {
  std::string s =
      str(hlo::array_attr("window_strides", p.window_strides), ", ", padding_attr(p.padding), ", ",
          hlo::array_attr("lhs_dilation", p.lhs_dilation), ", ",
          hlo::array_attr("rhs_dilation", p.rhs_dilation), ", dimension_numbers = #stablehlo.conv<",
          spec_text(p.dims.lhs, "b", "f"), "x", spec_text(p.dims.rhs, "o", "i"), "->",
          spec_text(p.dims.out, "b", "f"), ">, ",
          hlo::int_attr("feature_group_count", p.feature_group_count), ", ",
          hlo::int_attr("batch_group_count", p.batch_group_count));
  if (p.precision)
    s += str(", precision_config = [#stablehlo<precision ", precision_name(p.precision->first),
             ">, #stablehlo<precision ", precision_name(p.precision->second), ">]");
  return s;
}

// Products of complex numbers by three real ones, which backends are fast at:
// (a + ib)(c + id) = k1 - k3 + i(k1 + k2) for k1 = (a + b)c, k2 = a(d - c),
// k3 = b(c + d). (Gauss; see Knuth, The Art of Computer Programming 2, 4.6.4.)
hlo::Operand complex_conv(hlo::Builder& b, hlo::Operands in, const Aval& out,
                          const std::string& attrs) {
  auto part = [&](std::string_view name, const hlo::Operand& x) {
    return b.op(name, {x}, x.aval.with_dtype(real_dtype(x.aval.dtype())));
  };
  auto conv = [&](const hlo::Operand& x, const hlo::Operand& y) {
    return b.op("convolution", {x, y}, out.with_dtype(real_dtype(out.dtype())), attrs);
  };
  auto two = [&](std::string_view name, const hlo::Operand& x, const hlo::Operand& y) {
    return b.elementwise(name, {x, y}, x.aval);
  };
  hlo::Operand x = part("real", in[0]), ix = part("imag", in[0]);
  hlo::Operand y = part("real", in[1]), iy = part("imag", in[1]);
  hlo::Operand k1 = conv(two("add", x, ix), y);
  hlo::Operand k2 = conv(x, two("subtract", iy, y)), k3 = conv(ix, two("add", y, iy));
  return b.op("complex", {two("subtract", k1, k3), two("add", k1, k2)}, out);
}

hlo::Results conv_lower(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  std::string attrs = conv_attrs(op.get<ConvParams>());
  if (is_complex(out[0].dtype())) return {complex_conv(b, in, out[0], attrs)};
  return {b.op("convolution", in, out[0], attrs)};
}

// function -------------------------------------------------------------------------

Margins padding_argument(const Param& padding, const ConvParams& p, const Shape& lhs,
                         const Shape& rhs) {
  auto* e = std::get_if<Param::Enum>(&padding.v);
  auto* word = std::get_if<std::string>(&padding.v);
  if (!e && !word) {
    auto margins = read_margins(padding);
    require<ValueError>(margins.has_value(),
                        "padding argument to conv_general_dilated should be a string or a sequence "
                        "of (low, high) pairs, got ",
                        to_string(FieldValue(&padding)));
    return *margins;
  }
  for (int64_t d : p.lhs_dilation)
    require<ValueError>(d == 1,
                        "String padding is not implemented for transposed convolution using this "
                        "op. Please either exactly specify the required padding or use "
                        "conv_transpose.");
  Shape window = sizes_of(rhs, space(p.dims.rhs));
  require<ValueError>(p.rhs_dilation.size() == window.size(),
                      "conv_general_dilated rhs_dilation must have ", window.size(),
                      " entries, got ", p.rhs_dilation);
  return margins_of_word(e ? e->member : *word, sizes_of(lhs, space(p.dims.lhs)),
                         dilated(window, p.rhs_dilation), p.window_strides);
}

Values conv_call(const CallArgs& a) {
  Value lhs = a.value(0), rhs = a.value(1);
  Axes ones(static_cast<size_t>(std::max<int64_t>(lhs.rank() - 2, 0)), 1);
  DotOptions o = read_dot_options(a.param(9), {});
  require<ValueError>(o.algorithm.empty(), "conv_general_dilated: precision must not be an ",
                      "algorithm of contractions, got ", o.algorithm);
  ConvParams p{.window_strides = a.axes(2),
               .padding = {},
               .lhs_dilation = a.axes_or(4, ones),
               .rhs_dilation = a.axes_or(5, ones),
               .dims = read_conv_dims(a.param(6), lhs.shape(), rhs.shape()),
               .feature_group_count = a.integer(7),
               .batch_group_count = a.integer(8),
               .precision = o.precision,
               .preferred = a.dtype_or(10, {})};
  check_ranks(p, lhs.aval(), rhs.aval());
  p.padding = padding_argument(a.param(3), p, lhs.shape(), rhs.shape());
  return {conv_general_dilated(lhs, rhs, p)};
}

const Primitive conv_general_dilated_p{{
    .name = "conv_general_dilated",
    .abstract_eval = conv_aval,
    .jvp = bilinear,
    .transpose = transpose_conv,
    .batch = batch_conv,
    .lower = conv_lower,
    .function = {.signature =
                     "lhs, rhs, window_strides, padding, lhs_dilation=None, rhs_dilation=None, "
                     "dimension_numbers=None, feature_group_count=1, batch_group_count=1, "
                     "precision=None, preferred_element_type=None, out_sharding=None",
                 .doc = R"(Convolves an array with a kernel along any number of axes.

For each window over `lhs` the sum of the products with the kernel `rhs`, which
is not reversed.

Args:
  lhs: an array with an axis of examples, one of features, and axes of space.
  rhs: a kernel of the same rank, with an axis of input features, one of output
    features, and axes of space.
  window_strides: how far windows are apart, for each axis of space.
  padding: how many zeros stand around `lhs`: a pair `(low, high)` for each axis
    of space; or a word: 'VALID' (none), 'SAME' (as many windows as elements
    divided by strides, the odd zero after them), 'SAME_LOWER' (before them).
  lhs_dilation: how far elements of `lhs` are apart; what is between is zero.
  rhs_dilation: how far elements of a window are apart.
  dimension_numbers: which axis is which: three words such as
    `('NHWC', 'HWIO', 'NHWC')` for `lhs`, `rhs` and the result, of N (examples),
    C (features), O and I (output and input features), and any letters for axes
    of space, which are in the order of the second word everywhere else; or a
    `ConvDimensionNumbers`; or None for N, C (O, I for the kernel), space.
  feature_group_count: into how many groups features are divided, each with
    output features of its own.
  batch_group_count: into how many groups examples are divided, likewise.
  precision: how exactly to multiply where hardware offers a choice: None, a
    `Precision` or its name, or a pair of them.
  preferred_element_type: the dtype to add up in and to return.
  out_sharding: must be None.

Returns:
  An array with the axes that `dimension_numbers` tells.

Raises:
  TypeError: the dimension numbers or dtypes do not fit.
  ValueError: sizes, strides, dilations, groups or padding do not fit.)",
                 .call = conv_call},
}};

}  // namespace

Value conv_general_dilated(const Value& lhs, const Value& rhs, const ConvParams& params) {
  ConvParams p = params;
  if (int64_t c = option(Option::kMatmulPrecision); !p.precision && c >= 0)
    p.precision = {static_cast<Precision>(c), static_cast<Precision>(c)};
  return conv_general_dilated_p.with(std::move(p)).bind1({lhs, rhs});
}

}  // namespace covector

#include "covector/lax/window.h"

#include <algorithm>
#include <cctype>

#include "covector/core/jaxpr.h"
#include "covector/hlo/builder.h"
#include "covector/lax/param_reader.h"

namespace covector {

void Windows::fields(FieldVisitor& f) const {
  Param margins = rules::param_of(padding);
  f("window_dimensions", &dimensions);
  f("window_strides", &strides);
  f("padding", &margins);
  f("base_dilation", &base_dilation);
  f("window_dilation", &window_dilation);
}

namespace rules {

Shape dilated(std::span<const int64_t> sizes, std::span<const int64_t> dilation) {
  Shape r;
  for (size_t i = 0; i < sizes.size(); ++i) r.push_back(dilated(sizes[i], dilation[i]));
  return r;
}

int64_t count_windows(int64_t size, int64_t window, int64_t stride) {
  return size < window ? 0 : (size - window) / stride + 1;
}

// Margins -------------------------------------------------------------------------

Margins margins_of_word(std::string_view word, std::span<const int64_t> sizes,
                        std::span<const int64_t> windows, std::span<const int64_t> strides) {
  std::string w(word);
  for (char& c : w) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  require<RuntimeError>(w == "VALID" || w == "SAME" || w == "SAME_LOWER",
                        "Unrecognized padding type: expected 'VALID', 'SAME', or 'SAME_LOWER', "
                        "got ",
                        word, ".");
  Margins r(sizes.size());
  if (w == "VALID") return r;
  require<TypeError>(windows.size() == sizes.size() && strides.size() == sizes.size(), "padding '",
                     word, "' needs a window size and a stride for each of ", sizes.size(),
                     " axes, got ", windows.size(), " and ", strides.size());
  for (size_t i = 0; i < r.size(); ++i) {
    require<ValueError>(strides[i] > 0, "strides must be positive, got ", strides[i]);
    int64_t count = (sizes[i] + strides[i] - 1) / strides[i];
    int64_t all = std::max<int64_t>(0, (count - 1) * strides[i] + windows[i] - sizes[i]);
    r[i].low = w == "SAME" ? all / 2 : all - all / 2;
    r[i].high = all - r[i].low;
  }
  return r;
}

std::optional<Margins> read_margins(const Param& p) {
  auto* pairs = std::get_if<Param::Tuple>(&p.v);
  if (!pairs) return {};
  Margins r;
  for (const Param& pair : pairs->items) {
    Axes m;
    if (auto* axes = std::get_if<Axes>(&pair.v)) m = *axes;
    auto* two = std::get_if<Param::Tuple>(&pair.v);
    if (two)
      for (const Param& x : two->items) {
        auto* i = std::get_if<int64_t>(&x.v);
        if (!i) return {};
        m.push_back(*i);
      }
    if (m.size() != 2) return {};
    r.push_back({m[0], m[1]});
  }
  return r;
}

Param param_of(const Margins& margins) {
  Param::Tuple t;
  for (const Margin& m : margins) t.items.push_back(Axes{m.low, m.high});
  return t;
}

std::string padding_attr(const Margins& margins) {
  std::string s = "padding = dense<";
  if (!margins.empty()) s += "[";
  for (size_t i = 0; i < margins.size(); ++i)
    s += str(i ? ", " : "", "[", margins[i].low, ", ", margins[i].high, "]");
  if (!margins.empty()) s += "]";
  return str(s, "> : tensor<", margins.size(), "x2xi64>");
}

Margins transposed_margins(std::span<const int64_t> sizes, std::span<const int64_t> result,
                           const Windows& w) {
  Margins r;
  for (size_t i = 0; i < sizes.size(); ++i) {
    int64_t window = dilated(w.dimensions[i], w.window_dilation[i]);
    int64_t low = window - 1 - w.padding[i].low;
    int64_t all = dilated(sizes[i], w.base_dilation[i]) + window - 1;
    r.push_back({low, all - dilated(result[i], w.strides[i]) - low});
  }
  return r;
}

// Windows over all axes -------------------------------------------------------------

namespace {

void require_sizes(std::string_view name, std::string_view field, const Axes& sizes) {
  for (int64_t n : sizes)
    require<TypeError>(n > 0, name, " ", field,
                       " must have every element be strictly positive, got ", sizes, ".");
}

void require_one_each(std::string_view name, std::string_view field, const Axes& xs,
                      const Axes& dimensions) {
  require<TypeError>(xs.size() == dimensions.size(), name, " got inconsistent ", field,
                     " and window_dimensions: got ", field, " ", xs, " and window_dimensions ",
                     dimensions, ".");
}

}  // namespace

Shape windows_shape(std::string_view name, const Shape& operand, const Windows& w) {
  require_sizes(name, "window_dimensions", w.dimensions);
  require_sizes(name, "window_strides", w.strides);
  require_sizes(name, "base_dilation", w.base_dilation);
  require_sizes(name, "window_dilation", w.window_dilation);
  require<TypeError>(operand.size() == w.dimensions.size(), name,
                     " got the wrong number of window_dimensions for operand: got operand shape ",
                     operand, " with window_dimensions ", w.dimensions, ".");
  require_one_each(name, "window_strides", w.strides, w.dimensions);
  require_one_each(name, "base_dilation", w.base_dilation, w.dimensions);
  require_one_each(name, "window_dilation", w.window_dilation, w.dimensions);
  require<TypeError>(w.padding.size() == w.dimensions.size(), name, " got padding for ",
                     w.padding.size(), " axes, and window_dimensions ", w.dimensions, ".");
  Shape out;
  for (size_t i = 0; i < operand.size(); ++i) {
    int64_t size = dilated(operand[i], w.base_dilation[i]) + w.padding[i].low + w.padding[i].high;
    require<ValueError>(size >= 0, name, ": padding cuts off more than there is of axis ", i,
                        " of an operand of shape ", operand);
    out.push_back(
        count_windows(size, dilated(w.dimensions[i], w.window_dilation[i]), w.strides[i]));
  }
  return out;
}

Windows with_axis(Windows w, int64_t at) {
  for (Axes* a : {&w.dimensions, &w.strides, &w.base_dilation, &w.window_dilation})
    a->insert(a->begin() + at, 1);
  w.padding.insert(w.padding.begin() + at, Margin{});
  return w;
}

std::string window_attrs(const Windows& w, bool dilations) {
  std::string s = str(hlo::array_attr("window_dimensions", w.dimensions), ", ",
                      hlo::array_attr("window_strides", w.strides), ", ", padding_attr(w.padding));
  if (!dilations) return s;
  return str(s, ", ", hlo::array_attr("base_dilations", w.base_dilation), ", ",
             hlo::array_attr("window_dilations", w.window_dilation));
}

Windows read_windows(std::string_view name, const Shape& operand, Axes dimensions,
                     const std::optional<Axes>& strides, const Param& padding,
                     const std::optional<Axes>& base_dilation,
                     const std::optional<Axes>& window_dilation) {
  Axes ones(dimensions.size(), 1);
  Windows w{dimensions,
            strides.value_or(ones),
            {},
            base_dilation.value_or(ones),
            window_dilation.value_or(ones)};
  auto* e = std::get_if<Param::Enum>(&padding.v);
  auto* word = std::get_if<std::string>(&padding.v);
  if (e || word) {
    require_one_each(name, "window_dilation", w.window_dilation, dimensions);
    Shape windows = dilated(dimensions, w.window_dilation);
    w.padding = margins_of_word(e ? e->member : *word, operand, windows, w.strides);
    return w;
  }
  std::optional<Margins> margins = read_margins(padding);
  require<ValueError>(margins.has_value(), "padding argument to ", name,
                      " should be a string or a sequence of (low, high) pairs, got ",
                      to_string(FieldValue(&padding)));
  w.padding = std::move(*margins);
  return w;
}

}  // namespace rules

}  // namespace covector

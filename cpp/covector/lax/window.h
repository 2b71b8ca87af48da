#pragma once

// Windows that move over an array: what convolutions and reductions of windows
// share (lax/window.cpp).

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "covector/core/primitive.h"

namespace covector {

// How many elements stand before and after an axis; negative: are cut off.
struct Margin {
  int64_t low = 0, high = 0;
  bool operator==(const Margin&) const = default;
};
using Margins = std::vector<Margin>;

// Windows over all axes of an array. `base_dilation` spreads the array's
// elements, `window_dilation` those of a window; between them is nothing.
struct Windows {
  Axes dimensions, strides;
  Margins padding;
  Axes base_dilation, window_dilation;
  void fields(FieldVisitor&) const;
  bool operator==(const Windows&) const = default;
};

namespace rules {

// The length of n elements that are `dilation` apart.
inline int64_t dilated(int64_t n, int64_t dilation) { return n == 0 ? 0 : 1 + dilation * (n - 1); }
Shape dilated(std::span<const int64_t> sizes, std::span<const int64_t> dilation);
// How many windows fit; none if the window is longer.
int64_t count_windows(int64_t size, int64_t window, int64_t stride);

// The margins that a word asks for: VALID, SAME, SAME_LOWER in any case.
Margins margins_of_word(std::string_view word, std::span<const int64_t> sizes,
                        std::span<const int64_t> windows, std::span<const int64_t> strides);
// From a sequence of pairs; empty if it is none.
std::optional<Margins> read_margins(const Param&);
Param param_of(const Margins&);
std::string padding_attr(const Margins&);

// The low margin, and the high one such that windows over a result that is
// spread by the strides are at each of the array's elements in turn.
Margins transposed_margins(std::span<const int64_t> sizes, std::span<const int64_t> result,
                           const Windows&);

// The shape of the array of results, for the front end's function `name`.
Shape windows_shape(std::string_view name, const Shape& operand, const Windows&);
// The windows of an array with one more axis, which they do not extend along.
Windows with_axis(Windows, int64_t at);
// Attributes of reduce_window; of operations that lack dilations if not `dilations`.
std::string window_attrs(const Windows&, bool dilations = true);

// Reads the arguments of front ends: dimensions, strides (None: ones), padding
// (a word or pairs), and dilations (None: ones).
Windows read_windows(std::string_view name, const Shape& operand, Axes dimensions,
                     const std::optional<Axes>& strides, const Param& padding,
                     const std::optional<Axes>& base_dilation,
                     const std::optional<Axes>& window_dilation);

}  // namespace rules

// Sums and extremes of windows (lax/reduce_window.cpp).
Value reduce_window_sum(const Value&, const Windows&);
Value reduce_window_max(const Value&, const Windows&);
Value reduce_window_min(const Value&, const Windows&);

// Which element of a window is chosen (lax/select_window.cpp).
enum class Selection : int8_t { kGreatest, kLeast };
// Of each window over `operand` the element of `tangents` where it is extreme.
Value select_and_gather_add(const Value& tangents, const Value& operand, Selection, const Windows&);
// Adds each element of `source` where its window over `operand` is extreme.
// Windows have no dilations.
Value select_and_scatter_add(const Value& source, const Value& operand, Selection, const Windows&);

}  // namespace covector

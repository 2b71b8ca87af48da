#include "covector/lax/scan.h"

#include <vector>

namespace covector::rules {

namespace {

// Every `stride`th index from `start` to `limit`.
Values sliced(Args xs, int64_t axis, int64_t start, int64_t limit, int64_t stride = 1) {
  Values r;
  for (const Value& x : xs) {
    size_t rank = static_cast<size_t>(x.rank()), a = static_cast<size_t>(axis);
    Axes starts(rank, 0), limits = x.shape(), strides(rank, 1);
    starts[a] = start;
    limits[a] = limit;
    strides[a] = stride;
    r.push_back(slice(x, starts, limits, strides));
  }
  return r;
}

Value spaced(const Value& x, int64_t axis, PadDim d) {
  std::vector<PadDim> dims(static_cast<size_t>(x.rank()));
  dims[static_cast<size_t>(axis)] = d;
  return pad(x, scalar_of(x.dtype(), int64_t{0}), dims);
}

// even[0], odd[0], even[1], ...; there is one even element more or as many. A sum
// of arrays with zeros between is one fused pass, a concatenation is not.
Values interleaved(Args even, Args odd, int64_t axis) {
  Values r;
  for (size_t i = 0; i < even.size(); ++i) {
    auto n = [&](const Value& v) { return v.shape()[static_cast<size_t>(axis)]; };
    bool as_many = n(even[i]) == n(odd[i]);
    Value at_even = spaced(even[i], axis, {0, as_many ? 1 : 0, 1});
    Value at_odd = spaced(odd[i], axis, {1, as_many ? 0 : 1, 1});
    r.push_back(is_bool(at_odd.dtype()) ? bitwise_or(at_even, at_odd) : at_even + at_odd);
  }
  return r;
}

// Scans the combinations of neighbors, which gives the results at odd indices;
// those at even ones are one step from them.
Values scan_forward(const Combine& f, Args xs, int64_t axis, const ShortScan& short_scan) {
  int64_t n = xs[0].shape()[static_cast<size_t>(axis)];
  if (n < 2) return Values(xs.begin(), xs.end());
  if (short_scan)
    if (Values r = short_scan(xs); !r.empty()) return r;
  Values pairs = f(sliced(xs, axis, 0, n - 1, 2), sliced(xs, axis, 1, n, 2));
  Values odd = scan_forward(f, pairs, axis, short_scan);
  Values first = sliced(xs, axis, 0, 1);
  if (n == 2) return interleaved(first, odd, axis);
  int64_t later = (n - 1) / 2;  // even indices but the first
  Values even = f(sliced(odd, axis, 0, later), sliced(xs, axis, 2, n, 2));
  for (size_t i = 0; i < even.size(); ++i) even[i] = concatenate(Values{first[i], even[i]}, axis);
  return interleaved(even, odd, axis);
}

}  // namespace

Values associative_scan(const Combine& f, Args xs, int64_t axis, bool reverse,
                        const ShortScan& short_scan) {
  if (!reverse) return scan_forward(f, xs, axis, short_scan);
  std::span<const int64_t> axes(&axis, 1);
  Values flipped;
  for (const Value& x : xs) flipped.push_back(rev(x, axes));
  Values r = scan_forward(f, flipped, axis, short_scan);
  for (Value& x : r) x = rev(x, axes);
  return r;
}

}  // namespace covector::rules

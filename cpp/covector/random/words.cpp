#include "covector/random/words.h"

namespace covector::random {

using namespace rules;

Values key_words(const Value& keys, int64_t extra) {
  Axes sizes = keys.shape();
  Shape shape(keys.shape().begin(), keys.shape().end() - 1);
  shape.resize(shape.size() + static_cast<size_t>(extra), 1);
  Values words;
  for (int64_t i = 0; i < sizes.back(); ++i) {
    Axes start(sizes.size(), 0), limit = sizes;
    start.back() = i, limit.back() = i + 1;
    words.push_back(reshape(slice(keys, start, limit), shape));
  }
  return words;
}

Value with_last_axis(const Value& x) {
  int64_t last = x.rank();
  return expand_dims(x, std::span(&last, 1));
}

Value keys_of_words(Args words) {
  Values parts;
  for (const Value& w : words) parts.push_back(with_last_axis(w));
  return concatenate(parts, words[0].rank());
}

std::pair<Value, Value> positions(int64_t leading, std::span<const int64_t> shape) {
  int64_t n = 1;
  for (int64_t d : shape) n *= d;
  Shape full(static_cast<size_t>(leading), 1);
  full.append(shape);
  bool wide = n > int64_t{UINT32_MAX};
  Value position = reshape(iota(wide ? kUint64 : kUint32, std::span(&n, 1), 0), full);
  if (!wide) return {zeros(Aval(kUint32, {})), position};
  Value high = shift_right_logical(position, scalar_of(kUint64, int64_t{32}));
  return {convert_element_type(high, kUint32), convert_element_type(position, kUint32)};
}

DType bits_dtype(int64_t width) {
  switch (width) {
    case 8:
      return kUint8;
    case 16:
      return kUint16;
    case 32:
      return kUint32;
    case 64:
      return kUint64;
    default:
      fail<TypeError>("requires 8-, 16-, 32- or 64-bit field width.");
  }
}

Value join_words(const Value& high, const Value& low) {
  Value h = convert_element_type(high, kUint64), l = convert_element_type(low, kUint64);
  return bitwise_or(shift_left(h, scalar_of(kUint64, int64_t{32})), l);
}

}  // namespace covector::random

#include <numeric>

#include "covector/core/config.h"
#include "covector/numpy/index.h"

namespace covector::numpy {
namespace {

using Kind = IndexItem::Kind;

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

// Elements of host memory as integers.
int64_t element(DType d, const std::byte* p) {
  auto as = [&]<class T>(T) {
    T x;
    std::memcpy(&x, p, sizeof x);
    return static_cast<int64_t>(x);
  };
  switch (d.id()) {
    case DTypeId::kInt8:
    case DTypeId::kInt4:
    case DTypeId::kInt2:
      return as(int8_t{});
    case DTypeId::kInt16:
      return as(int16_t{});
    case DTypeId::kInt32:
      return as(int32_t{});
    case DTypeId::kInt64:
      return as(int64_t{});
    case DTypeId::kUint16:
      return as(uint16_t{});
    case DTypeId::kUint32:
      return as(uint32_t{});
    case DTypeId::kUint64:
      return as(uint64_t{});
    default:
      return as(uint8_t{});
  }
}

std::vector<int64_t> read_integers(const Array& a) {
  DType d = a.aval.dtype();
  std::vector<std::byte> bytes(static_cast<size_t>(a.aval.bytes()));
  if (a.scalar())
    std::memcpy(bytes.data(), a.scalar()->bytes, bytes.size());
  else
    a.buffer()->read(bytes.data());
  std::vector<int64_t> r;
  for (size_t i = 0; i < bytes.size(); i += d->itemsize) r.push_back(element(d, &bytes[i]));
  return r;
}

// Slices -------------------------------------------------------------------------------

// As Python's slice.indices(size) clips them.
IndexItem resolved(const Slice& s, int64_t size) {
  int64_t step = s.step.value_or(1);
  require<ValueError>(step != 0, "slice step cannot be zero");
  int64_t lowest = step > 0 ? 0 : -1, highest = step > 0 ? size : size - 1;
  auto clipped = [&](int64_t x) { return std::clamp(x < 0 ? x + size : x, lowest, highest); };
  IndexItem r{.kind = Kind::kSlice, .step = step};
  r.start = s.start ? clipped(*s.start) : (step > 0 ? lowest : highest);
  r.stop = s.stop ? clipped(*s.stop) : (step > 0 ? highest : lowest);
  int64_t distance = step > 0 ? r.stop - r.start : r.start - r.stop;
  int64_t stride = std::abs(step);
  r.size = distance <= 0 ? 0 : (distance + stride - 1) / stride;
  return r;
}

// Masks --------------------------------------------------------------------------------

const Array& known_mask(const Value& mask) {
  const Array* a = mask.known();
  if (!a)
    fail<NonConcreteBooleanIndexError>(
        "Array boolean indices must be concrete; got ", mask.aval(),
        ". The shape of the result depends on how many entries are True, which is not known "
        "while the function is traced. Use jnp.where with three arguments, or its `size` "
        "argument, instead.");
  return *a;
}

// A mask as the positions of its entries that are True: one array for each axis.
void push_mask(ParsedIndex& p, const Value& mask, const Shape& shape, size_t axis, size_t place) {
  const Array& a = known_mask(mask);
  const Shape& s = a.aval.shape();
  if (s.empty()) {
    p.items.push_back({.kind = Kind::kScalarBool, .size = to_int64(a) != 0});
    return;
  }
  Shape expected(shape.begin() + static_cast<ptrdiff_t>(axis),
                 shape.begin() + static_cast<ptrdiff_t>(axis + s.size()));
  for (size_t i = 0; i < s.size(); ++i)
    require<IndexError>(s[i] == 0 || s[i] == expected[i],
                        "boolean index did not match shape of indexed array in index ", place,
                        ": got ", s, ", expected ", expected);
  std::vector<std::vector<int32_t>> positions(s.size());
  std::vector<int64_t> entries = read_integers(a);
  for (size_t i = 0; i < entries.size(); ++i) {
    if (!entries[i]) continue;
    int64_t rest = static_cast<int64_t>(i);
    for (size_t k = s.size(); k-- > 0; rest /= s[k])
      positions[k].push_back(static_cast<int32_t>(rest % s[k]));
  }
  for (const std::vector<int32_t>& v : positions) {
    Aval aval(kInt32, {static_cast<int64_t>(v.size())});
    p.items.push_back(
        {.kind = Kind::kArray, .value = host_array(aval, v.data()), .normalized = true});
  }
}

// Counting axes ------------------------------------------------------------------------

int64_t axes_taken(const Index& i) {
  return std::visit(Overloaded{[](const NewAxis&) -> int64_t { return 0; },
                               [](const Ellipsis&) -> int64_t { return 0; },
                               [](const Value& v) { return is_bool(v.dtype()) ? v.rank() : 1; },
                               [](const auto&) -> int64_t { return 1; }},
                    i);
}

// How many axes an ellipsis, or the end, stands for.
int64_t axes_left(const Shape& shape, std::span<const Index> index) {
  int64_t taken = 0, ellipses = 0;
  for (const Index& i : index) {
    taken += axes_taken(i);
    ellipses += std::holds_alternative<Ellipsis>(i);
  }
  require<IndexError>(ellipses <= 1, "an index can only have a single ellipsis ('...')");
  int64_t rank = static_cast<int64_t>(shape.size());
  require<IndexError>(taken <= rank, "Too many indices: array is ", rank, "-dimensional, but ",
                      taken, " were indexed");
  return rank - taken;
}

// Under kCheckBounds ---------------------------------------------------------------------

void check_position(int64_t i, int64_t size, size_t axis, bool wrap_negative) {
  int64_t at = wrap_negative && i < 0 ? i + size : i;
  require<IndexError>(at >= 0 && at < size, "index ", i, " out of bounds for axis ", axis,
                      " with size ", size, " (normalize_indices=", wrap_negative, ")");
}

void check_bounds(const ParsedIndex& p, const Shape& shape, bool wrap_negative) {
  size_t axis = 0;
  for (const IndexItem& item : p.items) {
    if (item.kind == Kind::kInt) check_position(item.start, shape[axis], axis, wrap_negative);
    if (const Array* a = item.value ? item.value.known() : nullptr; a && item.kind == Kind::kArray)
      for (int64_t i : read_integers(*a)) check_position(i, shape[axis], axis, wrap_negative);
    axis += item.takes_axis();
  }
}

// Parsing --------------------------------------------------------------------------------

class Parser {
 public:
  Parser(const Shape& shape, std::span<const Index> index)
      : shape_(shape), left_(axes_left(shape, index)) {
    bool ellipsis = false;
    for (; place_ < index.size(); ++place_) {
      ellipsis |= std::holds_alternative<Ellipsis>(index[place_]);
      std::visit([this](const auto& x) { push(x); }, index[place_]);
    }
    if (!ellipsis) push_full_slices();
  }
  ParsedIndex take() { return std::move(parsed_); }

 private:
  void push_full_slices() {
    for (int64_t i = 0; i < left_; ++i) push(Slice{});
  }
  void push(int64_t i) {
    advanced();
    parsed_.items.push_back({.kind = Kind::kInt, .start = i});
    ++axis_;
  }
  void push(const Slice& s) { put(resolved(s, shape_[axis_])), ++axis_; }
  void push(const NewAxis&) { put({.kind = Kind::kNewAxis}); }
  void push(const Ellipsis&) { gap(), push_full_slices(); }
  void push(const Window& w) {
    put({.kind = Kind::kWindow, .step = w.stride, .size = w.size, .value = w.start}), ++axis_;
  }
  void push(const Value& v) {
    if (is_bool(v.dtype())) {
      parsed_.has_mask = true;
      if (v.rank() > 0) advanced();
      push_mask(parsed_, v, shape_, axis_, place_);
      axis_ += static_cast<size_t>(v.rank());
      return;
    }
    require<TypeError>(is_integer(v.dtype()), "Indexer must have integer or boolean type, got ",
                       "indexer with type ", v.dtype()->name);
    const Array* a = v.array();
    if (a && a->scalar() && v.dtype() != kUint64) return push(to_int64(*a));
    advanced();
    parsed_.items.push_back({.kind = Kind::kArray, .value = v});
    ++axis_;
  }
  void put(IndexItem item) {
    gap();
    parsed_.items.push_back(std::move(item));
  }
  // Integers and arrays are contiguous unless one follows after a gap.
  void advanced() {
    if (gap_after_advanced_) parsed_.contiguous = false;
    seen_advanced_ = true;
  }
  void gap() { gap_after_advanced_ |= seen_advanced_; }

  const Shape& shape_;
  const int64_t left_;
  ParsedIndex parsed_;
  size_t axis_ = 0, place_ = 0;
  bool seen_advanced_ = false, gap_after_advanced_ = false;
};

}  // namespace

ParsedIndex parse_index(const Shape& shape, std::span<const Index> index,
                        const IndexingOptions& o) {
  ParsedIndex p = Parser(shape, index).take();
  bool trusted = !o.mode || *o.mode == IndexMode::kPromiseInBounds;
  if (trusted && flag(Option::kCheckBounds)) check_bounds(p, shape, o.wrap_negative);
  return p;
}

}  // namespace covector::numpy

// Any index as one gather or scatter. Its index vectors have one entry for each
// axis that is not taken whole; the axes they are arranged in are those of the
// index arrays (broadcast together) and of strided slices.

#include "covector/lax/rules.h"
#include "covector/numpy/index.h"

namespace covector::numpy {

Value wrapped_positions(const Value& i, int64_t size) {
  if (!is_signed_int(i.dtype())) return i;
  Value n = scalar_of(i.dtype(), size);
  return select(lt(i, scalar_of(i.dtype(), int64_t{0})), covector::add(i, n), i);
}

DType index_dtype(const Shape& shape) {
  bool wide = std::any_of(shape.begin(), shape.end(), [](int64_t n) { return n > INT32_MAX; });
  return wide ? kInt64 : kInt32;
}

namespace {

using Kind = IndexItem::Kind;

bool is_position(const IndexItem& i) { return i.kind == Kind::kInt || i.kind == Kind::kArray; }

class Planner {
 public:
  Planner(const Shape& shape, const ParsedIndex& index, bool wrap_negative)
      : shape_(shape),
        dtype_(index_dtype(shape)),
        wrap_negative_(wrap_negative),
        contiguous_(index.contiguous) {
    for (const IndexItem& i : index.items) items_.push_back(i);
    expand_scalar_bools();
    advanced_ = std::any_of(items_.begin(), items_.end(), [](const IndexItem& i) {
      return i.kind == Kind::kArray && i.value.rank() > 0;
    });
    if (advanced_) broadcast_positions();
    plan_.no_repeats = !advanced_;
    for (const IndexItem& i : items_) add(i);
    plan_.indices = stacked();
    std::sort(plan_.dims.collapsed_slice_dims.begin(), plan_.dims.collapsed_slice_dims.end());
  }
  GatherPlan take() { return std::move(plan_); }

 private:
  // Entries of the index vectors: `value`'s axes start at `axis` of the indices.
  struct Entry {
    Value value;
    size_t axis;
  };

  // True and False pick from a new axis of size 1 one position or none.
  void expand_scalar_bools() {
    size_t axis = 0;
    for (IndexItem& i : items_) {
      if (i.kind == Kind::kScalarBool) {
        plan_.scalar_bools.push_back(static_cast<int64_t>(axis));
        shape_.insert(shape_.begin() + static_cast<ptrdiff_t>(axis), 1);
        i = {.kind = Kind::kArray, .value = zeros(Aval(dtype_, {i.size})), .normalized = true};
      }
      axis += i.takes_axis();
    }
  }

  Value position(const IndexItem& i, int64_t size) const {
    if (i.kind == Kind::kInt)
      return scalar_of(dtype_, wrap_negative_ && i.start < 0 ? i.start + size : i.start);
    bool wrap = wrap_negative_ && !i.normalized;
    return wrap ? wrapped_positions(i.value, size) : i.value;
  }

  void broadcast_positions() {
    Values arrays;
    size_t axis = 0;
    for (const IndexItem& i : items_) {
      if (is_position(i)) arrays.push_back(position(i, shape_[axis]));
      axis += i.takes_axis();
    }
    for (Value& v : broadcast_arrays(arrays)) positions_.push_back(convert_element_type(v, dtype_));
  }

  void add(const IndexItem& i) {
    if (advanced_ && !placed_ && (is_position(i) || !contiguous_)) place_positions();
    switch (i.kind) {
      case Kind::kNewAxis:
        add_new_axis();
        return;
      case Kind::kInt:
      case Kind::kArray:
        add_position(i);
        break;
      default:
        add_slice(i);
    }
    ++axis_;
  }

  // The axes that index arrays have together, where the result has them.
  void place_positions() {
    const Shape& s = positions_[0].shape();
    for (const Value& v : positions_) entries_.push_back({v, index_shape_.size()});
    index_shape_.append(s);
    plan_.result.append(s);
    result_axis_ += static_cast<int64_t>(s.size());
    gathered_axis_ += static_cast<int64_t>(s.size());
    placed_ = true;
    int64_t axis = 0;
    for (const IndexItem& i : items_) {
      if (is_position(i)) plan_.dims.start_index_map.push_back(axis);
      axis += i.takes_axis();
    }
  }

  void add_new_axis() {
    plan_.result.push_back(1);
    plan_.new_axes.push_back(result_axis_++);
  }

  void add_position(const IndexItem& i) {
    plan_.dims.collapsed_slice_dims.push_back(axis_);
    plan_.slice_sizes.push_back(1);
    if (advanced_) return;  // placed already
    int64_t size = shape_[static_cast<size_t>(axis_)];
    require<IndexError>(size > 0, "index is out of bounds for axis ", axis_, " with size 0");
    add_entry(convert_element_type(position(i, size), dtype_));
  }

  void add_slice(const IndexItem& i) {
    plan_.result.push_back(i.size);
    if (i.step == 1) {
      if (!i.is_full(shape_[static_cast<size_t>(axis_)])) add_entry(start_of(i));
      plan_.slice_sizes.push_back(i.size);
      plan_.dims.offset_dims.push_back(gathered_axis_);
    } else {
      add_entry(strided_positions(i));
      index_shape_.push_back(i.size);
      plan_.slice_sizes.push_back(1);
      plan_.dims.collapsed_slice_dims.push_back(axis_);
      if (i.step < 0) plan_.reversed.push_back(gathered_axis_);
    }
    ++gathered_axis_, ++result_axis_;
  }

  Value start_of(const IndexItem& i) const {
    if (i.kind == Kind::kSlice) return scalar_of(dtype_, i.start);
    return convert_element_type(i.value, dtype_);
  }

  // In ascending order, also for a negative step.
  Value strided_positions(const IndexItem& i) const {
    Value steps = mul(scalar_of(dtype_, std::abs(i.step)), iota(dtype_, std::span(&i.size, 1), 0));
    if (i.kind == Kind::kWindow) return covector::add(start_of(i), steps);
    int64_t first = i.step > 0 ? i.start : i.start + i.step * (i.size - 1);
    return covector::add(scalar_of(dtype_, first), steps);
  }

  void add_entry(const Value& v) {
    entries_.push_back({v, index_shape_.size()});
    plan_.dims.start_index_map.push_back(axis_);
  }

  Value stacked() const {
    if (entries_.empty()) return zeros(Aval(dtype_, {0}));
    if (entries_.size() == 1) {
      int64_t last = entries_[0].value.rank();
      return expand_dims(entries_[0].value, std::span(&last, 1));
    }
    Shape column = index_shape_;
    column.push_back(1);
    Values columns;
    for (const Entry& e : entries_)
      columns.push_back(broadcast_in_dim(
          e.value, column, rules::iota_axes(e.value.rank(), static_cast<int64_t>(e.axis))));
    return concatenate(columns, static_cast<int64_t>(index_shape_.size()));
  }

  Shape shape_;
  const DType dtype_;
  const bool wrap_negative_, contiguous_;
  std::vector<IndexItem> items_;
  GatherPlan plan_;
  bool advanced_ = false, placed_ = false;
  Values positions_;  // the broadcast integers and arrays, if advanced
  std::vector<Entry> entries_;
  Shape index_shape_;          // of the indices, less the axis of index vectors
  int64_t axis_ = 0;           // of x
  int64_t gathered_axis_ = 0;  // of what the gather gives
  int64_t result_axis_ = 0;    // the same with new axes
};

}  // namespace

GatherPlan plan_gather(const Shape& shape, const ParsedIndex& index, bool wrap_negative) {
  return Planner(shape, index, wrap_negative).take();
}

}  // namespace covector::numpy

#include "covector/lax/rules.h"
#include "covector/numpy/index.h"

namespace covector::numpy {
namespace {

using Kind = IndexItem::Kind;

// Positions out of bounds are clamped, as slices do by themselves.
bool clamps(const IndexingOptions& o) { return !o.mode || *o.mode != IndexMode::kFillOrDrop; }

// What happens after a slice was taken.
struct Finish {
  Axes reversed, squeezed, new_axes;
  void add_new_axis(size_t axes_so_far) {
    new_axes.push_back(static_cast<int64_t>(axes_so_far - squeezed.size() + new_axes.size()));
  }
  Value apply(Value x) const {
    if (!reversed.empty()) x = rev(x, reversed);
    return expand_dims(squeeze(x, squeezed), new_axes);
  }
};

}  // namespace

std::optional<Value> static_getitem(const Value& x, const ParsedIndex& index,
                                    const IndexingOptions& o) {
  if (!clamps(o) || index.has_mask) return {};
  bool clip = o.mode == IndexMode::kClip, trivial = true;
  Shape starts, limits, strides;
  Finish finish;
  for (const IndexItem& i : index.items) {
    if (i.kind == Kind::kNewAxis) {
      finish.add_new_axis(starts.size());
      continue;
    }
    int64_t axis = static_cast<int64_t>(starts.size()), size = x.aval().dim(axis);
    if (i.kind == Kind::kInt) {
      int64_t at = o.wrap_negative && i.start < 0 ? i.start + size : i.start;
      if (size == 0 || (!clip && (at < 0 || at >= size))) return {};
      at = std::clamp<int64_t>(at, 0, size - 1);
      starts.push_back(at), limits.push_back(at + 1), strides.push_back(1);
      finish.squeezed.push_back(axis);
    } else if (i.kind == Kind::kSlice) {
      int64_t last = i.start + i.step * (i.size - 1);
      if (i.step < 0) finish.reversed.push_back(axis);
      starts.push_back(i.size == 0 ? 0 : std::min(i.start, last));
      int64_t limit = i.step < 0 ? i.start + 1 : std::max(i.start, i.stop);
      limits.push_back(i.size == 0 ? 0 : limit);
      strides.push_back(std::abs(i.step));
    } else {
      return {};
    }
    trivial &= starts.back() == 0 && limits.back() == size && strides.back() == 1;
  }
  return finish.apply(trivial ? x : slice(x, starts, limits, strides));
}

namespace {

Value normalized_start(const IndexItem& i, int64_t size, DType d, bool convert,
                       bool wrap_negative) {
  if (i.kind == Kind::kInt || i.kind == Kind::kSlice)
    return scalar_of(d, wrap_negative && i.start < 0 ? i.start + size : i.start);
  Value v = convert ? convert_element_type(i.value, d) : i.value;
  return wrap_negative && !i.normalized ? wrapped_positions(v, size) : v;
}

bool dynamic_slice_has(const IndexItem& i) {
  switch (i.kind) {
    case Kind::kInt:
    case Kind::kNewAxis:
      return true;
    case Kind::kSlice:
      return std::abs(i.step) == 1;
    case Kind::kWindow:
      return i.step == 1;
    case Kind::kArray:
      return i.value.rank() == 0;
    case Kind::kScalarBool:
      return false;
  }
  return false;
}

// x[index] when some positions are traced scalars.
std::optional<Value> dynamic_getitem(const Value& x, const ParsedIndex& index,
                                     const IndexingOptions& o) {
  if (!clamps(o) || index.has_mask) return {};
  if (!std::all_of(index.items.begin(), index.items.end(), dynamic_slice_has)) return {};
  // dynamic_slice takes start indices of one type.
  bool convert = x.rank() > 1;
  DType d = convert ? index_dtype(x.shape()) : canonical(kInt64);
  Values starts;
  Shape sizes;
  Finish finish;
  for (const IndexItem& i : index.items) {
    if (i.kind == Kind::kNewAxis) {
      finish.add_new_axis(sizes.size());
      continue;
    }
    int64_t axis = static_cast<int64_t>(sizes.size()), size = x.aval().dim(axis);
    if (i.kind == Kind::kInt || i.kind == Kind::kArray) {
      if (size == 0) return {};  // the gather will say so
      finish.squeezed.push_back(axis);
      sizes.push_back(1);
      starts.push_back(normalized_start(i, size, d, convert, o.wrap_negative));
      continue;
    }
    IndexItem ascending = i;
    if (i.step < 0) {
      finish.reversed.push_back(axis);
      ascending.start = i.start - i.size + 1;
    }
    sizes.push_back(i.size);
    starts.push_back(normalized_start(ascending, size, d, convert, o.wrap_negative));
  }
  return finish.apply(dynamic_slice(x, starts, sizes));
}

Value gather_getitem(const Value& x, const ParsedIndex& index, const IndexingOptions& o) {
  GatherPlan plan = plan_gather(x.shape(), index, o.wrap_negative);
  if (std::any_of(plan.result.begin(), plan.result.end(), [](int64_t n) { return n == 0; }))
    return zeros(x.aval().with_shape(plan.result));
  Value y = expand_dims(x, plan.scalar_bools);
  if (plan.indices.aval().size() > 0) {
    covector::IndexOptions options{o.mode.value_or(IndexMode::kPromiseInBounds),
                                   o.indices_are_sorted || plan.no_repeats,
                                   o.unique_indices || plan.no_repeats, o.fill_value};
    y = gather(y, plan.indices, plan.dims, plan.slice_sizes, options);
  }
  if (!plan.reversed.empty()) y = rev(y, plan.reversed);
  return expand_dims(y, plan.new_axes);
}

}  // namespace

Value getitem(const Value& x, const ParsedIndex& index, const IndexingOptions& o) {
  if (auto y = static_getitem(x, index, o)) return *y;
  if (auto y = dynamic_getitem(x, index, o)) return *y;
  return gather_getitem(x, index, o);
}

Value getitem(const Value& x, std::span<const Index> index, const IndexingOptions& o) {
  ParsedIndex parsed = parse_index(x.shape(), index, o);
  // Typed keys are taken apart op by op before they are compiled.
  bool at_once = is_eager() && !is_extended(x.dtype());
  return at_once ? getitem_at_once(x, parsed, o) : getitem(x, parsed, o);
}

}  // namespace covector::numpy

#pragma once

// Indices in the form in which the parts of indexing hand them on.

#include "covector/numpy/numpy.h"

namespace covector::numpy {

// One item of an index whose masks have become positions and whose ellipsis has
// become slices: it takes an axis of the array, or makes a new one.
struct IndexItem {
  enum class Kind : int8_t {
    kInt,         // the position `start`
    kSlice,       // `size` positions from `start` on, by `step`
    kWindow,      // the same from `value` on
    kArray,       // the positions in `value`
    kNewAxis,     // takes no axis
    kScalarBool,  // takes no axis; makes one of size `size`, 1 or 0
  };
  Kind kind = Kind::kSlice;
  int64_t start = 0, stop = 0, step = 1, size = 0;
  Value value = {};
  // Positions are known not to be negative.
  bool normalized = false;

  bool takes_axis() const { return kind != Kind::kNewAxis && kind != Kind::kScalarBool; }
  bool is_full(int64_t axis_size) const {
    return kind == Kind::kSlice && step == 1 && size == axis_size;
  }
};

struct ParsedIndex {
  std::vector<IndexItem> items;  // they take all axes
  // The positions of integers and arrays have nothing else between them, so
  // that the axes that they make stand where they stand, not in front.
  bool contiguous = true;
  bool has_mask = false;
};

// Raises IndexError for what does not fit the shape, and, under
// Option::kCheckBounds, for known positions out of bounds.
ParsedIndex parse_index(const Shape&, std::span<const Index>, const IndexingOptions&);

// x[index] by the primitives that say it best, in the current trace.
Value getitem(const Value&, const ParsedIndex&, const IndexingOptions&);
Value setitem(ScatterKind, const Value& x, const ParsedIndex&, const Value& y,
              const IndexingOptions&);

// The same as one operation, so that one compiled program does it all; for
// arrays outside of any transformation.
Value getitem_at_once(const Value&, const ParsedIndex&, const IndexingOptions&);
Value setitem_at_once(ScatterKind, const Value& x, const ParsedIndex&, const Value& y,
                      const IndexingOptions&);

// x[index] when only slices, integers and new axes occur and these are in
// bounds (or to be clipped); nothing otherwise.
std::optional<Value> static_getitem(const Value&, const ParsedIndex&, const IndexingOptions&);

// A gather or scatter, and what else it takes to make x[index].
struct GatherPlan {
  Value indices;
  GatherDims dims;
  Shape slice_sizes;
  Shape result;            // of x[index], before new axes were put in
  Axes new_axes;           // of the result
  Axes reversed;           // axes of what the gather gives
  Axes scalar_bools;       // axes to put into x first
  bool no_repeats = true;  // positions are ascending and distinct
};
GatherPlan plan_gather(const Shape&, const ParsedIndex&, bool wrap_negative);

// positions + size where negative, unless they cannot be.
Value wrapped_positions(const Value&, int64_t size);
// The integer type that holds every index into the shape.
DType index_dtype(const Shape&);

}  // namespace covector::numpy

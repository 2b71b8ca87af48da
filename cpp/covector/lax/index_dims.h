#pragma once

// What gather and scatter share: their dimension numbers, modes and checks.

#include "covector/lax/param_reader.h"
#include "covector/lax/rules.h"

namespace covector::rules {

// A gather reads the windows that a scatter writes, so that one's dimension
// numbers are the other's under different names.
GatherDims gather_dims(const ScatterDims&);
ScatterDims scatter_dims(const GatherDims&);
// The window of a scatter, as the slice sizes of the gather that reads it.
Shape window_sizes(const ScatterDims&, int64_t operand_rank, const Shape& updates);

// Dimension numbers when a mapped axis stands in front...
// ... of the operand (and the other side of the window):
GatherDims with_mapped_operand(const GatherDims&);
// ... of the indices alone:
GatherDims with_mapped_indices(const GatherDims&);
// ... of both:
GatherDims with_mapped_both(const GatherDims&);

// Between C++ and what front ends see.
Param param_of(const GatherDims&);
Param param_of(const ScatterDims&);
Param param_of(IndexMode);
GatherDims read_gather_dims(const Param&);
ScatterDims read_scatter_dims(const Param&);
// None gives `otherwise`.
IndexMode read_index_mode(const Param&, IndexMode otherwise);

// Text of the fields that both StableHLO attributes have, empty ones left out.
std::string dims_attr(std::initializer_list<std::pair<std::string_view, const Axes*>>,
                      int64_t index_vector_dim);

// Constants, e.g. [3, 5], in an integer type; clipped to what it can hold.
Value index_vector(std::span<const int64_t>, DType);
// The indices in a signed type that holds every index into the shape.
Value widened_indices(const Value& indices, const Shape& shape);

// Checks: TypeErrors that name the operation and the field.
void require_sorted(const Op&, std::string_view field, const Axes&);
void require_distinct(const Op&, std::string_view field, const Axes&);
void require_in_range(const Op&, std::string_view field, const Axes&, int64_t rank);
void require_disjoint(const Op&, std::string_view f1, const Axes&, std::string_view f2,
                      const Axes&);
// The fields that pair axes of the operand with axes of the indices.
struct BatchingDims {
  const Axes& operand;
  const Axes& indices;
  std::string_view operand_field, indices_field;
};
void require_batching(const Op&, const Aval& operand, const Aval& indices, const BatchingDims&);
void require_index_map(const Op&, std::string_view field, const Axes& map, const Aval& operand,
                       const Aval& indices);
void require_integer_indices(const Aval& indices);

}  // namespace covector::rules

#pragma once

// Dimension numbers of ragged_dot_general.

#include "covector/lax/param_reader.h"
#include "covector/lax/rules.h"

namespace covector::rules {

struct RaggedDims {
  DotDims dot;
  Axes lhs_ragged, rhs_group;
  bool operator==(const RaggedDims&) const = default;
};

// What the ragged axis of lhs is to the product.
enum class RaggedMode { kFree, kContracted, kBatch };
RaggedMode mode_of(const RaggedDims&);

// The axes that are neither contracted, nor batched, nor that of the groups.
Axes lhs_free_axes(const RaggedDims&, int64_t rank);
Axes rhs_free_axes(const RaggedDims&, int64_t rank);
// The axes of an operand that group sizes may vary along, in their order.
Axes lhs_prefix(const RaggedDims&, int64_t rank);
// The same of rhs, where the axis is contracted: `ragged` of rhs.
Axes rhs_prefix(const RaggedDims&, int64_t ragged);

void require_ragged(const RaggedDims&, const Aval& lhs, const Aval& rhs, const Aval& group_sizes);

Param param_of(const RaggedDims&);
RaggedDims read_ragged_dims(const Param&);

}  // namespace covector::rules

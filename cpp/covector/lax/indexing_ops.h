#pragma once

// What the files of indexing primitives use of each other.

#include "covector/lax/lax.h"

namespace covector {

Op gather_op(DType operand, const GatherDims&, std::span<const int64_t> slice_sizes,
             const IndexOptions&);
Op scatter_op(ScatterKind, DType operand, const ScatterDims&, const IndexOptions&);

}  // namespace covector

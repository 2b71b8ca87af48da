#pragma once

// The parameters of the scatter family and its derivative rules.

#include "covector/lax/index_dims.h"

namespace covector::rules {

struct ScatterParams {
  ScatterDims dims;
  bool indices_are_sorted = false, unique_indices = false;
  IndexMode mode = IndexMode::kFillOrDrop;
  // (old, update) -> new, on scalars; null: the update replaces.
  ClosedJaxpr update_jaxpr;

  void fields(FieldVisitor&) const;
  bool operator==(const ScatterParams&) const = default;
  IndexOptions options() const { return {mode, indices_are_sorted, unique_indices, {}}; }
};

JvpOut scatter_set_jvp(const Op&, Args primals, Args tangents);
JvpOut scatter_add_jvp(const Op&, Args primals, Args tangents);  // and sub
JvpOut scatter_mul_jvp(const Op&, Args primals, Args tangents);
JvpOut scatter_minmax_jvp(const Op&, Args primals, Args tangents);

Values scatter_set_transpose(const Op&, Args ct, TransposeArgs);
Values scatter_add_transpose(const Op&, Args ct, TransposeArgs);
Values scatter_sub_transpose(const Op&, Args ct, TransposeArgs);
Values scatter_mul_transpose(const Op&, Args ct, TransposeArgs);

}  // namespace covector::rules

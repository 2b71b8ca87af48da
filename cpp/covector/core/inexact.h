#pragma once

#include "covector/core/dtype.h"

namespace covector {

// The dtype that division has: the next inexact one of integers and booleans.
inline DType inexact_dtype(DType d) {
  if (is_inexact(d)) return d;
  return canonical(d->bits == 64 && is_integer(d) ? kFloat64 : kFloat32);
}

}  // namespace covector

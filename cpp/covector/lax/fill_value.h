#pragma once

#include <complex>

#include "covector/core/params.h"

namespace covector::rules {

// A constant in the parameters of a primitive, not yet of any dtype. Compares
// by bits, so that NaN is itself and an op that holds it can be looked up.
struct FillValue {
  std::variant<Param::None, bool, int64_t, double, std::complex<double>> v;

  bool operator==(const FillValue&) const;
  bool given() const { return v.index() != 0; }
  Param param() const;
  // A rank-0 array of type d.
  Value of(DType d) const;
  // From a concrete rank-0 array.
  static FillValue read(const Value&, std::string_view what);
  // NaN, the least signed or the greatest unsigned integer, or True.
  static FillValue out_of_bounds(DType d);
};

}  // namespace covector::rules

#pragma once

#include <functional>
#include <vector>

#include "covector/core/axes.h"
#include "covector/lax/lax.h"

namespace covector {

// The named axes that an operation goes over. Several are as one axis, in which
// the index of the first name is the slowest. In groups of indices, each group
// is by itself; an index is in one group.
struct NamedAxes {
  std::vector<AxisName> names;
  std::vector<Axes> groups = {};  // none: all indices are one group

  bool operator==(const NamedAxes&) const = default;
  bool has(const AxisName&) const;
  int64_t total() const;
  int64_t size() const;  // of each group; they must be of one size
  Param names_param() const;
  Param name_param() const;  // a single name is not in a tuple
  Param groups_param() const;
  // Throws ValueError unless each index is in one group, and (`equal`) groups have one size.
  void check(std::string_view operation, bool equal = true) const;
};

namespace rules {

// What an operation does within one group: operands have the axis in front, and
// results where it says.
using InGroup = std::function<BatchOut(const Op&, int64_t size, Args)>;
// Batching over an axis that the operation names.
BatchOut batch_named(const Op&, const NamedAxes&, const AxisData&, Args, const MappedAxes&,
                     const InGroup&);

Effects names_an_axis(const Op&);
// Linear in the first operand, which is the only one.
JvpOut linear_exchange(const Op&, Args primals, Args tangents);

// Rows of an array, at indices known now or (an array of integers) given.
Value rows_at(const Value&, const Axes& rows);
Value rows_at(const Value&, const Value& rows);

}  // namespace rules
}  // namespace covector

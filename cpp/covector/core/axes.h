#pragma once

#include "covector/core/config.h"
#include "covector/core/primitive.h"

namespace covector {

// Named axes in scope: those that a function is being mapped over by name. This
// is a matter of the thread, as which trace is current is.

// Puts an axis into scope. One without a name changes nothing; a name hides the
// same name further out.
class WithAxis {
 public:
  explicit WithAxis(const AxisData&);
  ~WithAxis();
  WithAxis(const WithAxis&) = delete;
  WithAxis& operator=(const WithAxis&) = delete;

 private:
  const bool pushed_;
  const ThreadOption previous_;
};

// Hides all named axes, for code that is no part of the mapped function though
// it runs while that is traced.
class WithoutAxes {
 public:
  WithoutAxes();
  ~WithoutAxes();
  WithoutAxes(const WithoutAxes&) = delete;
  WithoutAxes& operator=(const WithoutAxes&) = delete;

 private:
  std::vector<AxisData> hidden_;
  const ThreadOption previous_;
};

// Throws NameError if the axis is not in scope.
int64_t axis_size(const AxisName&);
// The names in scope, outermost first.
std::vector<AxisName> axis_names();

// Of equations that refer to a named axis, and of those that hold such.
extern const Effect kNamedAxis;
bool names_axes(const Op&);

// An axis name as messages and jaxprs write it.
std::string name_text(const AxisName&);

}  // namespace covector

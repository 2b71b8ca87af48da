#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "covector/core/config.h"
#include "covector/core/jaxpr.h"
#include "covector/lax/lax.h"
#include "covector/transforms/transforms.h"

namespace covector::transforms_testing {

using Doubles = std::vector<double>;

// Tests that compute: the runtime is started on the CPU with two devices, types
// are 64 bits wide, so that differences are sharp, and every jaxpr is checked.
class Computing : public ::testing::Test {
 public:
  Computing();
  ~Computing() override;
};

Value f64(const Doubles& data, const Shape& shape);
Value vec(const Doubles& data);
// Numbers in (-1, 1) that look irregular; others for each seed.
Value irregular(const Shape& shape, int seed);
Doubles get(const Value& v);
double number(const Value& v);
Values list(std::initializer_list<Value> v);
Mask all(size_t n, bool x = true);

// Whether the values have one shape, and their elements are within `tolerance`
// of each other (relative to 1 + their size).
::testing::AssertionResult near(const Value& a, const Value& b, double tolerance = 1e-12);
::testing::AssertionResult near(const Values& a, const Values& b, double tolerance = 1e-12);
// sum(a * b) over all pairs; null is zero.
double inner(const Values& a, const Values& b);
// Sum of all elements.
Value total(const Value& x);
// The part of `x` at `index` of its leading axis.
Value row(const Value& x, int64_t index);
// Equations with this primitive's name, those of inner jaxprs included.
int64_t count_eqns(const Jaxpr& j, std::string_view name);
int64_t count_eqns(const Jaxpr& j);

// Whether `f` throws an E whose text contains `text`; tells what it did instead.
template <class E, class F>
::testing::AssertionResult throws(F&& f, std::string_view text) {
  try {
    f();
  } catch (const E& e) {
    if (std::string_view(e.what()).find(text) != std::string_view::npos)
      return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << "text: " << e.what();
  } catch (const std::exception& e) {
    return ::testing::AssertionFailure() << "another class, text: " << e.what();
  }
  return ::testing::AssertionFailure() << "no exception";
}

}  // namespace covector::transforms_testing

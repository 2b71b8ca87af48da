#include "covector/numpy/functions.h"

#include <algorithm>
#include <vector>

namespace covector::numpy {

std::span<const Function> functions() {
  static const std::vector<Function>& all = *[] {
    auto* v = new std::vector<Function>;
    for (auto part : {trigonometric_functions(), exponential_functions(), arithmetic_functions(),
                      logical_functions()})
      v->insert(v->end(), part.begin(), part.end());
    std::ranges::sort(*v, {}, &Function::name);
    return v;
  }();
  return all;
}

}  // namespace covector::numpy

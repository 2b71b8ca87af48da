// Fits a line to 50 noisy points by gradient descent: the linear model of examples/introduction.py
// with `grad` and `jit` in C++, and no interpreter in the process.
//
//   linear_model [DIRECTORY]
//
// The CPU plugin is the one that COVECTOR_PLUGINS names ("cpu=/path/to/plugin.so"), else that of
// the xla-cpu-pjrt wheel installed in DIRECTORY, Python's site-packages.

#include <array>
#include <cmath>
#include <cstdio>
#include <exception>

#include "covector/covector.h"

namespace {

using covector::Args;
using covector::Fun;
using covector::Value;
using covector::Values;

constexpr int64_t kPoints = 50;
constexpr int64_t kHalf = kPoints / 2;
constexpr double kLearningRate = 0.1;
constexpr int kSteps = 50;

Value word(int64_t x) { return covector::scalar_of(covector::kUint32, x); }

// Random bits of the key PRNGKey(0): each half of the counters gives a half of the words.
Value random_bits() {
  Value low = iota(covector::kUint32, std::array{kHalf}, 0);
  Value high = low + word(kHalf);
  return concatenate(covector::threefry2x32(word(0), word(0), low, high), 0);
}

// Standard normal numbers: bits fill the fraction of a float in [1, 2), which is spread over
// (-1, 1), which goes through the inverse of the distribution function.
Value standard_normal() {
  constexpr int64_t kOneAsBits = 0x3f800000;
  Value mantissa = shift_right_logical(random_bits(), word(9));
  Value unit =
      bitcast_convert_type(bitwise_or(mantissa, word(kOneAsBits)), covector::kFloat32) - 1.0;
  const float lowest = std::nextafter(-1.0f, 0.0f);
  Value uniform = max(unit * (1.0f - lowest) + lowest, Value(lowest));
  return std::sqrt(2.0) * erf_inv(uniform);
}

Value mean(const Value& x) {
  return reduce_sum(x, std::array{int64_t{0}}) / static_cast<double>(kPoints);
}

void fit_and_print() {
  Value x = iota(covector::kFloat32, std::array{kPoints}, 0) * (6.0 / (kPoints - 1)) - 3.0;
  Value y = 2.0 * x + 10.0 + 0.3 * standard_normal();

  Fun loss = [&](Args p) -> Values {
    Value error = p[0] * x + p[1] - y;
    return {mean(error * error)};
  };
  Fun gradient = covector::grad(loss, {true, true});
  Fun step = covector::jit([&](Args p) -> Values {
    Values g = gradient(p);
    return {p[0] - kLearningRate * g[0], p[1] - kLearningRate * g[1]};
  });

  Values params = {0.0, 0.0};
  for (int i = 0; i < kSteps; ++i) params = step(params);
  std::printf("slope %.2f, offset %.2f\n", to_double(*params[0].array()),
              to_double(*params[1].array()));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    covector::runtime::start();
    if (argc > 1) covector::runtime::set_plugin_directories({argv[1]});
    fit_and_print();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "linear_model: %s\n", e.what());
    return 1;
  }
}

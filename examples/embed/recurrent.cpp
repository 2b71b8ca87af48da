// The gradient of a small recurrent network whose cotangents are clipped: `scan`, a custom
// derivative rule, `grad`, `vmap` and `jit` in C++, on arrays of the program's own data.
//
//   recurrent [DIRECTORY]
//
// As linear_model: DIRECTORY is where pip installed the CPU plugin.

#include <array>
#include <cstdio>
#include <exception>
#include <initializer_list>
#include <vector>

#include "covector/covector.h"

namespace {

using covector::Args;
using covector::Fun;
using covector::Mask;
using covector::Value;
using covector::Values;

constexpr int64_t kUnits = 2;

Value to_device(const std::vector<float>& data, std::initializer_list<int64_t> shape) {
  covector::Aval type(covector::kFloat32, covector::Shape(shape));
  return covector::runtime::to_array(type, {.data = data.data()},
                                     covector::runtime::default_device(), /*committed=*/false);
}

std::vector<float> to_host(const Value& v) {
  std::vector<float> data(static_cast<size_t>(v.aval().size()));
  covector::runtime::read(*v.array(), data.data());
  return data;
}

// The identity, of which cotangents come out within [-limit, limit].
Fun clip_cotangents(double limit) {
  Fun identity = [](Args x) -> Values { return {x[0]}; };
  auto backward = [limit](Args, Args cotangents) -> Values {
    const Value& ct = cotangents[0];
    if (!ct) return {ct};  // null is zero
    return {clamp(Value(-limit), ct, Value(limit))};
  };
  auto forward = [backward](Args x, const Mask&) -> covector::VjpForward {
    return {.primals = {x[0]}, .residuals = {}, .backward = backward};
  };
  auto rule = covector::make_ref<const covector::CustomVjp>(covector::CustomVjp::Names{"clip"},
                                                            identity, forward, false);
  return [rule](Args x) { return covector::custom_vjp_call(rule, x); };
}

// The sum of squares of the last state of h' = tanh(W h + x).
Fun loss_of(const Value& inputs) {
  return [inputs, clip = clip_cotangents(0.5)](Args weights) -> Values {
    Fun step = [&](Args state_and_input) -> Values {
      Value fed = covector::numpy::matmul(weights[0], state_and_input[0]);
      Value h = clip(Values{tanh(fed + state_and_input[1])})[0];
      return {h, h};  // the next state, and what is kept of each step
    };
    covector::Aval state(covector::kFloat32, covector::Shape{kUnits});
    Values out = covector::scan(step, Values{covector::zeros(state)}, Values{inputs});
    return {reduce_sum(out[0] * out[0], std::array{int64_t{0}})};
  };
}

void print(const char* what, const Values& values) {
  std::printf("%s:", what);
  for (float x : to_host(values[0])) std::printf(" %.4f", x);
  std::puts("");
}

void run() {
  Fun loss = loss_of(to_device({0.1f, -0.2f, 0.3f, 0.4f, -0.5f, 0.6f}, {3, kUnits}));
  Value weights = to_device({0.1f, 0.2f, 0.3f, 0.4f}, {kUnits, kUnits});
  Value several = to_device({0.1f, 0.2f, 0.3f, 0.4f, 1, 0, 0, 1}, {2, kUnits, kUnits});
  print("loss", covector::jit(loss)(Values{weights}));
  print("gradient", covector::jit(covector::grad(loss))(Values{weights}));
  print("losses", covector::jit(covector::vmap(loss))(Values{several}));
  print("gradients", covector::jit(covector::vmap(covector::grad(loss)))(Values{several}));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    covector::runtime::start();
    if (argc > 1) covector::runtime::set_plugin_directories({argv[1]});
    run();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "recurrent: %s\n", e.what());
    return 1;
  }
}

#include "transforms/transforms_testing.h"

#include <cmath>
#include <filesystem>

#include "covector/control/control.h"
#include "covector/runtime/backend.h"
#include "covector/runtime/program.h"
#include "covector/runtime/transfer.h"

namespace covector::transforms_testing {
namespace {

void start_once() {
  static const bool done = [] {
    // <directory>/xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so, unless COVECTOR_PLUGINS names another.
    auto plugin = std::filesystem::weakly_canonical(COVECTOR_TEST_CPU_PLUGIN);
    runtime::set_plugin_directories({plugin.parent_path().parent_path().parent_path()});
    runtime::set_platform_order("cpu");
    runtime::set_cpu_device_count(2);
    runtime::start();
    return true;
  }();
  ASSERT_TRUE(done);
}

}  // namespace

// The options are global ones: threads that a test starts see them too.
Computing::Computing() {
  start_once();
  set_option(Option::kEnableX64, 1);
  set_option(Option::kCheckIr, 1);
}

Computing::~Computing() {
  set_option(Option::kEnableX64, 0);
  set_option(Option::kCheckIr, 0);
}

Value f64(const Doubles& data, const Shape& shape) {
  return host_array(Aval(kFloat64, shape), data.data());
}

Value vec(const Doubles& data) { return f64(data, {static_cast<int64_t>(data.size())}); }

Value irregular(const Shape& shape, int seed) {
  Doubles x(static_cast<size_t>(Aval(kFloat64, shape).size()));
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = std::sin(1.0 + 2.3 * static_cast<double>(i) + 5.7 * seed);
  return f64(x, shape);
}

Doubles get(const Value& v) {
  Value wide = v.dtype() == kFloat64 ? v : convert_element_type(v, kFloat64);
  Doubles out(static_cast<size_t>(wide.aval().size()));
  runtime::read(*wide.array(), out.data());
  return out;
}

double number(const Value& v) { return get(v).at(0); }

Values list(std::initializer_list<Value> v) { return Values(v); }

Mask all(size_t n, bool x) { return Mask(n, x); }

::testing::AssertionResult near(const Value& a, const Value& b, double tolerance) {
  if (!a || !b) return ::testing::AssertionFailure() << "a value is null";
  if (a.shape() != b.shape())
    return ::testing::AssertionFailure() << str(a.aval(), " is not ", b.aval());
  Doubles x = get(a), y = get(b);
  for (size_t i = 0; i < x.size(); ++i)
    if (!(std::abs(x[i] - y[i]) <= tolerance * (1 + std::abs(y[i]))))
      return ::testing::AssertionFailure() << "element " << i << ": " << x[i] << ", " << y[i];
  return ::testing::AssertionSuccess();
}

::testing::AssertionResult near(const Values& a, const Values& b, double tolerance) {
  if (a.size() != b.size())
    return ::testing::AssertionFailure() << a.size() << " values, not " << b.size();
  for (size_t i = 0; i < a.size(); ++i)
    if (auto r = near(a[i], b[i], tolerance); !r) return r << " (value " << i << ")";
  return ::testing::AssertionSuccess();
}

double inner(const Values& a, const Values& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!a[i] || !b[i]) continue;
    Doubles x = get(a[i]), y = get(b[i]);
    for (size_t k = 0; k < x.size(); ++k) sum += x[k] * y[k];
  }
  return sum;
}

Value total(const Value& x) {
  Axes axes;
  for (int64_t i = 0; i < x.rank(); ++i) axes.push_back(i);
  return reduce_sum(x, axes);
}

Value row(const Value& x, int64_t index) {
  Shape start(static_cast<size_t>(x.rank()), 0), limit = x.shape();
  start[0] = index;
  limit[0] = index + 1;
  return squeeze(slice(x, start, limit), Axes{0});
}

namespace {

int64_t inner_eqns(const Eqn& e, std::string_view name) {
  if (e.op.prim == &jit_p) return count_eqns(*e.op.get<CallParams>().jaxpr.jaxpr, name);
  return 0;
}

}  // namespace

int64_t count_eqns(const Jaxpr& j, std::string_view name) {
  int64_t n = 0;
  for (const Eqn& e : j.eqns) n += (name.empty() || e.op.name() == name) + inner_eqns(e, name);
  return n;
}

int64_t count_eqns(const Jaxpr& j) { return count_eqns(j, {}); }

}  // namespace covector::transforms_testing

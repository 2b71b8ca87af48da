// Keys and bits, natively: what every sampler of covector.random starts with.

#include "covector/random/random.h"

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <string>
#include <vector>

#include "array_type.h"
#include "convert.h"
#include "covector/random/gamma.h"
#include "dtypes.h"
#include "register.h"

namespace covector::bindings {
namespace {

using Dims = std::vector<int64_t>;

Value value(py::handle x) { return to_value(x.ptr()); }

// A typed key; a Python integer keeps all of its 64 bits.
py::object key(py::handle seed, const std::string& impl) {
  const random::Generator& g = random::generator_named(impl);
  if (!PyLong_CheckExact(seed.ptr())) return wrapped(random::random_seed(value(seed), g));
  int overflow = 0;
  long long x = PyLong_AsLongLongAndOverflow(seed.ptr(), &overflow);
  require<OverflowError>(!overflow, "Python int too large to convert to C long: the seed ",
                         std::string(py::str(seed)), " has more than 64 bits");
  return wrapped(random::random_seed(scalar_of(canonical(kInt64), int64_t{x}), g));
}

py::object typed_key(py::handle raw, const std::string& impl) {
  return wrapped(random::random_wrap(value(raw), random::generator_named(impl)));
}

}  // namespace

void register_random(py::module_& m) {
  py::module_ r = m.def_submodule("random", "Keys and random bits.");
  r.def("key", &key, py::arg("seed"), py::arg("impl") = "fry");
  r.def("wrap", &typed_key, py::arg("raw"), py::arg("impl") = "fry");
  // Generators: name, tag, dtype of keys, number of words.
  r.def("generators", [] {
    py::list list;
    for (const random::Generator& g : random::generators())
      list.append(py::make_tuple(g.name, g.tag, dtype_object(g.dtype), g.words()));
    return list;
  });
  r.def("unwrap", [](py::handle keys) { return wrapped(random::random_unwrap(value(keys))); });
  r.def("clone", [](py::handle keys) { return wrapped(random::random_clone(value(keys))); });
  r.def(
      "split",
      [](py::handle k, const Dims& shape) {
        return wrapped(random::random_split(value(k), shape));
      },
      py::arg("key"), py::arg("shape"));
  r.def(
      "fold_in",
      [](py::handle k, py::handle data) {
        return wrapped(random::random_fold_in(value(k), value(data)));
      },
      py::arg("key"), py::arg("data"));
  r.def(
      "bits",
      [](py::handle k, int64_t width, const Dims& shape) {
        return wrapped(random::random_bits(value(k), width, shape));
      },
      py::arg("key"), py::arg("bit_width"), py::arg("shape"));
  r.def(
      "gamma",
      [](py::handle k, py::handle a, bool log_space) {
        return wrapped(random::random_gamma(value(k), value(a), log_space));
      },
      py::arg("key"), py::arg("a"), py::arg("log_space"));
}

}  // namespace covector::bindings

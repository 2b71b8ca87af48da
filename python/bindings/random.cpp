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
#include "extended_dtype.h"
#include "key_reuse.h"
#include "register.h"

namespace covector::bindings {
namespace {

using Dims = std::vector<int64_t>;

Value value(py::handle x) { return to_value(x.ptr()); }

// By name or tag, or by the dtype of its keys.
const random::Generator& generator(py::handle impl) {
  if (PyUnicode_Check(impl.ptr())) return random::generator_named(impl.cast<std::string>());
  const random::Generator* g = random::generator_of(to_dtype(impl.ptr()));
  require<TypeError>(g, "not a dtype of random keys");
  return *g;
}

[[noreturn, gnu::cold]] void seed_too_large(py::handle seed) {
  fail<OverflowError>("Python int too large to convert to C long: the seed ",
                      std::string(py::str(seed)), " has more than 64 bits");
}

// A typed key; a Python integer keeps all of its 64 bits.
py::object key(py::handle seed, py::handle impl) {
  const random::Generator& g = generator(impl);
  if (!PyLong_CheckExact(seed.ptr())) return wrapped(random::random_seed(value(seed), g));
  int overflow = 0;
  long long x = PyLong_AsLongLongAndOverflow(seed.ptr(), &overflow);
  if (overflow) seed_too_large(seed);
  return wrapped(random::random_seed(scalar_of(canonical(kInt64), int64_t{x}), g));
}

py::object typed_key(py::handle raw, py::handle impl) {
  return wrapped(random::random_wrap(value(raw), generator(impl)));
}

// Generators made from Python ----------------------------------------------------------

py::tuple sizes(std::span<const int64_t> shape) {
  py::tuple t(shape.size());
  for (size_t i = 0; i < shape.size(); ++i) t[i] = shape[i];
  return t;
}

// Keeps a Python function for ever, as generators live; it is called by rules.
template <class... A>
Value call_kept(PyObject* f, const A&... args) {
  py::gil_scoped_acquire gil;
  return to_value(py::object(py::handle(f)(args()...)).ptr());
}

// From functions of arrays of keys: see covector/random/_generators.py.
py::object define(const std::string& name, const std::string& tag, const Dims& key_shape,
                  py::object seed, py::object split, py::object fold_in, py::object bits) {
  random::Generator g{name, tag, Shape(key_shape.begin(), key_shape.end())};
  g.seed = [f = seed.release().ptr()](const Value& seeds) {
    return call_kept(f, [&] { return wrapped(seeds); });
  };
  g.split = [f = split.release().ptr()](const Value& keys, std::span<const int64_t> shape) {
    return call_kept(f, [&] { return wrapped(keys); }, [&] { return sizes(shape); });
  };
  g.fold_in = [f = fold_in.release().ptr()](const Value& keys, const Value& data) {
    return call_kept(f, [&] { return wrapped(keys); }, [&] { return wrapped(data); });
  };
  g.bits = [f = bits.release().ptr()](const Value& keys, int64_t width,
                                      std::span<const int64_t> shape) {
    return call_kept(
        f, [&] { return wrapped(keys); }, [&] { return py::int_(width); },
        [&] { return sizes(shape); });
  };
  return extended_dtype_object(random::add_generator(std::move(g)).dtype);
}

void register_generators(py::module_& r) {
  r.def("define", &define, py::arg("name"), py::arg("tag"), py::arg("key_shape"), py::arg("seed"),
        py::arg("split"), py::arg("fold_in"), py::arg("bits"));
  // Generators: name, tag, dtype of keys, shape of raw keys.
  r.def("generators", [] {
    py::list list;
    for (const random::Generator* g : random::generators())
      list.append(py::make_tuple(g->name, g->tag, dtype_object(g->dtype), sizes(g->key_shape)));
    return list;
  });
  r.def(
      "threefry2x32",
      [](py::handle k0, py::handle k1, py::handle x0, py::handle x1) {
        Values w = threefry2x32(value(k0), value(k1), value(x0), value(x1));
        return py::make_tuple(wrapped(w[0]), wrapped(w[1]));
      },
      py::arg("k0"), py::arg("k1"), py::arg("x0"), py::arg("x1"));
}

}  // namespace

void register_random(py::module_& m) {
  py::module_ r = m.def_submodule("random", "Keys and random bits.");
  r.def("key", &key, py::arg("seed"), py::arg("impl") = "fry");
  r.def("wrap", &typed_key, py::arg("raw"), py::arg("impl") = "fry");
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
  register_generators(r);
  register_key_reuse(r);
}

}  // namespace covector::bindings

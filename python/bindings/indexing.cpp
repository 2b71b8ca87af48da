#include "indexing.h"

#include <pybind11/numpy.h>

#include <algorithm>

#include "array_type.h"
#include "convert.h"
#include "register.h"

namespace covector::bindings {

namespace py = pybind11;

namespace {

std::optional<int64_t> bound(PyObject* o) {
  if (o == Py_None) return {};
  py::object i = py::reinterpret_steal<py::object>(PyNumber_Index(o));
  if (!i) throw py::error_already_set();
  int overflow = 0;
  long long x = PyLong_AsLongLongAndOverflow(i.ptr(), &overflow);
  return overflow ? (overflow > 0 ? INT64_MAX : INT64_MIN + 1) : x;
}

bool is_sequence(PyObject* o) { return PyList_Check(o) || PyTuple_Check(o); }

}  // namespace

ParsedIndex::ParsedIndex(PyObject* key) {
  if (!PyTuple_Check(key)) {
    add(key);
    return;
  }
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(key); ++i) add(PyTuple_GET_ITEM(key, i));
}

void ParsedIndex::add(PyObject* x) {
  if (x == Py_None) return void(items.push_back(numpy::NewAxis{}));
  if (x == Py_Ellipsis) return void(items.push_back(numpy::Ellipsis{}));
  if (PyLong_Check(x) && !PyBool_Check(x)) {
    py::object i = py::reinterpret_steal<py::object>(PyNumber_Index(x));
    int64_t n = PyLong_AsLongLong(i.ptr());
    if (n == -1 && PyErr_Occurred()) throw py::error_already_set();
    return void(items.push_back(n));
  }
  if (PySlice_Check(x)) {
    auto* s = reinterpret_cast<PySliceObject*>(x);
    return void(items.push_back(numpy::Slice{bound(s->start), bound(s->stop), bound(s->step)}));
  }
  require<TypeError>(!PyList_Check(x),
                     "Using a non-tuple sequence for multidimensional indexing is not allowed; "
                     "use `arr[array(seq)]` instead of `arr[seq]`. See "
                     "https://github.com/jax-ml/jax/issues/4564 for more information.");
  require<TypeError>(!is_sequence(x) && is_array_like(x),
                     "Indexer must have integer or boolean type, got indexer of type ",
                     std::string(py::str(py::type::of(py::handle(x)))));
  Value v = to_value(x);
  require<TypeError>(is_integer(v.dtype()) || is_bool(v.dtype()),
                     "Indexer must have integer or boolean type, got indexer with type ",
                     v.dtype()->name, " at position ", items.size(), ", indexer value ",
                     std::string(py::repr(py::handle(x))));
  items.push_back(std::move(v));
}

std::optional<IndexMode> index_mode(PyObject* o) {
  if (o == Py_None) return {};
  std::string s = py::str(py::handle(o));
  if (size_t dot = s.rfind('.'); dot != s.npos) s = s.substr(dot + 1);
  std::transform(s.begin(), s.end(), s.begin(), [](unsigned char c) { return std::tolower(c); });
  if (s == "clip") return IndexMode::kClip;
  if (s == "fill" || s == "drop" || s == "fill_or_drop") return IndexMode::kFillOrDrop;
  if (s == "promise_in_bounds") return IndexMode::kPromiseInBounds;
  fail<ValueError>("Unknown gather/scatter mode ", s,
                   ": use 'clip', 'fill', 'drop' or 'promise_in_bounds'");
}

namespace {

numpy::IndexingOptions options(py::handle mode, bool sorted, bool unique, bool wrap_negative) {
  numpy::IndexingOptions o;
  o.mode = index_mode(mode.ptr());
  o.indices_are_sorted = sorted;
  o.unique_indices = unique;
  o.wrap_negative = wrap_negative;
  return o;
}

ScatterKind scatter_kind(const std::string& s) {
  if (s == "set") return ScatterKind::kSet;
  if (s == "add") return ScatterKind::kAdd;
  if (s == "sub") return ScatterKind::kSub;
  if (s == "mul") return ScatterKind::kMul;
  if (s == "min") return ScatterKind::kMin;
  if (s == "max") return ScatterKind::kMax;
  fail<ValueError>("unknown kind of update ", s);
}

}  // namespace

void register_indexing(py::module_& m) {
  m.def(
      "getitem",
      [](py::handle x, py::handle index, py::handle mode, py::handle fill, bool sorted, bool unique,
         bool wrap_negative) {
        numpy::IndexingOptions o = options(mode, sorted, unique, wrap_negative);
        if (!fill.is_none()) o.fill_value = to_value(fill.ptr());
        ParsedIndex i(index.ptr());
        return wrapped(numpy::getitem(to_value(x.ptr()), i.items, o));
      },
      py::arg("x"), py::arg("index"), py::kw_only(), py::arg("mode") = py::none(),
      py::arg("fill_value") = py::none(), py::arg("indices_are_sorted") = false,
      py::arg("unique_indices") = false, py::arg("wrap_negative_indices") = true);
  m.def(
      "setitem",
      [](const std::string& kind, py::handle x, py::handle index, py::handle y, py::handle mode,
         bool sorted, bool unique, bool wrap_negative) {
        ParsedIndex i(index.ptr());
        return wrapped(numpy::setitem(scatter_kind(kind), to_value(x.ptr()), i.items,
                                      to_value(y.ptr()),
                                      options(mode, sorted, unique, wrap_negative)));
      },
      py::arg("kind"), py::arg("x"), py::arg("index"), py::arg("y"), py::kw_only(),
      py::arg("mode") = py::none(), py::arg("indices_are_sorted") = false,
      py::arg("unique_indices") = false, py::arg("wrap_negative_indices") = true);
}

}  // namespace covector::bindings

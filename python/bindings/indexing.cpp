#include "indexing.h"

#include <algorithm>

#include "array_type.h"
#include "convert.h"
#include "errors.h"
#include "numpy_array.h"
#include "register.h"

namespace covector::bindings {

namespace py = pybind11;

namespace {

int64_t index_of(PyObject* o) {
  py::object i = owned(PyNumber_Index(o));
  // Beyond 64 bits is beyond every array.
  Py_ssize_t n = PyNumber_AsSsize_t(i.ptr(), nullptr);
  if (n == -1 && PyErr_Occurred()) throw py::error_already_set();
  return n;
}

std::optional<int64_t> bound(PyObject* o, PyObject* slice, size_t position) {
  if (o == Py_None) return {};
  require<IndexError>(!is_array(o) || value_of(o).known(),
                      "Slice entries must be static integers. Got ", ReprOf{slice}, " at position ",
                      position,
                      ". For a slice of static size at a traced position use "
                      "lax.dynamic_slice.");
  return index_of(o);
}

// An integer now, as opposed to an array, and to a boolean, which is a mask.
bool is_known_integer(PyObject* o) {
  return PyIndex_Check(o) && !PyBool_Check(o) && !is_array(o) && !is_numpy_array(o);
}

bool is_sequence(PyObject* o) { return PyList_Check(o) || PyTuple_Check(o); }

bool holds_arrays(PyObject* sequence) {
  for (py::handle x : py::reinterpret_borrow<py::sequence>(sequence))
    if (is_array(x.ptr()) || (is_sequence(x.ptr()) && holds_arrays(x.ptr()))) return true;
  return false;
}

// A sequence stands for an array only where it is one index of several.
Value from_sequence(PyObject* o) {
  if (PySequence_Size(o) == 0) return host_array(Aval(kInt32, {0}), nullptr);
  if (holds_arrays(o))
    return to_value(py::module_::import("covector.numpy").attr("asarray")(py::handle(o)).ptr());
  return as_array(py::module_::import("numpy").attr("asarray")(py::handle(o)).ptr());
}

// Whether a list holds what only an index can hold, so that it was meant as a tuple.
bool holds_indices(PyObject* sequence) {
  if (!PyList_Check(sequence)) return false;
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(sequence); ++i) {
    PyObject* x = PyList_GET_ITEM(sequence, i);
    bool array = is_array(x) || is_numpy_array(x);
    if (array && py::cast<int64_t>(py::handle(x).attr("ndim")) > 0) return true;
    if (PySlice_Check(x) || PyList_Check(x) || PyTuple_Check(x)) return true;
    if (x == Py_None || x == Py_Ellipsis) return true;
  }
  return false;
}

Value array_index(PyObject* o, size_t position) {
  Value v;
  require<TypeError>(!PyUnicode_Check(o),
                     "JAX does not support string indexing; got idx=", ReprOf{o});
  if (is_sequence(o))
    v = from_sequence(o);
  else
    require<IndexError>(try_to_value(o, v),
                        "only integers, slices (`:`), ellipsis (`...`), newaxis (`None`) and "
                        "integer or boolean arrays are valid indices. Got ",
                        ReprOf{o});
  require<TypeError>(is_integer(v.dtype()) || is_bool(v.dtype()),
                     "Indexer must have integer or boolean type, got indexer with type ",
                     v.dtype()->name, " at position ", position);
  return v;
}

}  // namespace

ParsedIndex::ParsedIndex(PyObject* key) {
  if (PyTuple_Check(key)) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(key); ++i) add(PyTuple_GET_ITEM(key, i));
    return;
  }
  if (PyList_Check(key) || PyRange_Check(key))
    fail<TypeError>("Using a non-tuple sequence for multidimensional indexing is not allowed; use ",
                    holds_indices(key) ? "`arr[tuple(seq)]`" : "`arr[array(seq)]`",
                    " instead of `arr[seq]`. See https://github.com/jax-ml/jax/issues/4564 for "
                    "more information.");
  add(key);
}

void ParsedIndex::add(PyObject* x) {
  if (is_known_integer(x)) {
    items.push_back(index_of(x));
  } else if (PySlice_Check(x)) {
    auto* s = reinterpret_cast<PySliceObject*>(x);
    size_t at = items.size();
    items.push_back(
        numpy::Slice{bound(s->start, x, at), bound(s->stop, x, at), bound(s->step, x, at)});
  } else if (x == Py_None) {
    items.push_back(numpy::NewAxis{});
  } else if (x == Py_Ellipsis) {
    items.push_back(numpy::Ellipsis{});
  } else {
    items.push_back(array_index(x, items.size()));
  }
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

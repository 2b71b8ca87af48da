// Which line of the user's program runs now: the first frame outside of the
// package. Asked for at every staged equation, so an answer is a hash lookup.

#include <pybind11/pybind11.h>

#include <cstring>
#include <string>
#include <unordered_map>
#include <vector>

#include "covector/base/hash.h"
#include "covector/core/name_stack.h"
#include "covector/core/source_info.h"
#include "register.h"

namespace covector::bindings {

namespace py = pybind11;

namespace {

struct Place {
  PyCodeObject* code;
  int instruction;
  bool operator==(const Place&) const = default;
};
struct PlaceHash {
  size_t operator()(const Place& p) const {
    return hash_mix(reinterpret_cast<size_t>(p.code), static_cast<size_t>(p.instruction));
  }
};

// Code objects are kept alive, so that their addresses stay theirs. Never
// destroyed; only used under the GIL.
struct Places {
  std::unordered_map<Place, Source, PlaceHash> lines;
  // Whether code belongs to the library (or to what the user excluded).
  std::unordered_map<PyCodeObject*, bool> is_ours;
  std::vector<std::string> excluded;  // path prefixes
};

Places& places() {
  static Places* p = new Places;
  return *p;
}

std::string_view utf8(PyObject* s) {
  Py_ssize_t n = 0;
  const char* p = PyUnicode_AsUTF8AndSize(s, &n);
  if (!p) {
    PyErr_Clear();
    return "?";
  }
  return {p, static_cast<size_t>(n)};
}

bool is_ours(PyCodeObject* code) {
  Places& p = places();
  auto [it, fresh] = p.is_ours.try_emplace(code, false);
  if (fresh) {
    Py_INCREF(code);
    std::string_view file = utf8(code->co_filename);
    for (const std::string& prefix : p.excluded) it->second |= file.starts_with(prefix);
  }
  return it->second;
}

Source line_of(PyFrameObject* frame, PyCodeObject* code) {
  Place place{code, PyFrame_GetLasti(frame)};
  auto [it, fresh] = places().lines.try_emplace(place, nullptr);
  if (fresh)
    it->second = new SourceLine{std::string(utf8(code->co_filename)),
                                std::string(utf8(code->co_qualname)), PyFrame_GetLineNumber(frame)};
  return it->second;
}

// Owns no references while it walks but the frame's it stands on.
Source current_line() {
  PyFrameObject* frame = PyThreadState_GetFrame(PyThreadState_Get());
  Source found = nullptr;
  while (frame && !found) {
    PyCodeObject* code = PyFrame_GetCode(frame);
    if (!is_ours(code)) found = line_of(frame, code);
    Py_DECREF(code);
    PyFrameObject* back = found ? nullptr : PyFrame_GetBack(frame);
    Py_DECREF(frame);
    frame = back;
  }
  Py_XDECREF(frame);
  return found;
}

}  // namespace

void register_source(py::module_& m) {
  set_source_provider(current_line);
  m.def("exclude_source_path", [](const std::string& prefix) {
    places().excluded.push_back(prefix);
    places().is_ours.clear();
  });
  m.def("push_scope", [](const std::string& name) { push_scope(name); });
  m.def("pop_scope", &pop_scope);
  m.def("current_source", [] { return describe(current_source()); });
}

}  // namespace covector::bindings

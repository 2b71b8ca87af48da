// Which line of the user's program runs now: the first frame outside of the
// package. Asked for at every staged equation, so the frames are read in place
// (CPython's frame objects, which the public functions make, cost more than the
// rest of staging) and an answer is found again by one probe of a table.

#include <pybind11/pybind11.h>

#include <string>
#include <vector>

// The layout of frames is internal to CPython. Each release is listed below; for
// a new one see that its pycore_frame.h still has what is used here.
#define Py_BUILD_CORE
#include <internal/pycore_frame.h>
#undef Py_BUILD_CORE

#include "covector/base/hash.h"
#include "covector/core/source_info.h"
#include "register.h"

static_assert(PY_VERSION_HEX >= 0x030b0000 && PY_VERSION_HEX < 0x030e0000,
              "frames of this CPython have not been looked at");

namespace covector::bindings {

namespace py = pybind11;

namespace {

using Frame = _PyInterpreterFrame;

Frame* top_frame() {
  PyThreadState* thread = _PyThreadState_UncheckedGet();
  if (!thread) return nullptr;
#if PY_VERSION_HEX >= 0x030d0000
  return thread->current_frame;
#else
  return thread->cframe->current_frame;
#endif
}

PyCodeObject* code_of(Frame* f) {
#if PY_VERSION_HEX >= 0x030d0000
  return reinterpret_cast<PyCodeObject*>(f->f_executable);
#else
  return f->f_code;
#endif
}

// Answers by code object and instruction. Open addressing, never destroyed; only
// used under the GIL. Code objects are kept alive, so that their addresses stay
// theirs; when programs make very many the table starts anew.
class Places {
 public:
  struct Entry {
    PyCodeObject* code = nullptr;
    int instruction = 0;
    bool excluded = false;
    Source line = nullptr;
  };

  const Entry& look_up(PyCodeObject* code, int instruction) {
    size_t i = hash(code, instruction) & mask();
    while (slots_[i].code) {
      if (slots_[i].code == code && slots_[i].instruction == instruction) return slots_[i];
      i = (i + 1) & mask();
    }
    return add(code, instruction);
  }
  void exclude(std::string prefix) {
    excluded_.push_back(std::move(prefix));
    clear();
  }

 private:
  static constexpr size_t kMaxEntries = 1 << 16;

  static size_t hash(PyCodeObject* code, int instruction) {
    return hash_mix(reinterpret_cast<size_t>(code), static_cast<size_t>(instruction));
  }
  size_t mask() const { return slots_.size() - 1; }
  const Entry& add(PyCodeObject* code, int instruction);
  const Entry& place(const Entry&);
  void grow();
  void clear();

  std::vector<Entry> slots_ = std::vector<Entry>(256);
  size_t size_ = 0;
  std::vector<std::string> excluded_;  // path prefixes
};

std::string utf8(PyObject* s) {
  Py_ssize_t n = 0;
  const char* p = PyUnicode_AsUTF8AndSize(s, &n);
  if (p) return {p, static_cast<size_t>(n)};
  PyErr_Clear();
  return "?";
}

const Places::Entry& Places::add(PyCodeObject* code, int instruction) {
  if (size_ == kMaxEntries) clear();
  if (4 * (size_ + 1) > 3 * slots_.size()) grow();
  Entry e{reinterpret_cast<PyCodeObject*>(Py_NewRef(code)), instruction, false, nullptr};
  std::string file = utf8(code->co_filename);
  for (const std::string& prefix : excluded_) e.excluded |= file.starts_with(prefix);
  if (!e.excluded) {
    int offset = instruction * static_cast<int>(sizeof(_Py_CODEUNIT));
    e.line =
        new SourceLine{std::move(file), utf8(code->co_qualname), PyCode_Addr2Line(code, offset)};
  }
  ++size_;
  return place(e);
}

const Places::Entry& Places::place(const Entry& e) {
  size_t i = hash(e.code, e.instruction) & mask();
  while (slots_[i].code) i = (i + 1) & mask();
  return slots_[i] = e;
}

void Places::grow() {
  std::vector<Entry> old(2 * slots_.size());
  old.swap(slots_);
  for (const Entry& e : old)
    if (e.code) place(e);
}

// Lines stay: equations point to them.
void Places::clear() {
  std::vector<Entry> old(256);
  old.swap(slots_);
  size_ = 0;
  for (const Entry& e : old) Py_XDECREF(e.code);
}

Places& places() {
  static auto* p = new Places;
  return *p;
}

// Frames that are being entered, and those that stand for C, have no line.
Source current_line() {
  for (Frame* f = top_frame(); f; f = f->previous) {
    if (_PyFrame_IsIncomplete(f)) continue;
    const Places::Entry& e = places().look_up(code_of(f), _PyInterpreterFrame_LASTI(f));
    if (!e.excluded) return e.line;
  }
  return nullptr;
}

}  // namespace

void register_source(py::module_& m) {
  set_source_provider(current_line);
  m.def(
      "exclude_source_path", [](const std::string& prefix) { places().exclude(prefix); },
      py::arg("prefix"), "Frames of files whose path begins so are never the user's line.");
  m.def(
      "current_source", [] { return describe(current_source()); },
      "The user's line that runs now: 'file:line (function)'.");
}

}  // namespace covector::bindings

// covector.Ref: references to arrays, concrete or of a function under
// transformation; and the functions that make, read and write them.

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "array_type.h"
#include "convert.h"
#include "covector/control/reference.h"
#include "covector/core/stage.h"
#include "covector/numpy/numpy.h"
#include "errors.h"
#include "indexing.h"
#include "jaxpr.h"
#include "register.h"

namespace covector::bindings {
namespace {

using Index = SmallVector<numpy::Index, 4>;

// Positions that jaxprs take as operands: integers that are no constants of the program's text.
bool is_position(const numpy::Index& i) {
  auto* v = std::get_if<Value>(&i);
  return v && !is_bool(v->dtype());
}

std::string bound_text(const std::optional<int64_t>& b) { return b ? str(*b) : ""; }

std::string slice_text(const numpy::Slice& s, int64_t size) {
  bool ends = s.stop && *s.stop < size;
  std::string r =
      str(s.start && *s.start ? bound_text(s.start) : "", ":", ends ? bound_text(s.stop) : "");
  return s.step && *s.step != 1 ? str(r, ":", *s.step) : r;
}

// x[...][i, j]: indices that are applied one after the other.
class Place {
 public:
  Place(const Value& ref, py::handle indices) : ref_(ref) {
    require<TypeError>(is_reference(ref), "expected a reference, got an array of type ",
                       ref.aval());
    for (py::handle key : indices) {
      steps_.push_back(ParsedIndex(key.ptr()).items);
      for (const numpy::Index& i : steps_.back())
        if (is_position(i)) part_.positions.push_back(std::get<Value>(i));
    }
    check_bounds();
    bool whole = true;
    for (const Index& s : steps_)
      for (const numpy::Index& i : s) whole = whole && is_full(i);
    if (whole) steps_.clear();
    part_.text = text();
  }

  Value get() const {
    if (const Reference* r = cell()) return read(r->content(), part_.positions, 0, 0);
    return read_reference(ref_, part(ScatterKind::kSet, false));
  }

  void set(py::handle x) const {
    Value value = to_be_written(x, "swap");
    if (const Reference* r = cell())
      r->set(written(ScatterKind::kSet, r->content(), value, part_.positions, 0, 0));
    else
      swap_reference(ref_, value, part(ScatterKind::kSet, false));
  }

  // Gives what was there.
  Value swap(py::handle x) const {
    if (!cell())
      return swap_reference(ref_, to_be_written(x, "swap"), part(ScatterKind::kSet, false));
    Value before = get();
    set(x);
    return before;
  }

  void add(py::handle x) const {
    Value value = to_be_written(x, "addupdate");
    if (const Reference* r = cell())
      r->set(written(ScatterKind::kAdd, r->content(), value, part_.positions, 0, 0));
    else
      add_to_reference(ref_, value, part(ScatterKind::kAdd, true));
  }

 private:
  // What can be read and written at once, with no transformation in between.
  const Reference* cell() const { return is_eager() ? cell_of(ref_) : nullptr; }

  static bool is_full(const numpy::Index& i) {
    if (std::holds_alternative<numpy::Ellipsis>(i)) return true;
    auto* s = std::get_if<numpy::Slice>(&i);
    return s && !s->start && !s->stop && (!s->step || *s->step == 1);
  }

  void check_bounds() const {
    if (steps_.empty()) return;
    size_t axis = 0;
    for (const numpy::Index& i : steps_[0]) {
      if (std::holds_alternative<numpy::Ellipsis>(i) || axis >= ref_.shape().size()) return;
      int64_t size = ref_.shape()[axis];
      if (auto* n = std::get_if<int64_t>(&i))
        require<ValueError>(*n < size && *n >= -size, "Out of bound indexer: idx=", *n,
                            ", dim=", size, ".");
      ++axis;
    }
  }

  std::string text() const {
    std::string r;
    size_t position = 0;
    for (size_t k = 0; k < steps_.size(); ++k) {
      if (k) r += "][";
      r += text_of(steps_[k], k ? Shape() : ref_.shape(), position);
    }
    return r.empty() ? "..." : r;
  }

  // Of the first step all axes are shown.
  static std::string text_of(const Index& items, const Shape& shape, size_t& position) {
    std::string r;
    size_t axis = 0, left = items.size();
    auto append = [&](std::string s) { r += str(axis++ ? "," : "", s); };
    auto fill = [&](size_t after) {
      while (axis + after < shape.size()) append(":");
    };
    for (const numpy::Index& i : items) {
      --left;
      int64_t size = axis < shape.size() ? shape[axis] : std::numeric_limits<int64_t>::max();
      if (auto* n = std::get_if<int64_t>(&i))
        append(str(*n < 0 && axis < shape.size() ? *n + size : *n));
      else if (auto* s = std::get_if<numpy::Slice>(&i))
        append(slice_text(*s, size));
      else if (is_position(i))
        append(str("{", position++, "}"));
      else if (std::holds_alternative<numpy::Ellipsis>(i))
        fill(left);
      else
        append(std::holds_alternative<numpy::NewAxis>(i) ? "None" : "mask");
    }
    fill(0);
    return r;
  }

  // The index of a step, with these positions in the places of its own.
  Index placed(size_t step, Args positions, size_t& next) const {
    Index r = steps_[step];
    for (numpy::Index& i : r)
      if (is_position(i)) i = positions[next++];
    return r;
  }

  Value read(const Value& x, Args positions, size_t step, size_t next) const {
    if (step == steps_.size()) return x;
    Index i = placed(step, positions, next);
    return read(numpy::getitem(x, i), positions, step + 1, next);
  }

  Value written(ScatterKind kind, const Value& x, const Value& y, Args positions, size_t step,
                size_t next) const {
    if (step == steps_.size()) return kind == ScatterKind::kAdd ? numpy::add(x, y) : y;
    Index i = placed(step, positions, next);
    if (step + 1 == steps_.size()) return numpy::setitem(kind, x, i, y);
    Value inner = written(kind, numpy::getitem(x, i), y, positions, step + 1, next);
    return numpy::setitem(ScatterKind::kSet, x, i, inner);
  }

  ReferencePart part(ScatterKind kind, bool always) const {
    ReferencePart p{{}, {}, part_.positions, part_.text};
    if (steps_.empty() && !always) return p;
    p.read = [self = *this](Args a) -> Values { return {self.read(a[0], a.subspan(1), 0, 0)}; };
    p.write = [self = *this, kind](Args a) -> Values {
      return {self.written(kind, a[0], a[1], a.subspan(2), 0, 0)};
    };
    return p;
  }

  Aval part_aval() const {
    if (steps_.empty()) return ref_.aval().referent();
    Avals in{ref_.aval().referent()};
    for (const Value& v : part_.positions) in.push_back(v.aval());
    ClosedJaxpr read = stage(part(ScatterKind::kSet, true).read, in);
    return read.out_avals()[0].strong();
  }

  Value to_be_written(py::handle x, std::string_view function) const {
    Value v = to_value(x.ptr());
    Aval part = part_aval();
    require<ValueError>(v.shape() == part.shape(), "Invalid shape for `", function,
                        "`. Ref shape: ", ref_.shape(), ". Expected shape: ", part.shape(),
                        ". Value shape: ", v.shape(), ". Transforms: ", part_.text, ".");
    bool fits = v.dtype() == part.dtype();
    if (!fits && v.aval().weak_type() && !is_extended(part.dtype()))
      fits = numpy::promote_types({part.dtype()}, {v.dtype(), true}).dtype == part.dtype();
    require<ValueError>(fits, "Invalid dtype for `", function, "`. Ref dtype: ", part.dtype()->name,
                        ". Value dtype: ", v.dtype()->name, ".");
    return v.aval() == part ? v : convert_element_type(v, part.dtype());
  }

  const Value ref_;
  std::vector<Index> steps_;
  ReferencePart part_;
};

// The type -----------------------------------------------------------------------------------

PyObject* get_item(PyObject* self, PyObject* key) {
  return guarded(
      [&] { return wrap(Place(value_of(self), py::make_tuple(py::handle(key))).get()); });
}

int set_item(PyObject* self, PyObject* key, PyObject* x) {
  return guarded_int([&] {
    require<TypeError>(x != nullptr, "a part of a reference can't be deleted");
    Place(value_of(self), py::make_tuple(py::handle(key))).set(x);
    return 0;
  });
}

Py_ssize_t length(PyObject* self) {
  const Value& v = value_of(self);
  if (v.rank() > 0) return static_cast<Py_ssize_t>(v.aval().dim(0));
  PyErr_SetString(PyExc_TypeError, "len() of unsized object");
  return -1;
}

Value reference_of(py::handle x) {
  require<TypeError>(is_array(x.ptr()) && is_reference(value_of(x.ptr())),
                     "expected a reference, got a value of type ", type_text(x.ptr()));
  return value_of(x.ptr());
}

}  // namespace

std::vector<PyType_Slot> reference_slots() {
  auto p = [](auto* f) { return reinterpret_cast<void*>(f); };
  return {
      {Py_mp_length, p(length)},
      {Py_mp_subscript, p(get_item)},
      {Py_mp_ass_subscript, p(set_item)},
  };
}

void register_references(py::module_& m) {
  m.def(
      "new_reference",
      [](py::handle init, py::handle kind) {
        Param k;
        if (!kind.is_none()) k = Param(kind.cast<std::string>());
        return wrapped(new_reference(as_array(init.ptr()), k));
      },
      py::arg("init"), py::arg("kind") = py::none());
  m.def(
      "freeze_reference",
      [](py::handle ref) { return wrapped(freeze_reference(reference_of(ref))); }, py::arg("ref"));
  m.def(
      "free_reference", [](py::handle ref) { free_reference(reference_of(ref)); }, py::arg("ref"));
  m.def(
      "reference_get",
      [](py::handle ref, py::tuple at) { return wrapped(Place(reference_of(ref), at).get()); },
      py::arg("ref"), py::arg("indices"));
  m.def(
      "reference_is_traced", [](py::handle ref) { return !cell_of(reference_of(ref)); },
      py::arg("ref"));
  m.def(
      "reference_set",
      [](py::handle ref, py::tuple at, py::handle x) { Place(reference_of(ref), at).set(x); },
      py::arg("ref"), py::arg("indices"), py::arg("value"));
  m.def(
      "reference_swap",
      [](py::handle ref, py::tuple at, py::handle x) {
        return wrapped(Place(reference_of(ref), at).swap(x));
      },
      py::arg("ref"), py::arg("indices"), py::arg("value"));
  m.def(
      "reference_add",
      [](py::handle ref, py::tuple at, py::handle x) { Place(reference_of(ref), at).add(x); },
      py::arg("ref"), py::arg("indices"), py::arg("value"));
}

}  // namespace covector::bindings

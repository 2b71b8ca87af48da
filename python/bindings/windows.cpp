// Operations on windows by Python functions, and the sizes of convolutions.

#include <pybind11/pybind11.h>

#include "array_type.h"
#include "convert.h"
#include "covector/control/windows.h"
#include "covector/lax/conv.h"
#include "jaxpr.h"
#include "param.h"
#include "register.h"

namespace covector::bindings {
namespace {

using namespace rules;

Axes axes_of(py::handle xs, const char* what) {
  require<TypeError>(PySequence_Check(xs.ptr()), what, " must be a sequence of integers, got ",
                     type_text(xs.ptr()));
  Axes r;
  for (py::handle x : xs) {
    require<TypeError>(PyIndex_Check(x.ptr()), what, " must have every element be an integer, got ",
                       type_text(x.ptr()));
    py::object i = py::reinterpret_steal<py::object>(PyNumber_Index(x.ptr()));
    if (!i) throw py::error_already_set();
    r.push_back(i.cast<int64_t>());
  }
  return r;
}

std::optional<Axes> optional_axes(py::handle xs, const char* what) {
  return xs.is_none() ? std::nullopt : std::optional(axes_of(xs, what));
}

py::tuple tuple_of(const Axes& xs) { return from_param(Param(xs)); }

Values values_of(const py::sequence& xs) {
  Values v;
  for (py::handle x : xs) v.push_back(to_value(x.ptr()));
  return v;
}

struct WindowArguments {
  py::object dimensions, strides, padding, base_dilation, window_dilation;

  Windows over(const Shape& operand, const char* name) const {
    return read_windows(name, operand, axes_of(dimensions, "window_dimensions"),
                        optional_axes(strides, "window_strides"), to_param(padding.ptr()),
                        optional_axes(base_dilation, "base_dilation"),
                        optional_axes(window_dilation, "window_dilation"));
  }
};

py::list reduce_windows(const py::sequence& operands, const py::sequence& inits,
                        const ClosedJaxpr& body, py::object dimensions, py::object strides,
                        py::object padding, py::object base_dilation, py::object window_dilation) {
  Values xs = values_of(operands);
  WindowArguments w{dimensions, strides, padding, base_dilation, window_dilation};
  py::list l;
  for (const Value& v :
       reduce_window(xs, values_of(inits), body, w.over(xs[0].shape(), "reduce_window")))
    l.append(wrapped(v));
  return l;
}

Selection selection_of(const std::string& name) {
  require<ValueError>(name == "ge" || name == "le", "select_prim must be ge or le, got ", name);
  return name == "ge" ? Selection::kGreatest : Selection::kLeast;
}

void register_selection(py::module_& m) {
  m.def("select_and_gather_add", [](py::handle tangents, py::handle operand,
                                    const std::string& select_prim, py::object dimensions,
                                    py::object strides, py::object padding,
                                    py::object base_dilation, py::object window_dilation) {
    WindowArguments w{dimensions, strides, padding, base_dilation, window_dilation};
    Value x = to_value(operand.ptr());
    return wrapped(select_and_gather_add(to_value(tangents.ptr()), x, selection_of(select_prim),
                                         w.over(x.shape(), "select_and_gather_add")));
  });
  m.def("select_and_scatter_add", [](py::handle source, py::handle operand,
                                     const std::string& select_prim, py::object dimensions,
                                     py::object strides, py::object padding) {
    WindowArguments w{dimensions, strides, padding, py::none(), py::none()};
    Value x = to_value(operand.ptr());
    return wrapped(select_and_scatter_add(to_value(source.ptr()), x, selection_of(select_prim),
                                          w.over(x.shape(), "select_and_scatter_add")));
  });
  m.def("select_and_scatter", [](py::handle operand, py::handle source, py::handle init,
                                 const ClosedJaxpr& select, const ClosedJaxpr& scatter,
                                 py::object dimensions, py::object strides, py::object padding) {
    WindowArguments w{dimensions, strides, padding, py::none(), py::none()};
    Value x = to_value(operand.ptr());
    return wrapped(select_and_scatter(x, to_value(source.ptr()), to_value(init.ptr()), select,
                                      scatter, w.over(x.shape(), "select_and_scatter")));
  });
}

py::list pads_of_word(py::handle sizes, py::handle windows, py::handle strides,
                      const std::string& word) {
  py::list l;
  for (const Margin& m :
       margins_of_word(word, axes_of(sizes, "in_shape"), axes_of(windows, "window_shape"),
                       axes_of(strides, "window_strides")))
    l.append(py::make_tuple(m.low, m.high));
  return l;
}

py::tuple conv_sizes(py::handle lhs, py::handle rhs, py::handle strides, py::handle padding,
                     int64_t batch_group_count) {
  Axes l = axes_of(lhs, "lhs_shape"), r = axes_of(rhs, "rhs_shape");
  Axes s = axes_of(strides, "strides");
  require<TypeError>(l.size() >= 2 && r.size() == l.size(),
                     "shapes of convolutions must have two "
                     "or more axes and be of one length, got ",
                     l, " and ", r);
  for (int64_t n : s) require<ValueError>(n > 0, "strides must be positive, got ", s);
  Param p = to_param(padding.ptr());
  auto* word = std::get_if<std::string>(&p.v);
  std::optional<Margins> margins =
      word ? margins_of_word(*word, space(l), space(r), s) : read_margins(p);
  require<ValueError>(margins.has_value(), "padding must be a string or pairs, got ",
                      to_string(FieldValue(&p)));
  require<ValueError>(batch_group_count > 0 && l[0] % batch_group_count == 0,
                      "batch_group_count must divide the batch dimension, got ", batch_group_count);
  return tuple_of(conv_shape(l, r, s, *margins, batch_group_count));
}

}  // namespace

void register_windows(py::module_& m) {
  m.def("reduce_window", &reduce_windows);
  register_selection(m);
  m.def("window_shape",
        [](py::handle operand, py::object dimensions, py::object strides, py::object padding,
           py::object base_dilation, py::object window_dilation) {
          WindowArguments w{dimensions, strides, padding, base_dilation, window_dilation};
          Shape shape = axes_of(operand, "operand_shape");
          return tuple_of(windows_shape("reduce_window", shape, w.over(shape, "reduce_window")));
        });
  m.def("padtype_to_pads", &pads_of_word);
  m.def("conv_shape", &conv_sizes);
  m.def("conv_dimension_numbers", [](py::handle lhs, py::handle rhs, py::handle numbers) {
    return from_param(param_of(read_conv_dims(to_param(numbers.ptr()), axes_of(lhs, "lhs_shape"),
                                              axes_of(rhs, "rhs_shape"))));
  });
  m.def("conv_permutations", [](py::handle numbers) {
    ConvDims d = conv_permutations(to_param(numbers.ptr()));
    return py::make_tuple(tuple_of(d.lhs), tuple_of(d.rhs), tuple_of(d.out));
  });
}

}  // namespace covector::bindings

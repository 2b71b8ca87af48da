#pragma once

#include <pybind11/pybind11.h>

namespace covector::bindings {

// Makes instances of a class array-likes: `f` makes an array of one. None undoes it.
void set_value_handler(const pybind11::type& c, const pybind11::object& f);

}  // namespace covector::bindings

#include "signature.h"

#include <pybind11/eval.h>

#include "covector/base/error.h"

namespace covector::bindings {
namespace {

std::string_view trimmed(std::string_view s) {
  while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
  while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
  return s;
}

// The parts between commas that are in no brackets.
std::vector<std::string_view> split(std::string_view s) {
  std::vector<std::string_view> parts;
  int depth = 0;
  size_t start = 0;
  for (size_t i = 0; i <= s.size(); ++i) {
    if (i < s.size() && (s[i] == '(' || s[i] == '[')) ++depth;
    if (i < s.size() && (s[i] == ')' || s[i] == ']')) --depth;
    if (i < s.size() && (s[i] != ',' || depth)) continue;
    if (auto part = trimmed(s.substr(start, i - start)); !part.empty()) parts.push_back(part);
    start = i + 1;
  }
  return parts;
}

}  // namespace

Signature::Signature(std::string_view function, std::string_view text)
    : function_(function), text_(text) {
  bool after_star = false;
  for (std::string_view part : split(text)) {
    if (part == "/") {
      for (Parameter& p : parameters_) p.kind = Kind::kPositional;
    } else if (part == "*") {
      after_star = true;
    } else {
      add(part, after_star);
      after_star |= part[0] == '*';
    }
  }
}

void Signature::add(std::string_view part, bool after_star) {
  size_t eq = part.find('=');
  std::string_view name = trimmed(part.substr(0, eq));
  Parameter p{std::string(name), after_star ? Kind::kKeyword : Kind::kNormal, nullptr};
  if (name[0] == '*') {
    p.name = std::string(name.substr(1));
    p.kind = Kind::kRest;
    has_rest_ = true;
  } else if (!after_star) {
    ++positional_;
  }
  if (eq != part.npos)
    p.fallback = py::eval(std::string(trimmed(part.substr(eq + 1)))).release().ptr();
  parameters_.push_back(std::move(p));
}

size_t Signature::find(PyObject* keyword) const {
  for (size_t i = 0; i < parameters_.size(); ++i) {
    Kind k = parameters_[i].kind;
    if (k != Kind::kPositional && k != Kind::kRest &&
        PyUnicode_CompareWithASCIIString(keyword, parameters_[i].name.c_str()) == 0)
      return i;
  }
  fail<TypeError>(function_, "() got an unexpected keyword argument '", PyUnicode_AsUTF8(keyword),
                  "'");
}

void Signature::bind_keywords(PyObject* const* values, PyObject* kwnames, Bound& out) const {
  for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(kwnames); ++k) {
    size_t i = find(PyTuple_GET_ITEM(kwnames, k));
    require<TypeError>(!out[i], function_, "() got multiple values for argument '",
                       parameters_[i].name, "'");
    out[i] = values[k];
  }
}

void Signature::bind(PyObject* const* args, size_t nargs, PyObject* kwnames, Bound& out,
                     py::object& rest) const {
  require<TypeError>(nargs <= positional_ || has_rest_, function_, "() takes ", positional_,
                     " positional arguments but ", nargs, " were given");
  out.resize(parameters_.size(), nullptr);
  for (size_t i = 0; i < std::min(nargs, positional_); ++i) out[i] = args[i];
  if (has_rest_) {
    py::list extra;
    for (size_t i = positional_; i < nargs; ++i) extra.append(py::handle(args[i]));
    rest = py::tuple(extra);
  }
  if (kwnames) bind_keywords(args + nargs, kwnames, out);
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (parameters_[i].kind == Kind::kRest) out[i] = rest.ptr();
    if (out[i]) continue;
    out[i] = parameters_[i].fallback;
    require<TypeError>(out[i] != nullptr, function_, "() missing required argument: '",
                       parameters_[i].name, "'");
  }
}

}  // namespace covector::bindings

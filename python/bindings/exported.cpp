// Programs that live outside of the process, for covector.export.

#include "exported.h"

#include <pybind11/stl.h>

#include <map>
#include <string>
#include <vector>

#include "array_type.h"
#include "convert.h"
#include "covector/control/exported.h"
#include "jaxpr.h"

namespace covector::bindings {
namespace {

struct Program {
  Ref<const ExportedProgram> program;
};

Avals unwrapped(const py::sequence& types) {
  Avals all;
  for (py::handle t : types) all.push_back(unwrap_aval(t));
  return all;
}

Program restored(std::string name, const py::sequence& in, const py::sequence& out,
                 std::vector<uint32_t> kept, std::map<std::string, std::string> texts) {
  auto p = make_ref<ExportedProgram>();
  p->name = std::move(name);
  p->in = unwrapped(in), p->out = unwrapped(out);
  p->kept = std::move(kept), p->texts = std::move(texts);
  for (uint32_t i : p->kept)
    require<ValueError>(i < p->in.size(), "exported program: no input has number ", i);
  return {p};
}

py::list call(const Program& p, const py::sequence& leaves) {
  Values in;
  for (py::handle x : leaves) in.push_back(to_value(x.ptr()));
  py::list out;
  for (const Value& v : call_exported(p.program, in)) out.append(wrapped(v));
  return out;
}

}  // namespace

void register_exported(py::module_& m) {
  py::class_<Program>(m, "ExportedProgram", "A program as StableHLO, apart from the process.")
      .def(py::init(&restored), py::arg("name"), py::arg("in_avals"), py::arg("out_avals"),
           py::arg("kept"), py::arg("texts"))
      .def_property_readonly("texts", [](const Program& p) { return p.program->texts; })
      .def_property_readonly("kept", [](const Program& p) { return p.program->kept; })
      .def("call", &call);
  m.def(
      "export_program",
      [](const ClosedJaxpr& c, std::string name, const std::vector<std::string>& platforms,
         bool keep_unused) {
        return Program{export_program(c, std::move(name), platforms, keep_unused)};
      },
      py::arg("closed_jaxpr"), py::arg("name"), py::arg("platforms"), py::arg("keep_unused"));
}

}  // namespace covector::bindings

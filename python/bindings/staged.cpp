// A traced, then lowered, then compiled function as Python sees it: the native
// halves of stages.Traced, stages.Lowered and stages.Compiled.

#include "staged.h"

#include <pybind11/stl.h>

#include "array_type.h"
#include "convert.h"
#include "covector/pjrt/executable.h"
#include "covector/runtime/backend.h"
#include "covector/runtime/program.h"
#include "exported.h"
#include "function.h"
#include "jaxpr.h"
#include "register.h"
#include "tree.h"

namespace covector::bindings {
namespace {

using runtime::Lowered;
using runtime::Program;

// pybind11 holds these by value: they are one pointer each.
struct Staged {
  Ref<const JitTrace> trace;
};
struct LoweredHandle {
  Ref<const Lowered> lowered;
  std::string platform;
};
struct Executable {
  Ref<const Program> program;
};

Executable compile(const LoweredHandle& l, const CompilerOptions& options) {
  std::map<std::string, pjrt::CompileOptions::Override> overrides;
  for (const auto& [name, value] : options)
    std::visit([&](const auto& x) { overrides[name] = x; }, value);
  const pjrt::Client& here = runtime::default_device().client();
  bool fits = runtime::lowering_name(here.platform_name()) == runtime::lowering_name(l.platform);
  return {Program::make(l.lowered, fits ? here : runtime::client(l.platform), overrides)};
}

py::list run(const Executable& e, py::list leaves) {
  const ClosedJaxpr& c = e.program->lowered().jaxpr();
  Avals expected = c.in_avals();
  require<TypeError>(leaves.size() == expected.size(), "the compiled function takes ",
                     expected.size(), " arrays, got ", leaves.size());
  Values args;
  for (size_t i = 0; i < leaves.size(); ++i) {
    args.push_back(to_value(py::handle(leaves[i]).ptr()));
    require<UnexpectedTracerError>(!args.back().tracer(),
                                   "a compiled function cannot be transformed: call the jitted "
                                   "function instead");
    require<TypeError>(args.back().aval().same_type(expected[i]),
                       "Argument types differ from the types for which this computation was "
                       "compiled: argument ",
                       i, " was compiled with ", expected[i], " and called with ",
                       args.back().aval());
  }
  py::list out;
  for (const Value& v : runtime::run(*e.program, args))
    out.append(py::reinterpret_steal<py::object>(wrap(v)));
  return out;
}

py::object named_values(const std::optional<std::vector<pjrt::NamedValue>>& values) {
  if (!values) return py::none();
  py::dict d;
  for (const pjrt::NamedValue& v : *values)
    std::visit([&](const auto& x) { d[py::str(v.name)] = py::cast(x); }, v.value);
  return d;
}

py::object cost_analysis(const Executable& e) {
  if (!e.program->executable()) return py::dict();
  return named_values(e.program->executable()->executable().cost_analysis());
}

py::object memory_analysis(const Executable& e) {
  if (!e.program->executable()) return py::none();
  auto s = e.program->executable()->executable().memory_stats();
  if (!s) return py::none();
  py::dict d;
  d["generated_code_size_in_bytes"] = s->generated_code_size;
  d["argument_size_in_bytes"] = s->argument_size;
  d["output_size_in_bytes"] = s->output_size;
  d["alias_size_in_bytes"] = s->alias_size;
  d["temp_size_in_bytes"] = s->temp_size;
  d["host_generated_code_size_in_bytes"] = s->host_generated_code_size;
  d["host_argument_size_in_bytes"] = s->host_argument_size;
  d["host_output_size_in_bytes"] = s->host_output_size;
  d["host_alias_size_in_bytes"] = s->host_alias_size;
  d["host_temp_size_in_bytes"] = s->host_temp_size;
  d["peak_memory_in_bytes"] = s->peak_memory;
  return d;
}

}  // namespace

py::object staged_object(Ref<const JitTrace> t) { return py::cast(Staged{std::move(t)}); }

void register_staged(py::module_& m) {
  register_exported(m);
  py::class_<Staged>(m, "Staged", "A function traced for one signature.")
      .def_property_readonly("jaxpr",
                             [](const Staged& s) { return jaxpr_object(s.trace->staged->jaxpr()); })
      .def_property_readonly("in_tree", [](const Staged& s) { return wrap_treedef(s.trace->in); })
      .def_property_readonly("out_tree", [](const Staged& s) { return wrap_treedef(s.trace->out); })
      .def(
          "lower",
          [](const Staged& s, std::string platform) {
            return LoweredHandle{s.trace->staged->lower(), std::move(platform)};
          },
          py::arg("platform"));
  py::class_<LoweredHandle>(m, "Lowered", "A traced function as StableHLO.")
      .def(
          "as_text",
          [](const LoweredHandle& l, bool debug_info) {
            return l.lowered->text(debug_info, runtime::lowering_name(l.platform));
          },
          py::arg("debug_info") = false)
      .def("compile", &compile, py::arg("compiler_options") = CompilerOptions{})
      .def_property_readonly("kept", [](const LoweredHandle& l) { return l.lowered->kept(); })
      .def_property_readonly("unusable_donations", [](const LoweredHandle& l) {
        return l.lowered->unusable_donations();
      });
  py::class_<Executable>(m, "Executable", "A lowered function, compiled.")
      .def("call", &run)
      .def("cost_analysis", &cost_analysis)
      .def("memory_analysis", &memory_analysis)
      .def("as_text", [](const Executable& e) {
        std::string_view platform = e.program->client().platform_name();
        return e.program->lowered().text(false, runtime::lowering_name(platform));
      });
}

}  // namespace covector::bindings

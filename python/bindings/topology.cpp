// Compiling for devices that are not here.

#include "topology.h"

#include <pybind11/stl.h>

#include <map>

#include "covector/base/blocking.h"
#include "covector/base/error.h"
#include "covector/pjrt/discovery.h"
#include "covector/pjrt/plugin.h"
#include "covector/pjrt/topology.h"
#include "covector/runtime/backend.h"

namespace covector::bindings {
namespace {

namespace py = pybind11;

struct Topology {
  Ref<pjrt::Topology> topology;
};

Topology topology_of(const std::string& platform, const std::string& name,
                     const std::map<std::string, std::string>& options) {
  pjrt::PluginLocation at = pjrt::find_plugin(platform, {});
  require<RuntimeError>(at.found(), at.reason);
  std::vector<pjrt::NamedValue> values;
  for (const auto& [key, value] : options) values.push_back({key, value});
  return {pjrt::Topology::create(pjrt::Plugin::load(at.path), name, values)};
}

py::bytes compiled(const Topology& t, const std::string& text) {
  std::string program;
  {
    Blocking blocking;
    program = t.topology->compile(text, {})->serialize();
  }
  return program;
}

}  // namespace

void register_topology(py::module_& m) {
  m.def("lowering_platform", &runtime::lowering_name, py::arg("platform"),
        "What rules of lowering call a platform: 'gpu' whosever it is.");
  py::class_<Topology>(m, "Topology", "Devices that need not be here, to compile for.")
      .def(py::init(&topology_of), py::arg("platform"), py::arg("name"),
           py::arg("options") = std::map<std::string, std::string>())
      .def_property_readonly("device_kinds",
                             [](const Topology& t) {
                               std::vector<std::string> kinds;
                               for (const pjrt::DeviceDescription& d : t.topology->devices())
                                 kinds.push_back(d.kind);
                               return kinds;
                             })
      .def("compile", &compiled, py::arg("text"), "The program for one of them, serialized.");
}

}  // namespace covector::bindings

#include "covector/pjrt/topology.h"

#include <memory>

#include "covector/pjrt/api.h"
#include "covector/pjrt/client.h"
#include "covector/pjrt/plugin.h"
#include "covector/pjrt/program.h"

namespace covector::pjrt {

Ref<Topology> Topology::create(const Plugin& plugin, std::string_view name,
                               std::span<const NamedValue> options) {
  ScopedXlaFlags flags(plugin.xla_flags());
  std::vector<PJRT_NamedValue> values;
  for (const NamedValue& o : options) values.push_back(to_c(o));
  Args<PJRT_TopologyDescription_Create_Args> args;
  args.topology_name = name.data();
  args.topology_name_size = name.size();
  args.create_options = values.data();
  args.num_options = values.size();
  call<&PJRT_Api::PJRT_TopologyDescription_Create>(plugin.api(), args);
  Ref<Topology> topology(new Topology(plugin, args.topology, true));
  topology->read();
  return topology;
}

Ref<Topology> Topology::of(const Client& client) {
  Args<PJRT_Client_TopologyDescription_Args> args;
  args.client = client.raw();
  call<&PJRT_Api::PJRT_Client_TopologyDescription>(client.api(), args);
  Ref<Topology> topology(new Topology(client.plugin(), args.topology, false));
  topology->read();
  return topology;
}

Topology::~Topology() {
  if (!owned_) return;
  Args<PJRT_TopologyDescription_Destroy_Args> args;
  args.topology = raw_;
  call_quietly<&PJRT_Api::PJRT_TopologyDescription_Destroy>(plugin_->api(), args);
}

void Topology::read() {
  const PJRT_Api* api = plugin_->api();
  Args<PJRT_TopologyDescription_PlatformName_Args> name;
  name.topology = raw_;
  call<&PJRT_Api::PJRT_TopologyDescription_PlatformName>(api, name);
  platform_name_.assign(name.platform_name, name.platform_name_size);
  Args<PJRT_TopologyDescription_PlatformVersion_Args> version;
  version.topology = raw_;
  call<&PJRT_Api::PJRT_TopologyDescription_PlatformVersion>(api, version);
  platform_version_.assign(version.platform_version, version.platform_version_size);
  Args<PJRT_TopologyDescription_GetDeviceDescriptions_Args> devices;
  devices.topology = raw_;
  call<&PJRT_Api::PJRT_TopologyDescription_GetDeviceDescriptions>(api, devices);
  for (size_t i = 0; i < devices.num_descriptions; ++i)
    devices_.push_back(read_description(api, devices.descriptions[i]));
}

std::vector<NamedValue> Topology::attributes() const {
  Args<PJRT_TopologyDescription_Attributes_Args> args;
  args.topology = raw_;
  call<&PJRT_Api::PJRT_TopologyDescription_Attributes>(plugin_->api(), args);
  return from_c(args.attributes, args.num_attributes);
}

std::optional<std::string> Topology::serialize() const {
  const PJRT_Api* api = plugin_->api();
  if (!has(api, &PJRT_Api::PJRT_TopologyDescription_Serialize)) return {};
  Args<PJRT_TopologyDescription_Serialize_Args> args;
  args.topology = raw_;
  ErrorReport report = take_error(api, api->PJRT_TopologyDescription_Serialize(&args));
  if (report.code == ErrorCode::kUnimplemented) return {};
  if (!report.ok()) report.raise();
  std::unique_ptr<PJRT_SerializedTopology, void (*)(PJRT_SerializedTopology*)> owner(
      args.serialized_topology, args.serialized_topology_deleter);
  return std::string(args.serialized_bytes, args.serialized_bytes_size);
}

Ref<Executable> Topology::compile(std::string_view program, const CompileOptions& options,
                                  std::string_view format) const {
  ScopedXlaFlags flags(plugin_->xla_flags());
  std::string option_bytes = options.serialize();
  Args<PJRT_Program> source = borrow_program(program, format);
  Args<PJRT_Compile_Args> args;
  args.topology = raw_;
  args.program = &source;
  args.compile_options = option_bytes.data();
  args.compile_options_size = option_bytes.size();
  call<&PJRT_Api::PJRT_Compile>(plugin_->api(), args);
  return make_ref<Executable>(plugin_->api(), args.executable);
}

}  // namespace covector::pjrt

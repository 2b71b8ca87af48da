#include "covector/pjrt/loaded_executable.h"

#include <algorithm>
#include <utility>

#include "covector/base/error.h"
#include "covector/base/small_vector.h"
#include "covector/pjrt/api.h"
#include "covector/pjrt/client.h"
#include "covector/pjrt/program.h"

namespace covector::pjrt {

namespace {

// A null argument is a wild read in the plugin.
void require_no_null(std::span<PJRT_Buffer* const> args, const Executable& executable) {
  for (size_t i = 0; i < args.size(); ++i)
    require<ValueError>(args[i] != nullptr, executable.name(), ": argument ", i, " is no buffer");
}

ParameterSpec spec_of(const PJRT_Api* api, PJRT_Buffer* buffer) {
  Args<PJRT_Buffer_ElementType_Args> element;
  element.buffer = buffer;
  call<&PJRT_Api::PJRT_Buffer_ElementType>(api, element);
  Args<PJRT_Buffer_Dimensions_Args> shape;
  shape.buffer = buffer;
  call<&PJRT_Api::PJRT_Buffer_Dimensions>(api, shape);
  return {static_cast<ElementType>(number_of(element.type)),
          {shape.dims, shape.dims + shape.num_dims}};
}

std::string describe(const ParameterSpec& spec) {
  std::string s = str(type_name(spec.type), "[");
  for (size_t i = 0; i < spec.dims.size(); ++i) s += str(i ? "," : "", spec.dims[i]);
  return s + "]";
}

bool is_alive(const PJRT_Api* api, PJRT_Buffer* buffer) {
  Args<PJRT_Buffer_IsDeleted_Args> args;
  args.buffer = buffer;
  call<&PJRT_Api::PJRT_Buffer_IsDeleted>(api, args);
  return !args.is_deleted;
}

PJRT_Device* device_of(const PJRT_Api* api, PJRT_Buffer* buffer) {
  Args<PJRT_Buffer_Device_Args> args;
  args.buffer = buffer;
  call<&PJRT_Api::PJRT_Buffer_Device>(api, args);
  return args.device;
}

Args<PJRT_ExecuteOptions> execute_options(std::span<const int64_t> non_donatable) {
  Args<PJRT_ExecuteOptions> options;
  options.non_donatable_input_indices = non_donatable.data();
  options.num_non_donatable_input_indices = non_donatable.size();
  return options;
}

}  // namespace

Ref<LoadedExecutable> LoadedExecutable::compile(const Client& client, std::string_view program,
                                                const CompileOptions& options,
                                                std::string_view format) {
  client.require_usable();
  std::string option_bytes = options.serialize();
  Args<PJRT_Program> source = borrow_program(program, format);
  Args<PJRT_Client_Compile_Args> args;
  args.client = client.raw();
  args.program = &source;
  args.compile_options = option_bytes.data();
  args.compile_options_size = option_bytes.size();
  call<&PJRT_Api::PJRT_Client_Compile>(client.api(), args);
  return Ref(new LoadedExecutable(client, args.executable));
}

Ref<LoadedExecutable> LoadedExecutable::deserialize(const Client& client, std::string_view bytes,
                                                    const CompileOptions* options) {
  client.require_usable();
  std::string option_bytes = options ? options->serialize() : std::string();
  Args<PJRT_Executable_DeserializeAndLoad_Args> args;
  args.client = client.raw();
  args.serialized_executable = bytes.data();
  args.serialized_executable_size = bytes.size();
  if (options) {
    args.overridden_serialized_compile_options = option_bytes.data();
    args.overridden_serialized_compile_options_size = option_bytes.size();
  }
  call<&PJRT_Api::PJRT_Executable_DeserializeAndLoad>(client.api(), args);
  return Ref(new LoadedExecutable(client, args.loaded_executable));
}

// Once the inner constructor is done the destructor runs even if this throws.
LoadedExecutable::LoadedExecutable(const Client& client, PJRT_LoadedExecutable* raw)
    : LoadedExecutable(client, raw, Owner{}) {
  Args<PJRT_LoadedExecutable_GetExecutable_Args> args;
  args.loaded_executable = raw_;
  call<&PJRT_Api::PJRT_LoadedExecutable_GetExecutable>(client.api(), args);
  executable_ = make_ref<Executable>(client.api(), args.executable);
  read_devices();
  if (devices_.size() > 1) parameters_ = executable_->parameters();
}

LoadedExecutable::~LoadedExecutable() {
  if (!client_->is_usable()) return;
  Args<PJRT_LoadedExecutable_Destroy_Args> args;
  args.executable = raw_;
  call_quietly<&PJRT_Api::PJRT_LoadedExecutable_Destroy>(client_->api(), args);
}

void LoadedExecutable::read_devices() {
  Args<PJRT_LoadedExecutable_AddressableDevices_Args> args;
  args.executable = raw_;
  call<&PJRT_Api::PJRT_LoadedExecutable_AddressableDevices>(client_->api(), args);
  for (size_t i = 0; i < args.num_addressable_devices; ++i)
    devices_.push_back(&client_->device(args.addressable_devices[i]));
}

void LoadedExecutable::require_runnable() const {
  client_->require_usable();
  require<RuntimeError>(!is_deleted(), executable_->name(), ": the program has been deleted");
}

void LoadedExecutable::execute(std::span<PJRT_Buffer* const> args, const Device* device,
                               PJRT_Buffer** outs, std::span<const int64_t> non_donatable,
                               Event* done) const {
  require_runnable();
  require_no_null(args, *executable_);
  require<ValueError>(!device || &device->client() == client_, executable_->name(),
                      ": cannot run on a device of another client");
  Args<PJRT_ExecuteOptions> options = execute_options(non_donatable);
  PJRT_Buffer* const* argument_list = args.data();
  Args<PJRT_LoadedExecutable_Execute_Args> call_args;
  call_args.executable = raw_;
  call_args.options = &options;
  call_args.argument_lists = &argument_list;
  call_args.num_devices = 1;
  call_args.num_args = args.size();
  call_args.output_lists = &outs;
  call_args.execute_device = device ? device->raw() : nullptr;
  PJRT_Event* event = nullptr;
  if (done) call_args.device_complete_events = &event;
  call<&PJRT_Api::PJRT_LoadedExecutable_Execute>(client_->api(), call_args);
  if (done) *done = Event(*client_, event);
}

void LoadedExecutable::require_launchable(std::span<const std::span<PJRT_Buffer* const>> args,
                                          std::span<PJRT_Buffer** const> outs) const {
  const std::string& name = executable_->name();
  require<ValueError>(args.size() == devices_.size() && outs.size() == devices_.size(), name,
                      ": runs on ", devices_.size(), " devices, got arguments for ", args.size(),
                      " and results for ", outs.size());
  size_t count = parameters_ ? parameters_->size() : args[0].size();
  for (size_t d = 0; d < args.size(); ++d) {
    require<ValueError>(args[d].size() == count, name, ": takes ", count, " arguments, got ",
                        args[d].size(), " for device ", d);
    require_no_null(args[d], *executable_);
  }
  for (size_t i = 0; i < count; ++i) require_argument(i, args);
}

void LoadedExecutable::require_argument(size_t index,
                                        std::span<const std::span<PJRT_Buffer* const>> args) const {
  const PJRT_Api* api = client_->api();
  const std::string& name = executable_->name();
  ParameterSpec wanted = parameters_ ? (*parameters_)[index] : spec_of(api, args[0][index]);
  for (size_t d = 0; d < args.size(); ++d) {
    PJRT_Buffer* buffer = args[d][index];
    require<RuntimeError>(is_alive(api, buffer), name, ": argument ", index, " of device ", d,
                          " has been deleted or donated");
    require<ValueError>(device_of(api, buffer) == devices_[d]->raw(), name, ": argument ", index,
                        " of device ", d, " is on another device");
    ParameterSpec given = spec_of(api, buffer);
    if (given != wanted)
      fail<ValueError>(name, ": argument ", index, " of device ", d, " must be ", describe(wanted),
                       ", got ", describe(given));
  }
}

void LoadedExecutable::execute_sharded(std::span<const std::span<PJRT_Buffer* const>> args,
                                       std::span<PJRT_Buffer** const> outs,
                                       std::span<const int64_t> non_donatable,
                                       int launch_id) const {
  require_runnable();
  require_launchable(args, outs);
  SmallVector<PJRT_Buffer* const*, 16> argument_lists;
  for (auto list : args) argument_lists.push_back(list.data());
  Args<PJRT_ExecuteOptions> options = execute_options(non_donatable);
  options.launch_id = launch_id;
  Args<PJRT_LoadedExecutable_Execute_Args> call_args;
  call_args.executable = raw_;
  call_args.options = &options;
  call_args.argument_lists = argument_lists.data();
  call_args.num_devices = args.size();
  call_args.num_args = args.empty() ? 0 : args[0].size();
  call_args.output_lists = outs.data();
  call<&PJRT_Api::PJRT_LoadedExecutable_Execute>(client_->api(), call_args);
}

// Plugins do not agree on what may follow, so that is not left to them.
void LoadedExecutable::delete_code() const {
  if (deleted_.exchange(true) || !client_->is_usable()) return;
  Args<PJRT_LoadedExecutable_Delete_Args> args;
  args.executable = raw_;
  call<&PJRT_Api::PJRT_LoadedExecutable_Delete>(client_->api(), args);
}

}  // namespace covector::pjrt

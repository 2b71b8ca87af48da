#include "covector/pjrt/executable.h"

#include <algorithm>
#include <memory>

#include "covector/pjrt/api.h"
#include "covector/pjrt/hlo_proto.h"

namespace covector::pjrt {

namespace {

// Calls a function that a plugin may not have or not implement; false then.
template <auto fn, class A>
bool call_if_implemented(const PJRT_Api* api, A& args) {
  if (!has(api, fn)) return false;
  ErrorReport report = take_error(api, (api->*fn)(&args));
  if (report.code == ErrorCode::kUnimplemented) return false;
  if (!report.ok()) report.raise();
  return true;
}

}  // namespace

// Once the inner constructor is done the destructor runs even if this throws.
Executable::Executable(const PJRT_Api* api, PJRT_Executable* raw) : Executable(api, raw, Owner{}) {
  Args<PJRT_Executable_Name_Args> name;
  name.executable = raw_;
  call<&PJRT_Api::PJRT_Executable_Name>(api_, name);
  name_.assign(name.executable_name, name.executable_name_size);
  Args<PJRT_Executable_NumReplicas_Args> replicas;
  replicas.executable = raw_;
  call<&PJRT_Api::PJRT_Executable_NumReplicas>(api_, replicas);
  num_replicas_ = replicas.num_replicas;
  Args<PJRT_Executable_NumPartitions_Args> partitions;
  partitions.executable = raw_;
  call<&PJRT_Api::PJRT_Executable_NumPartitions>(api_, partitions);
  num_partitions_ = partitions.num_partitions;
  read_outputs();
  read_memory_kinds();
}

Executable::~Executable() {
  Args<PJRT_Executable_Destroy_Args> args;
  args.executable = raw_;
  call_quietly<&PJRT_Api::PJRT_Executable_Destroy>(api_, args);
}

void Executable::read_outputs() {
  Args<PJRT_Executable_NumOutputs_Args> count;
  count.executable = raw_;
  call<&PJRT_Api::PJRT_Executable_NumOutputs>(api_, count);
  outputs_.resize(count.num_outputs);
  if (outputs_.empty()) return;
  Args<PJRT_Executable_OutputElementTypes_Args> types;
  types.executable = raw_;
  call<&PJRT_Api::PJRT_Executable_OutputElementTypes>(api_, types);
  Args<PJRT_Executable_OutputDimensions_Args> dims;
  dims.executable = raw_;
  call<&PJRT_Api::PJRT_Executable_OutputDimensions>(api_, dims);
  invariant(types.num_output_types == outputs_.size() && dims.num_outputs == outputs_.size(),
            "a plugin counts its outputs in two ways");
  const int64_t* next = dims.dims;
  for (size_t i = 0; i < outputs_.size(); ++i) {
    outputs_[i].type = static_cast<ElementType>(number_of(types.output_types[i]));
    outputs_[i].dims.assign(next, next + dims.dim_sizes[i]);
    next += dims.dim_sizes[i];
  }
}

void Executable::read_memory_kinds() {
  Args<PJRT_Executable_OutputMemoryKinds_Args> kinds;
  kinds.executable = raw_;
  if (!call_if_implemented<&PJRT_Api::PJRT_Executable_OutputMemoryKinds>(api_, kinds)) return;
  for (size_t i = 0; i < std::min(kinds.num_outputs, outputs_.size()); ++i)
    outputs_[i].memory_kind.assign(kinds.memory_kinds[i], kinds.memory_kind_sizes[i]);
}

std::string Executable::serialize() const {
  Args<PJRT_Executable_Serialize_Args> args;
  args.executable = raw_;
  call<&PJRT_Api::PJRT_Executable_Serialize>(api_, args);
  std::unique_ptr<PJRT_SerializedExecutable, void (*)(PJRT_SerializedExecutable*)> owner(
      args.serialized_executable, args.serialized_executable_deleter);
  return {args.serialized_bytes, args.serialized_bytes_size};
}

std::optional<std::string> Executable::fingerprint() const {
  Args<PJRT_Executable_Fingerprint_Args> args;
  args.executable = raw_;
  if (!call_if_implemented<&PJRT_Api::PJRT_Executable_Fingerprint>(api_, args)) return {};
  return std::string(args.executable_fingerprint, args.executable_fingerprint_size);
}

std::optional<std::vector<NamedValue>> Executable::cost_analysis() const {
  Args<PJRT_Executable_GetCostAnalysis_Args> args;
  args.executable = raw_;
  if (!call_if_implemented<&PJRT_Api::PJRT_Executable_GetCostAnalysis>(api_, args)) return {};
  return from_c(args.properties, args.num_properties);
}

std::optional<CompiledMemoryStats> Executable::memory_stats() const {
  Args<PJRT_Executable_GetCompiledMemoryStats_Args> a;
  a.executable = raw_;
  if (!call_if_implemented<&PJRT_Api::PJRT_Executable_GetCompiledMemoryStats>(api_, a)) return {};
  return CompiledMemoryStats{
      .generated_code_size = a.generated_code_size_in_bytes,
      .argument_size = a.argument_size_in_bytes,
      .output_size = a.output_size_in_bytes,
      .alias_size = a.alias_size_in_bytes,
      .temp_size = a.temp_size_in_bytes,
      .host_generated_code_size = a.host_generated_code_size_in_bytes,
      .host_argument_size = a.host_argument_size_in_bytes,
      .host_output_size = a.host_output_size_in_bytes,
      .host_alias_size = a.host_alias_size_in_bytes,
      .host_temp_size = a.host_temp_size_in_bytes,
      .peak_memory = a.peak_memory_in_bytes,
  };
}

std::optional<int64_t> Executable::generated_code_size() const {
  Args<PJRT_Executable_SizeOfGeneratedCodeInBytes_Args> args;
  args.executable = raw_;
  if (!call_if_implemented<&PJRT_Api::PJRT_Executable_SizeOfGeneratedCodeInBytes>(api_, args))
    return {};
  return args.size_in_bytes;
}

std::optional<Program> Executable::optimized_program() const {
  Args<PJRT_Program> program;
  Args<PJRT_Executable_OptimizedProgram_Args> args;
  args.executable = raw_;
  args.program = &program;
  // Without room for the code this asks for its size.
  if (!call_if_implemented<&PJRT_Api::PJRT_Executable_OptimizedProgram>(api_, args)) return {};
  Program out{{}, std::string(program.code_size, '\0')};
  program.code = out.code.data();
  call<&PJRT_Api::PJRT_Executable_OptimizedProgram>(api_, args);
  out.format.assign(program.format, program.format_size);
  return out;
}

std::optional<std::vector<ParameterSpec>> Executable::parameters() const {
  auto program = optimized_program();
  return program ? read_parameters(*program) : std::nullopt;
}

}  // namespace covector::pjrt

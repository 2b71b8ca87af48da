#include "covector/pjrt/device.h"

#include <algorithm>

#include "covector/base/error.h"
#include "covector/pjrt/api.h"
#include "covector/pjrt/client.h"

namespace covector::pjrt {

namespace {

const Memory* find_memory(std::span<const Memory* const> memories, PJRT_Memory* raw) {
  auto at = std::ranges::find(memories, raw, &Memory::raw);
  return at == memories.end() ? nullptr : *at;
}

std::vector<NamedValue> stats_of(const PJRT_Device_MemoryStats_Args& a) {
  std::vector<NamedValue> out = {{"bytes_in_use", a.bytes_in_use}};
  auto add = [&](const char* name, bool is_set, int64_t value) {
    if (is_set) out.push_back({name, value});
  };
  add("peak_bytes_in_use", a.peak_bytes_in_use_is_set, a.peak_bytes_in_use);
  add("num_allocs", a.num_allocs_is_set, a.num_allocs);
  add("largest_alloc_size", a.largest_alloc_size_is_set, a.largest_alloc_size);
  add("bytes_limit", a.bytes_limit_is_set, a.bytes_limit);
  add("bytes_reserved", a.bytes_reserved_is_set, a.bytes_reserved);
  add("peak_bytes_reserved", a.peak_bytes_reserved_is_set, a.peak_bytes_reserved);
  add("bytes_reservable_limit", a.bytes_reservable_limit_is_set, a.bytes_reservable_limit);
  add("largest_free_block_bytes", a.largest_free_block_bytes_is_set, a.largest_free_block_bytes);
  add("pool_bytes", a.pool_bytes_is_set, a.pool_bytes);
  add("peak_pool_bytes", a.peak_pool_bytes_is_set, a.peak_pool_bytes);
  return out;
}

}  // namespace

DeviceDescription read_description(const PJRT_Api* api, PJRT_DeviceDescription* raw) {
  DeviceDescription out;
  Args<PJRT_DeviceDescription_Id_Args> id;
  id.device_description = raw;
  call<&PJRT_Api::PJRT_DeviceDescription_Id>(api, id);
  out.id = id.id;
  Args<PJRT_DeviceDescription_ProcessIndex_Args> process;
  process.device_description = raw;
  call<&PJRT_Api::PJRT_DeviceDescription_ProcessIndex>(api, process);
  out.process_index = process.process_index;
  Args<PJRT_DeviceDescription_Kind_Args> kind;
  kind.device_description = raw;
  call<&PJRT_Api::PJRT_DeviceDescription_Kind>(api, kind);
  out.kind.assign(kind.device_kind, kind.device_kind_size);
  Args<PJRT_DeviceDescription_DebugString_Args> debug;
  debug.device_description = raw;
  call<&PJRT_Api::PJRT_DeviceDescription_DebugString>(api, debug);
  out.debug_string.assign(debug.debug_string, debug.debug_string_size);
  Args<PJRT_DeviceDescription_ToString_Args> text;
  text.device_description = raw;
  call<&PJRT_Api::PJRT_DeviceDescription_ToString>(api, text);
  out.to_string.assign(text.to_string, text.to_string_size);
  Args<PJRT_DeviceDescription_Attributes_Args> attributes;
  attributes.device_description = raw;
  call<&PJRT_Api::PJRT_DeviceDescription_Attributes>(api, attributes);
  out.attributes = from_c(attributes.attributes, attributes.num_attributes);
  return out;
}

Device::Device(const Client& client, PJRT_Device* raw, std::span<const Memory* const> memories)
    : client_(&client), raw_(raw) {
  const PJRT_Api* api = client.api();
  Args<PJRT_Device_GetDescription_Args> description;
  description.device = raw;
  call<&PJRT_Api::PJRT_Device_GetDescription>(api, description);
  description_ = read_description(api, description.device_description);
  Args<PJRT_Device_IsAddressable_Args> addressable;
  addressable.device = raw;
  call<&PJRT_Api::PJRT_Device_IsAddressable>(api, addressable);
  addressable_ = addressable.is_addressable;
  if (!addressable_) return;
  Args<PJRT_Device_LocalHardwareId_Args> hardware;
  hardware.device = raw;
  call<&PJRT_Api::PJRT_Device_LocalHardwareId>(api, hardware);
  local_hardware_id_ = hardware.local_hardware_id;
  read_memories(memories);
}

void Device::read_memories(std::span<const Memory* const> memories) {
  const PJRT_Api* api = client_->api();
  Args<PJRT_Device_AddressableMemories_Args> all;
  all.device = raw_;
  call<&PJRT_Api::PJRT_Device_AddressableMemories>(api, all);
  for (size_t i = 0; i < all.num_memories; ++i) {
    if (const Memory* m = find_memory(memories, all.memories[i])) memories_.push_back(m);
  }
  if (memories_.empty()) return;
  Args<PJRT_Device_DefaultMemory_Args> dflt;
  dflt.device = raw_;
  call<&PJRT_Api::PJRT_Device_DefaultMemory>(api, dflt);
  default_memory_ = find_memory(memories, dflt.memory);
}

const Memory& Device::memory(std::string_view kind) const {
  auto at = std::ranges::find(memories_, kind, &Memory::kind);
  if (at != memories_.end()) return **at;
  std::string kinds;
  for (const Memory* m : memories_) kinds += (kinds.empty() ? "" : ", ") + m->kind();
  fail<ValueError>("device ", description_.to_string, " has no memory of kind ", kind,
                   "; its kinds are: ", kinds);
}

std::optional<std::vector<NamedValue>> Device::memory_stats() const {
  const PJRT_Api* api = client_->api();
  if (!has(api, &PJRT_Api::PJRT_Device_MemoryStats)) return std::nullopt;
  Args<PJRT_Device_MemoryStats_Args> args;
  args.device = raw_;
  ErrorReport report = take_error(api, api->PJRT_Device_MemoryStats(&args));
  if (report.code == ErrorCode::kUnimplemented) return std::nullopt;
  if (!report.ok()) report.raise();
  return stats_of(args);
}

}  // namespace covector::pjrt

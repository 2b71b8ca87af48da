#include "covector/pjrt/transfer.h"

#include <memory>
#include <utility>

#include "covector/base/error.h"
#include "covector/pjrt/api.h"
#include "covector/pjrt/client.h"

namespace covector::pjrt {

namespace {

bool is_dense(const HostArray& array) {
  if (array.byte_strides.empty()) return true;
  int64_t step = bit_width(array.type) / 8;
  for (size_t i = array.dims.size(); i-- > 0;) {
    if (array.dims[i] != 1 && array.byte_strides[i] != step) return false;
    step *= array.dims[i];
  }
  return true;
}

// Plugins end the process at some of these, and read wild memory at others.
void require_valid(const HostArray& array, const Device& device) {
  size_t size = host_size(array.type, array.dims);
  require<ValueError>(array.data != nullptr || size == 0, "to_device: no data for ", size,
                      " bytes");
  require<ValueError>(array.byte_strides.empty() || array.byte_strides.size() == array.dims.size(),
                      "to_device: an array of ", array.dims.size(), " dimensions has ",
                      array.byte_strides.size(), " strides");
  require<ValueError>(device.is_addressable(), "to_device: ", device.description().to_string,
                      " belongs to another process");
  device.client().require_usable();
}

void call_when_ready(const Event& event, std::function<void()> done) {
  if (done) event.on_ready([done = std::move(done)](const ErrorReport&) { done(); });
}

void run_deleter(void* /*data*/, void* arg) noexcept {
  std::unique_ptr<std::function<void()>> done(static_cast<std::function<void()>*>(arg));
  if (*done) (*done)();
}

}  // namespace

bool can_alias(const HostArray& array) {
  return reinterpret_cast<uintptr_t>(array.data) % kHostAlignment == 0 &&
         !is_sub_byte(array.type) && is_dense(array);
}

Ref<Buffer> to_device(const HostArray& array, const Device& device, const Memory* memory,
                      HostSemantics semantics, std::function<void()> done) {
  require_valid(array, device);
  const Client& client = device.client();
  Args<PJRT_Client_BufferFromHostBuffer_Args> args;
  args.client = client.raw();
  args.data = array.data;
  args.type = static_cast<PJRT_Buffer_Type>(array.type);
  args.dims = array.dims.data();
  args.num_dims = array.dims.size();
  args.byte_strides = array.byte_strides.data();
  args.num_byte_strides = array.byte_strides.size();
  args.host_buffer_semantics = static_cast<PJRT_HostBufferSemantics>(semantics);
  args.device = device.raw();
  args.memory = memory ? memory->raw() : nullptr;
  call<&PJRT_Api::PJRT_Client_BufferFromHostBuffer>(client.api(), args);
  Event released(client, args.done_with_host_buffer);
  auto buffer = make_ref<Buffer>(client, args.buffer);
  call_when_ready(released, std::move(done));
  return buffer;
}

Ref<Buffer> view_of_device_memory(void* data, ElementType type, std::span<const int64_t> dims,
                                  const Device& device, std::function<void()> done) {
  require_valid({data, type, dims}, device);
  const Client& client = device.client();
  require<ValueError>(!is_sub_byte(type), "view_of_device_memory: ", type_name(type),
                      " elements are packed on devices only");
  require<ValueError>(!client.is_cpu() || reinterpret_cast<uintptr_t>(data) % kHostAlignment == 0,
                      "view_of_device_memory: the pointer must be aligned to ", kHostAlignment,
                      " bytes");
  auto deleter = std::make_unique<std::function<void()>>(std::move(done));
  Args<PJRT_Client_CreateViewOfDeviceBuffer_Args> args;
  args.client = client.raw();
  args.device_buffer_ptr = data;
  args.dims = dims.data();
  args.num_dims = dims.size();
  args.element_type = static_cast<PJRT_Buffer_Type>(type);
  args.device = device.raw();
  // Never null, though the API allows it: CPU plugins of 2025 call it unasked.
  args.on_delete_callback = run_deleter;
  args.on_delete_callback_arg = deleter.get();
  call<&PJRT_Api::PJRT_Client_CreateViewOfDeviceBuffer>(client.api(), args);
  deleter.release();
  return make_ref<Buffer>(client, args.buffer);
}

}  // namespace covector::pjrt

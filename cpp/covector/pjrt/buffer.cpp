#include "covector/pjrt/buffer.h"

#include <cstring>
#include <utility>

#include "covector/base/error.h"
#include "covector/pjrt/api.h"
#include "covector/pjrt/client.h"

namespace covector::pjrt {

namespace {

std::atomic<int64_t> live_buffers{0};

// The layout "last dimension fastest, no tiles" for a plugin to write to.
struct RowMajorLayout {
  explicit RowMajorLayout(size_t rank) : minor_to_major(rank) {
    for (size_t i = 0; i < rank; ++i) minor_to_major[i] = static_cast<int64_t>(rank - 1 - i);
    layout.type = PJRT_Buffer_MemoryLayout_Type_Tiled;
    layout.tiled.struct_size = sizeof layout.tiled;
    layout.tiled.minor_to_major = minor_to_major.data();
    layout.tiled.minor_to_major_size = rank;
  }

  std::vector<int64_t> minor_to_major;
  Args<PJRT_Buffer_MemoryLayout> layout;
};

}  // namespace

Buffer::Buffer(const Client& client, PJRT_Buffer* raw) : client_(&client), raw_(raw) {
  invariant(raw != nullptr, "a buffer of nothing");
  live_buffers.fetch_add(1, std::memory_order_relaxed);
}

Buffer::~Buffer() {
  live_buffers.fetch_sub(1, std::memory_order_relaxed);
  // In a forked child nobody would run what freeing may have to wait for.
  if (!client_->is_usable()) return;
  Args<PJRT_Buffer_Destroy_Args> args;
  args.buffer = raw_;
  call_quietly<&PJRT_Api::PJRT_Buffer_Destroy>(client_->api(), args);
}

int64_t Buffer::live_count() noexcept { return live_buffers.load(std::memory_order_relaxed); }

ElementType Buffer::element_type() const {
  Args<PJRT_Buffer_ElementType_Args> args;
  args.buffer = raw_;
  call<&PJRT_Api::PJRT_Buffer_ElementType>(client_->api(), args);
  return static_cast<ElementType>(args.type);
}

std::span<const int64_t> Buffer::dims() const {
  Args<PJRT_Buffer_Dimensions_Args> args;
  args.buffer = raw_;
  call<&PJRT_Api::PJRT_Buffer_Dimensions>(client_->api(), args);
  return {args.dims, args.num_dims};
}

const Device& Buffer::device() const {
  Args<PJRT_Buffer_Device_Args> args;
  args.buffer = raw_;
  call<&PJRT_Api::PJRT_Buffer_Device>(client_->api(), args);
  return client_->device(args.device);
}

const Memory& Buffer::memory() const {
  Args<PJRT_Buffer_Memory_Args> args;
  args.buffer = raw_;
  call<&PJRT_Api::PJRT_Buffer_Memory>(client_->api(), args);
  return client_->memory(args.memory);
}

size_t Buffer::on_device_size() const {
  Args<PJRT_Buffer_OnDeviceSizeInBytes_Args> args;
  args.buffer = raw_;
  call<&PJRT_Api::PJRT_Buffer_OnDeviceSizeInBytes>(client_->api(), args);
  return args.on_device_size_in_bytes;
}

bool Buffer::is_row_major() const {
  size_t rank = dims().size();
  if (rank < 2) return true;
  Args<PJRT_Buffer_GetMemoryLayout_Args> args;
  args.buffer = raw_;
  call<&PJRT_Api::PJRT_Buffer_GetMemoryLayout>(client_->api(), args);
  if (args.layout.type != PJRT_Buffer_MemoryLayout_Type_Tiled) return false;
  const PJRT_Buffer_MemoryLayout_Tiled& tiled = args.layout.tiled;
  if (tiled.num_tiles != 0 || tiled.minor_to_major_size != rank) return false;
  for (size_t i = 0; i < rank; ++i) {
    if (tiled.minor_to_major[i] != static_cast<int64_t>(rank - 1 - i)) return false;
  }
  return true;
}

Event Buffer::ready_event() const {
  Args<PJRT_Buffer_ReadyEvent_Args> args;
  args.buffer = raw_;
  call<&PJRT_Api::PJRT_Buffer_ReadyEvent>(client_->api(), args);
  return {*client_, args.event};
}

bool Buffer::is_ready() const {
  return seen_ready_.load(std::memory_order_acquire) || ready_event().is_ready();
}

void Buffer::await() const {
  if (seen_ready_.load(std::memory_order_acquire)) return;
  ready_event().await();
  seen_ready_.store(true, std::memory_order_release);
}

bool Buffer::is_deleted() const {
  Args<PJRT_Buffer_IsDeleted_Args> args;
  args.buffer = raw_;
  call<&PJRT_Api::PJRT_Buffer_IsDeleted>(client_->api(), args);
  return args.is_deleted;
}

void Buffer::delete_memory() const {
  client_->require_usable();
  Args<PJRT_Buffer_Delete_Args> args;
  args.buffer = raw_;
  call<&PJRT_Api::PJRT_Buffer_Delete>(client_->api(), args);
}

void* Buffer::unsafe_pointer() const {
  Args<PJRT_Buffer_UnsafePointer_Args> args;
  args.buffer = raw_;
  call<&PJRT_Api::PJRT_Buffer_UnsafePointer>(client_->api(), args);
  return reinterpret_cast<void*>(args.buffer_pointer);
}

const void* Buffer::host_data() const {
  if (!client_->is_cpu() || is_sub_byte(element_type()) || !is_row_major()) return nullptr;
  await();
  return unsafe_pointer();
}

void Buffer::to_host(std::span<std::byte> dst) const {
  size_t size = host_size(element_type(), dims());
  require<ValueError>(dst.size() >= size, "to_host: the array has ", size, " bytes, got room for ",
                      dst.size());
  if (const void* data = host_data()) {
    std::memcpy(dst.data(), data, size);
    return;
  }
  if (size > 0) to_host_by_plugin(dst.first(size));
}

void Buffer::to_host_by_plugin(std::span<std::byte> dst) const {
  client_->require_usable();
  RowMajorLayout layout(dims().size());
  Args<PJRT_Buffer_ToHostBuffer_Args> args;
  args.src = raw_;
  args.host_layout = &layout.layout;
  args.dst = dst.data();
  args.dst_size = dst.size();
  call<&PJRT_Api::PJRT_Buffer_ToHostBuffer>(client_->api(), args);
  Event(*client_, args.event).await();
}

Ref<Buffer> Buffer::copy_to(const Device& device) const {
  client_->require_usable();
  require<ValueError>(&device.client() == client_, "copy_to: ", device.description().to_string,
                      " is a device of another client");
  Args<PJRT_Buffer_CopyToDevice_Args> args;
  args.buffer = raw_;
  args.dst_device = device.raw();
  call<&PJRT_Api::PJRT_Buffer_CopyToDevice>(client_->api(), args);
  return make_ref<Buffer>(*client_, args.dst_buffer);
}

Ref<Buffer> Buffer::copy_to(const Memory& memory) const {
  client_->require_usable();
  Args<PJRT_Buffer_CopyToMemory_Args> args;
  args.buffer = raw_;
  args.dst_memory = client_->memory(memory.raw()).raw();
  call<&PJRT_Api::PJRT_Buffer_CopyToMemory>(client_->api(), args);
  return make_ref<Buffer>(*client_, args.dst_buffer);
}

ExternalReference::ExternalReference(Ref<Buffer> buffer) : buffer_(std::move(buffer)) {
  buffer_->client().require_usable();
  Args<PJRT_Buffer_IncreaseExternalReferenceCount_Args> args;
  args.buffer = buffer_->raw();
  call<&PJRT_Api::PJRT_Buffer_IncreaseExternalReferenceCount>(buffer_->client().api(), args);
}

ExternalReference& ExternalReference::operator=(ExternalReference&& o) noexcept {
  std::swap(buffer_, o.buffer_);
  return *this;
}

ExternalReference::~ExternalReference() {
  if (!buffer_ || !buffer_->client().is_usable()) return;
  Args<PJRT_Buffer_DecreaseExternalReferenceCount_Args> args;
  args.buffer = buffer_->raw();
  call_quietly<&PJRT_Api::PJRT_Buffer_DecreaseExternalReferenceCount>(buffer_->client().api(),
                                                                      args);
}

void* ExternalReference::data() const {
  Args<PJRT_Buffer_OpaqueDeviceMemoryDataPointer_Args> args;
  args.buffer = buffer_->raw();
  call<&PJRT_Api::PJRT_Buffer_OpaqueDeviceMemoryDataPointer>(buffer_->client().api(), args);
  return args.device_memory_ptr;
}

}  // namespace covector::pjrt

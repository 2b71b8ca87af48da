#include "covector/pjrt/buffer.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>
#include <vector>

#include "covector/base/error.h"
#include "covector/pjrt/api.h"
#include "covector/pjrt/client.h"
#include "covector/pjrt/relayout.h"

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

  SmallVector<int64_t, 8> minor_to_major;
  Args<PJRT_Buffer_MemoryLayout> layout;
};

bool is_descending(std::span<const int64_t> x) {
  return std::ranges::is_sorted(x, std::ranges::greater());
}

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
  return static_cast<ElementType>(number_of(args.type));
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

SmallVector<int64_t, 8> Buffer::minor_to_major() const {
  Args<PJRT_Buffer_GetMemoryLayout_Args> args;
  args.buffer = raw_;
  call<&PJRT_Api::PJRT_Buffer_GetMemoryLayout>(client_->api(), args);
  const PJRT_Buffer_MemoryLayout_Tiled& tiled = args.layout.tiled;
  if (number_of(args.layout.type) != PJRT_Buffer_MemoryLayout_Type_Tiled || tiled.num_tiles != 0)
    return {};
  return {tiled.minor_to_major, tiled.minor_to_major + tiled.minor_to_major_size};
}

bool Buffer::is_row_major() const {
  size_t rank = dims().size();
  if (rank < 2) return true;
  auto order = minor_to_major();
  return order.size() == rank && is_descending({order.data(), rank});
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

void Buffer::to_host(std::span<std::byte> dst) const { start_to_host(dst).await(); }

Event Buffer::start_to_host(std::span<std::byte> dst) const {
  auto shape = dims();
  size_t size = host_size(element_type(), shape);
  require<ValueError>(dst.size() >= size, "to_host: the array has ", size, " bytes, got room for ",
                      dst.size());
  if (size == 0) return {};
  dst = dst.first(size);
  if (!client_->is_cpu()) {
    RowMajorLayout layout(shape.size());
    return copy_by_plugin(&layout.layout, dst);
  }
  auto order = shape.size() < 2 ? SmallVector<int64_t, 8>() : minor_to_major();
  if (is_descending({order.data(), order.size()})) {
    copy_cpu_bytes(dst);
    return {};
  }
  // Not left to the plugin: some CPU plugins do not heed the layout asked for.
  std::vector<std::byte> dense(size);
  copy_cpu_bytes(dense);
  size_t item = std::max<size_t>(1, static_cast<size_t>(bit_width(element_type())) / 8);
  copy_row_major(dense.data(), dst.data(), item, shape, {order.data(), order.size()});
  return {};
}

// In the order that the elements have in memory.
void Buffer::copy_cpu_bytes(std::span<std::byte> dst) const {
  if (is_sub_byte(element_type())) return copy_by_plugin(nullptr, dst).await();
  await();
  std::memcpy(dst.data(), unsafe_pointer(), dst.size());
}

Event Buffer::copy_by_plugin(PJRT_Buffer_MemoryLayout* layout, std::span<std::byte> dst) const {
  client_->require_usable();
  Args<PJRT_Buffer_ToHostBuffer_Args> args;
  args.src = raw_;
  args.host_layout = layout;
  args.dst = dst.data();
  args.dst_size = dst.size();
  call<&PJRT_Api::PJRT_Buffer_ToHostBuffer>(client_->api(), args);
  return {*client_, args.event};
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

#include "covector/runtime/transfer.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <mutex>

#include "covector/base/blocking.h"
#include "covector/pjrt/client.h"
#include "covector/pjrt/transfer.h"
#include "covector/runtime/backend.h"
#include "covector/runtime/callbacks.h"
#include "covector/runtime/sharded.h"
#include "covector/runtime/transfer_guard.h"

namespace covector::runtime {
namespace {

// Serializes the writers of Array::set_buffer; arrays share a few locks.
std::mutex& lock_of(const Array& a) {
  static std::array<std::mutex, 16>* locks = new std::array<std::mutex, 16>;
  return (*locks)[reinterpret_cast<uintptr_t>(&a) >> 6 & 15];
}

pjrt::ElementType element_type(const Aval& a) {
  return static_cast<pjrt::ElementType>(a.dtype().id() == DTypeId::kFloat0 ? DTypeId::kBool
                                                                           : a.dtype().id());
}

[[noreturn]] void deleted(const Array& a) {
  std::string sizes;
  for (int64_t n : a.aval.shape()) sizes += str(sizes.empty() ? "" : ",", n);
  fail<RuntimeError>("Array has been deleted with shape=", a.aval.dtype()->name, "[", sizes, "]",
                     ". It was donated to a jitted function (donate_argnums) or deleted; keep "
                     "using the function's result instead.");
}

Ref<const DeviceBuffer> wrap(Ref<pjrt::Buffer> b, const pjrt::Device& d) {
  return make_ref<const DeviceBuffer>(std::move(b), d);
}

Ref<const DeviceBuffer> put_host(const Array& a, const void* data, const pjrt::Device& device,
                                 Ref<const Buffer> source = {}) {
  Aval p = physical_aval(a.aval);
  pjrt::HostArray host{.data = data, .type = element_type(p), .dims = p.shape()};
  return make_ref<const DeviceBuffer>(pjrt::to_device(host, device), device, std::move(source));
}

// Waits in slices, so that the front end can look for signals in between.
void await(const pjrt::Buffer& b) {
  if (b.is_ready()) return b.await();
  Blocking blocking;
  pjrt::Event e = b.ready_event();
  auto poll = blocking_hooks().poll;
  if (!poll) return e.await();
  for (int rounds = 0; !e.await_for(std::chrono::milliseconds(100)); ++rounds) {
    poll();
    if (rounds >= 50) require_progress(b.client());
  }
}

// Null if the storage is in host memory or on several devices, or if there is none.
const DeviceBuffer* as_device(const Buffer* b) {
  if (!b || b->place != Buffer::Place::kDevice) return nullptr;
  auto* storage = static_cast<const DeviceStorage*>(b);
  return storage->sharded ? nullptr : static_cast<const DeviceBuffer*>(storage);
}

}  // namespace

void DeviceBuffer::read(void* dst) const {
  await(*pjrt);
  size_t n = pjrt::host_size(pjrt->element_type(), pjrt->dims());
  if (const void* data = pjrt->host_data()) {
    std::memcpy(dst, data, n);
    return;
  }
  Blocking blocking;
  pjrt->to_host({static_cast<std::byte*>(dst), n});
}

Aval physical_aval(const Aval& a) {
  if (!is_extended(a.dtype())) return a;
  Shape s = a.shape();
  for (int64_t d : a.dtype()->element_shape) s.push_back(d);
  return Aval(DType(a.dtype()->physical), s);
}

const pjrt::Device* device_of(const Array& a) {
  if (const DeviceBuffer* b = as_device(a.buffer())) return b->device;
  const ShardedBuffer* s = shards_of(a);
  return s ? device_of(s->shards[0].data()) : nullptr;
}

namespace {

// The array is on another device; nothing is remembered, it stays where it is.
Ref<const DeviceBuffer> copied(const Array& a, const DeviceBuffer& from,
                               const pjrt::Device& device) {
  if (from.deleted()) deleted(a);
  guard_transfer(Transfer::kDeviceToDevice, a.aval);
  if (&from.device->client() == &device.client()) return wrap(from.pjrt->copy_to(device), device);
  std::vector<std::byte> bytes(static_cast<size_t>(physical_aval(a.aval).bytes()));
  from.read(bytes.data());
  return put_host(a, bytes.data(), device);
}

// All elements on one device: from the shard there that has them all, else by way of the host.
Ref<const DeviceBuffer> gathered(const Array& a, const ShardedBuffer& from,
                                 const pjrt::Device& device) {
  if (from.deleted()) deleted(a);
  for (const ShardedBuffer::Shard& s : from.shards)
    if (s.data().aval.shape() == a.aval.shape() && device_of(s.data()) == &device)
      return on_device(s.data(), device);
  guard_transfer(Transfer::kDeviceToDevice, a.aval);
  std::vector<std::byte> bytes(static_cast<size_t>(physical_aval(a.aval).bytes()));
  from.read(bytes.data());
  return put_host(a, bytes.data(), device);
}

}  // namespace

Ref<const DeviceBuffer> on_device(const Array& a, const pjrt::Device& device) {
  const DeviceBuffer* have = as_device(a.buffer());
  if (have && have->device == &device) return Ref<const DeviceBuffer>(have);
  if (have && !a.scalar()) return copied(a, *have, device);
  if (const ShardedBuffer* s = shards_of(a)) return gathered(a, *s, device);
  std::unique_lock lock(lock_of(a));
  have = as_device(a.buffer());
  if (have && have->device == &device) return Ref<const DeviceBuffer>(have);
  if (have && !a.scalar()) {  // another thread was quicker, with another device
    lock.unlock();
    return copied(a, *have, device);
  }
  // A buffer that readers without the lock may have seen is never let go: the first one on a
  // device stays, and it keeps the host memory that it replaces.
  const void* data =
      a.scalar() ? a.scalar()->bytes : static_cast<const HostBuffer&>(*a.buffer()).bytes.data();
  auto b = put_host(a, data, device, Ref<const Buffer>(a.scalar() ? nullptr : a.buffer()));
  if (!have) a.set_buffer(b);
  return b;
}

Value to_array(const Aval& aval, HostMemory m, const pjrt::Device& device, bool committed) {
  Aval p = physical_aval(aval);
  pjrt::HostArray host{
      .data = m.data, .type = element_type(p), .dims = p.shape(), .byte_strides = m.byte_strides};
  auto semantics =
      m.done ? pjrt::HostSemantics::kImmutableZeroCopy : pjrt::HostSemantics::kOnlyDuringCall;
  auto b = pjrt::to_device(host, device, nullptr, semantics, std::move(m.done));
  return make_ref<const Array>(aval, Ref<const Buffer>(wrap(std::move(b), device)), committed);
}

Value put(const Value& v, const pjrt::Device& device, bool committed) {
  const Array* a = v.array();
  invariant(a != nullptr, "put: not a concrete array");
  if (a->committed() == committed && device_of(*a) == &device && !shards_of(*a)) return v;
  return make_ref<const Array>(a->aval, Ref<const Buffer>(on_device(*a, device)), committed);
}

void block_until_ready(const Array& a) {
  if (const ShardedBuffer* s = shards_of(a)) {
    if (s->deleted()) deleted(a);
    for (const ShardedBuffer::Shard& shard : s->shards) block_until_ready(shard.data());
    return;
  }
  const DeviceBuffer* b = as_device(a.buffer());
  if (!b) return;
  if (b->deleted()) deleted(a);
  await(*b->pjrt);
}

bool is_ready(const Array& a) {
  if (const ShardedBuffer* s = shards_of(a)) {
    if (s->deleted()) deleted(a);
    return std::ranges::all_of(s->shards, [](const auto& shard) { return is_ready(shard.data()); });
  }
  const DeviceBuffer* b = as_device(a.buffer());
  if (b && b->deleted()) deleted(a);
  return !b || b->pjrt->is_ready();
}

void read(const Array& a, void* dst) {
  if (a.scalar()) {
    std::memcpy(dst, a.scalar()->bytes, a.aval.dtype()->itemsize);
    return;
  }
  if (a.buffer()->deleted()) deleted(a);
  if (const DeviceBuffer* b = as_device(a.buffer()); b && !host_data(a))
    guard_transfer(Transfer::kDeviceToHost, a.aval);
  a.buffer()->read(dst);
}

const void* host_data(const Array& a) {
  if (!a.buffer() || shards_of(a)) return nullptr;
  const DeviceBuffer* b = as_device(a.buffer());
  if (!b) return static_cast<const HostBuffer&>(*a.buffer()).bytes.data();
  if (b->deleted()) deleted(a);
  await(*b->pjrt);
  return b->pjrt->host_data();
}

void delete_array(const Array& a) {
  if (const ShardedBuffer* s = shards_of(a)) {
    for (const ShardedBuffer::Shard& shard : s->shards) delete_array(shard.data());
    return;
  }
  const pjrt::Device* d = device_of(a);
  on_device(a, d ? *d : default_device())->pjrt->delete_memory();
}

}  // namespace covector::runtime

// The foreign function through which compiled programs call the host.

#include "covector/runtime/callbacks.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "covector/base/blocking.h"
#include "covector/control/callback.h"
#include "covector/core/axes.h"
#include "covector/pjrt/event.h"
#include "covector/runtime/backend.h"
#include "covector/runtime/foreign.h"
#include "covector/runtime/transfer.h"

namespace covector::runtime {
namespace {

namespace ffi = pjrt::ffi;

constexpr int kInternal = 13;

// Launches that this thread is in the middle of, and callbacks of others.
thread_local int launches = 0, foreign_callbacks = 0;
// Programs that callbacks launched and that call back in turn: callbacks of these would wait for
// themselves where they compute.
std::atomic<int> calling_aside{0};

struct InCallback {
  InCallback() : foreign(launches == 0) { foreign_callbacks += foreign; }
  ~InCallback() { foreign_callbacks -= foreign; }
  const bool foreign;
};

// The only attribute, `id`.
int64_t id_of(const ffi::CallFrame& frame) {
  const ffi::AttrList& attrs = frame.attributes;
  invariant(attrs.size == 1 && attrs.types[0] == ffi::AttrType::kScalar,
            "a callback is called without its number");
  return *static_cast<const int64_t*>(static_cast<const ffi::Scalar*>(attrs.items[0])->value);
}

std::vector<ffi::BufferView*> arrays_of(const ffi::BufferList& list) {
  std::vector<ffi::BufferView*> arrays;
  for (int64_t i = 0; i < list.size; ++i) {
    auto* b = static_cast<ffi::BufferView*>(list.items[i]);
    if (b->type != ffi::DataType::kToken) arrays.push_back(b);
  }
  return arrays;
}

bool is_packed(const Aval& a) { return a.dtype()->bits < 8; }

// Elements smaller than a byte are packed on devices, the first one in the lowest bits, and take
// a byte each on the host.
Value unpacked(const Aval& a, const void* packed) {
  const unsigned bits = a.dtype()->bits, per_byte = 8 / bits, mask = (1u << bits) - 1;
  const bool has_sign = is_signed_int(a.dtype());
  std::vector<uint8_t> bytes(static_cast<size_t>(a.size()));
  for (size_t i = 0; i < bytes.size(); ++i) {
    unsigned x = static_cast<const uint8_t*>(packed)[i / per_byte] >> (i % per_byte * bits) & mask;
    if (has_sign && x >> (bits - 1)) x |= ~mask;
    bytes[i] = static_cast<uint8_t>(x);
  }
  return host_array(a, bytes.data());
}

void pack(const Array& from, void* to) {
  const unsigned bits = from.aval.dtype()->bits, per_byte = 8 / bits, mask = (1u << bits) - 1;
  std::vector<uint8_t> bytes(static_cast<size_t>(from.aval.size()));
  read(from, bytes.data());
  auto* out = static_cast<uint8_t*>(to);
  std::fill_n(out, (bytes.size() + per_byte - 1) / per_byte, uint8_t{0});
  for (size_t i = 0; i < bytes.size(); ++i)
    out[i / per_byte] |= static_cast<uint8_t>((bytes[i] & mask) << (i % per_byte * bits));
}

void call_host(const CallbackTarget& t, const ffi::CallFrame& frame) {
  std::vector<ffi::BufferView*> in = arrays_of(frame.operands), out = arrays_of(frame.results);
  invariant(in.size() == t.operands.size() && out.size() == t.results.size(),
            "a callback is called with ", in.size(), " arrays for ", out.size());
  Values args;
  for (size_t i = 0; i < in.size(); ++i) {
    const Aval& a = t.operands[i];
    args.push_back(is_packed(a) ? unpacked(a, in[i]->data) : host_array(a, in[i]->data));
  }
  // The thread may be one that is in the middle of tracing.
  WithTrace with(eval_trace());
  WithoutAxes hidden;
  InCallback inside;
  std::optional<ComputeAside> aside;
  if (inside.foreign) aside.emplace();
  Values results = t.call(args);
  for (size_t i = 0; i < out.size(); ++i) {
    if (!t.results[i].bytes()) continue;
    const Array& a = *results[i].array();
    is_packed(a.aval) ? pack(a, out[i]->data) : read(a, out[i]->data);
  }
}

ffi::Error* fail_with(const ffi::CallFrame& frame, const std::string& text) {
  return ffi::make_error(frame, kInternal, ("CpuCallback error calling callback: " + text).c_str());
}

ffi::Error* callback(ffi::CallFrame* frame) noexcept {
  if (ffi::MetadataExtension* query = ffi::metadata_query(*frame)) {
    query->metadata->version.major = frame->api->version.major;
    query->metadata->version.minor = frame->api->version.minor;
    return nullptr;
  }
  Ref<const CallbackTarget> target;
  try {
    target = CallbackTarget::find(id_of(*frame));
    invariant(static_cast<bool>(target), "a callback is called that is gone");
    call_host(*target, *frame);
    return nullptr;
  } catch (const std::exception& e) {
    return fail_with(*frame, target ? target->function->explain(e) : e.what());
  } catch (...) {
    return fail_with(*frame, "unknown exception");
  }
}

// Launched programs whose effects have not all happened.
class Running {
 public:
  void begin() {
    std::lock_guard lock(mutex_);
    ++count_;
  }
  void end(const pjrt::ErrorReport& error) {
    std::lock_guard lock(mutex_);
    --count_;
    if (!error.ok() && error_.ok()) error_ = error;
    changed_.notify_all();
  }
  // False if there are still some after the time.
  bool wait_for(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, timeout, [&] { return count_ == 0; });
  }
  pjrt::ErrorReport take_error() {
    std::lock_guard lock(mutex_);
    return std::exchange(error_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int64_t count_ = 0;
  pjrt::ErrorReport error_;
};

// Never destroyed: programs may end while the process exits.
Running& all_running() {
  static Running* r = new Running;
  return *r;
}

}  // namespace

void start_callbacks() {
  add_foreign_function(
      {.name = "covector_callback", .platform = "cpu", .handlers = {.execute = callback}});
}

Launching::Launching() { ++launches; }
Launching::~Launching() { --launches; }

void require_progress(const pjrt::Client& c) {
  require<RuntimeError>(
      foreign_callbacks == 0 || (is_aside(c) && calling_aside == 0),
      "a callback waits for a program that the device does not begin: it runs one after the other, "
      "and the program that called back has not ended. Compute in callbacks with what is not "
      "committed "
      "to a device, or with NumPy");
}

void running(Ref<const RefCounted> program, const pjrt::Client& c, const pjrt::Event& done,
             bool effects) {
  if (effects) all_running().begin();
  bool aside = is_aside(c);
  calling_aside += aside;
  done.on_ready([program = std::move(program), effects, aside](const pjrt::ErrorReport& error) {
    calling_aside -= aside;
    if (effects) all_running().end(error);
  });
}

void effects_barrier() {
  {
    Blocking blocking;
    auto poll = blocking_hooks().poll;
    while (!all_running().wait_for(std::chrono::milliseconds(100)))
      if (poll) poll();
  }
  pjrt::ErrorReport error = all_running().take_error();
  if (!error.ok()) error.raise();
}

}  // namespace covector::runtime

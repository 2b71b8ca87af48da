#include "covector/pjrt/event.h"

#include <condition_variable>
#include <mutex>
#include <utility>

#include "covector/pjrt/api.h"
#include "covector/pjrt/client.h"

namespace covector::pjrt {

namespace {

struct Callback {
  const PJRT_Api* api;
  std::function<void(const ErrorReport&)> f;
};

void run_callback(PJRT_Error* error, void* arg) noexcept {
  std::unique_ptr<Callback> callback(static_cast<Callback*>(arg));
  callback->f(take_error(callback->api, error));
}

}  // namespace

struct Event::Signal {
  std::mutex mutex;
  std::condition_variable changed;
  bool ready = false;
};

Event::Event(Event&& o) noexcept
    : client_(o.client_), raw_(std::exchange(o.raw_, nullptr)), signal_(std::move(o.signal_)) {}

Event& Event::operator=(Event&& o) noexcept {
  std::swap(client_, o.client_);
  std::swap(raw_, o.raw_);
  std::swap(signal_, o.signal_);
  return *this;
}

Event::~Event() {
  if (!raw_) return;
  Args<PJRT_Event_Destroy_Args> args;
  args.event = raw_;
  call_quietly<&PJRT_Api::PJRT_Event_Destroy>(client_->api(), args);
}

bool Event::is_ready() const {
  if (!raw_) return true;
  Args<PJRT_Event_IsReady_Args> args;
  args.event = raw_;
  call<&PJRT_Api::PJRT_Event_IsReady>(client_->api(), args);
  return args.is_ready;
}

void Event::throw_error_if_any() const {
  Args<PJRT_Event_Error_Args> args;
  args.event = raw_;
  call<&PJRT_Api::PJRT_Event_Error>(client_->api(), args);
}

void Event::await() const {
  if (!raw_) return;
  if (is_ready()) return throw_error_if_any();
  client_->require_usable();
  Args<PJRT_Event_Await_Args> args;
  args.event = raw_;
  call<&PJRT_Api::PJRT_Event_Await>(client_->api(), args);
}

bool Event::await_for(std::chrono::nanoseconds timeout) {
  if (!raw_) return true;
  if (!is_ready()) {
    client_->require_usable();
    if (!signal_) {
      signal_ = std::make_shared<Signal>();
      on_ready([signal = signal_](const ErrorReport&) {
        std::lock_guard lock(signal->mutex);
        signal->ready = true;
        signal->changed.notify_all();
      });
    }
    std::unique_lock lock(signal_->mutex);
    if (!signal_->changed.wait_for(lock, timeout, [&] { return signal_->ready; })) return false;
  }
  throw_error_if_any();
  return true;
}

void Event::on_ready(std::function<void(const ErrorReport&)> f) const {
  if (!raw_) return f({});
  std::unique_ptr<Callback> callback(new Callback{client_->api(), std::move(f)});
  Args<PJRT_Event_OnReady_Args> args;
  args.event = raw_;
  args.callback = run_callback;
  args.user_arg = callback.get();
  call<&PJRT_Api::PJRT_Event_OnReady>(client_->api(), args);
  callback.release();
}

}  // namespace covector::pjrt

#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "covector/pjrt/c_types.h"
#include "covector/pjrt/error.h"

namespace covector::pjrt {

class Client;

// Something that will have happened: owns a PJRT_Event. Null after a move, and
// where the plugin had nothing to wait for; then it is ready.
class Event {
 public:
  Event() = default;
  Event(const Client& client, PJRT_Event* raw) noexcept : client_(&client), raw_(raw) {}
  Event(Event&& o) noexcept;
  Event& operator=(Event&& o) noexcept;
  ~Event();

  // True also if it ended in an error.
  bool is_ready() const;
  // Returns at once if it is ready. Throws the error it ended in, if any.
  void await() const;
  // Waits at most that long; false if it is still not ready. Throws like await.
  // For callers that have to look after something else meanwhile (signals).
  bool await_for(std::chrono::nanoseconds timeout);

  // Calls `f` once, when it is ready, on whatever thread makes it so: on this
  // one before the return, if it is ready already. `f` must not throw.
  void on_ready(std::function<void(const ErrorReport&)> f) const;

 private:
  struct Signal;

  void throw_error_if_any() const;

  const Client* client_ = nullptr;
  PJRT_Event* raw_ = nullptr;
  std::shared_ptr<Signal> signal_;  // of await_for
};

}  // namespace covector::pjrt

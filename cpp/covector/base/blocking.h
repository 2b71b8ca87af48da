#pragma once

namespace covector {

// What a front end does around calls that may take long: Python gives up its
// global lock, and looks for signals while waiting. All may be null.
struct BlockingHooks {
  // Called before the thread blocks; the result is passed to `leave`. Scopes
  // nest, and may be entered by a thread that does not hold the lock: then
  // `enter` returns null and `leave` is given it.
  void* (*enter)() = nullptr;
  void (*leave)(void*) = nullptr;
  // Called now and then while waiting, between `enter` and `leave`; throws to
  // give up waiting.
  void (*poll)() = nullptr;
};
void set_blocking_hooks(BlockingHooks);
const BlockingHooks& blocking_hooks();

// A scope in which the thread does no work of the front end.
class Blocking {
 public:
  Blocking() : state_(blocking_hooks().enter ? blocking_hooks().enter() : nullptr) {}
  ~Blocking() {
    if (blocking_hooks().leave) blocking_hooks().leave(state_);
  }
  Blocking(const Blocking&) = delete;
  Blocking& operator=(const Blocking&) = delete;

 private:
  void* const state_;
};

}  // namespace covector

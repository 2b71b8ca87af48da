#pragma once

#include "covector/base/ref.h"

namespace covector::pjrt {
class Client;
class Event;
}  // namespace covector::pjrt

namespace covector::runtime {

// Makes the foreign function known by which programs call the host
// (control/callback.h).
void start_callbacks();

// A program with callbacks has been launched on a client: keeps it until `done`. With
// `effects`, effects_barrier waits for it.
void running(Ref<const RefCounted> program, const pjrt::Client&, const pjrt::Event& done,
             bool effects);

// The scope of a launch: callbacks that run on this thread meanwhile belong to it.
class Launching {
 public:
  Launching();
  ~Launching();
  Launching(const Launching&) = delete;
  Launching& operator=(const Launching&) = delete;
};

// To be called where a thread has waited long for a device of this client: throws
// RuntimeError in a callback of a program that runs on a thread of the device. Plugins
// may begin no other program before that one has ended, so that it never would.
void require_progress(const pjrt::Client&);

// Waits until the effects of all launched programs have happened. Throws what
// one of them that failed reported.
void effects_barrier();

}  // namespace covector::runtime

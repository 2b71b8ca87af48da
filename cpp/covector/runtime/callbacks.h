#pragma once

#include "covector/base/ref.h"

namespace covector::pjrt {
class Event;
}  // namespace covector::pjrt

namespace covector::runtime {

// Makes the foreign function known by which programs call the host
// (control/callback.h).
void start_callbacks();

// A program with callbacks has been launched: keeps it until `done`. With
// `effects`, effects_barrier waits for it.
void running(Ref<const RefCounted> program, const pjrt::Event& done, bool effects);

// Waits until the effects of all launched programs have happened. Throws what
// one of them that failed reported.
void effects_barrier();

}  // namespace covector::runtime

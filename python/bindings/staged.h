#pragma once

#include "jit_call.h"

namespace covector::bindings {

// The Python object of a trace: what `stages.Traced` is made of.
py::object staged_object(Ref<const JitTrace>);

}  // namespace covector::bindings

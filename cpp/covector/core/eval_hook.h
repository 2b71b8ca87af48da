#pragma once

#include "covector/core/primitive.h"

namespace covector {

// Called in place of each operation that runs at once while keys are checked
// (Option::kDebugKeyReuse); it runs the operation by `run`. What checks them is above
// the core.
using EvalHook = Values (*)(const Op&, Args, Values (*run)(const Op&, Args));
void set_eval_hook(EvalHook);

}  // namespace covector

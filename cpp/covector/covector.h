#pragma once

// Everything an embedding program needs. A first program:
//
//   covector::runtime::start();
//   covector::Fun f = [](covector::Args a) -> covector::Values { return {sin(a[0]) * a[0]}; };
//   covector::Values g = covector::jit(covector::grad(f))(covector::Values{covector::Value(2.0)});
//
// The device is that of the plugin named in COVECTOR_PLUGINS, or registered with
// covector::pjrt::register_plugin.

#include "covector/control/control.h"
#include "covector/control/custom_vjp.h"
#include "covector/control/custom_vmap.h"
#include "covector/control/linear_call.h"
#include "covector/control/remat.h"
#include "covector/control/windows.h"
#include "covector/core/config.h"
#include "covector/core/jaxpr.h"
#include "covector/hlo/custom_call.h"
#include "covector/lax/conv.h"
#include "covector/lax/lax.h"
#include "covector/lax/linalg.h"
#include "covector/numpy/numpy.h"
#include "covector/pjrt/discovery.h"
#include "covector/runtime/backend.h"
#include "covector/runtime/foreign.h"
#include "covector/runtime/jit.h"
#include "covector/runtime/program.h"
#include "covector/runtime/transfer.h"
#include "covector/transforms/transforms.h"

#pragma once

// Jaxprs made of the parts of one jaxpr. None of these traces anything.

#include "covector/control/lists.h"

namespace covector {

// The same equations with some of the inputs and outputs, in another order.
ClosedJaxpr reorder(const ClosedJaxpr&, const lists::Order& in, const lists::Order& out);

// As consts_to_inputs, but the same jaxpr each time for the same jaxpr, so that
// what is kept with it is found again. The constants are not part of the result.
ClosedJaxpr open_consts(const ClosedJaxpr&);

// Which outputs depend on the marked inputs.
Mask depends_on(const Jaxpr&, const Mask& inputs);

// A jaxpr divided by what is known of its inputs. Equations with effects, and
// those with an unknown operand, are unknown.
struct SplitJaxpr {
  // Known inputs -> (known outputs..., residuals...).
  ClosedJaxpr known;
  // (residuals..., unknown inputs...) -> unknown outputs. Without constants.
  ClosedJaxpr unknown;
  Mask unknown_out;
  size_t residuals = 0;
};
// Outputs in `as_unknown` are unknown outputs even if they are known.
SplitJaxpr split_jaxpr(const ClosedJaxpr&, const Mask& unknown_in, const Mask& as_unknown);

// Results of work on a jaxpr that are kept with it. Each user of Jaxpr::memo
// has a kind of its own; transforms/ and control/call.cpp have those below 10.
// A result must not hold the jaxpr itself: neither would ever be freed.
enum class Memo : size_t {
  kOpenConsts = 10,
  kIdentity,
  kScanPrepared,
  kScanJvp,
  kScanLinear,
  kScanTransposed,
  kScanSplit,
  kScanBatched,
  kScanDce,
  kWhilePrepared,
  kWhileBounded,
  kWhileJvp,
  kWhileCond,
  kWhileBatched,
  kWhileDce,
  kCondPrepared,
  kCondWidened,
  kCondJvp,
  kCondLinear,
  kCondTransposed,
  kCondBatched,
  kCondDce,
  kForiBody,
  kForiLimited,
  kSolve,
  kKeyUses,
};
template <class T>
Ref<const T> memo(const Jaxpr& j, Memo kind, std::string key,
                  const std::function<Ref<const T>()>& make) {
  auto made = j.memo(static_cast<size_t>(kind), std::move(key),
                     [&]() -> Ref<const RefCounted> { return make(); });
  return Ref<const T>(static_cast<const T*>(made.get()));
}
// A jaxpr as something that is kept.
struct KeptJaxpr : RefCounted {
  explicit KeptJaxpr(ClosedJaxpr c) : jaxpr(std::move(c)) {}
  const ClosedJaxpr jaxpr;
};

}  // namespace covector

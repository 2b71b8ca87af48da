#pragma once

#include <functional>
#include <string>

#include "covector/core/jaxpr.h"
#include "covector/core/trace.h"

namespace covector {

// A call of a staged function: what `jit` inside a transformation becomes.
struct CallParams {
  std::string name;
  ClosedJaxpr jaxpr;  // constants converted to inputs
  bool inline_ = false;
  bool keep_unused = false;
  Mask donated;  // of the operands; empty: none
  void fields(FieldVisitor&) const;
  bool operator==(const CallParams&) const = default;
};
extern const Primitive jit_p;
Values call(const CallParams&, Args);

// Reduces axes of all operands at once by an associative body of scalars,
// (accumulators..., elements...) -> accumulators, of which `inits` is the
// identity (control/reduce.cpp).
Values reduce(Args operands, Args inits, const ClosedJaxpr& body, std::span<const int64_t> axes);

// A staged function whose leading inputs are what it closed over.
struct Closure {
  ClosedJaxpr jaxpr;
  Values consts;
};

// Runs `body`, (carry..., slices of xs...) -> (carry..., slices of results...),
// `length` times. Gives the last carry, and the results stacked (control/scan.cpp).
struct ScanOptions {
  int64_t length = -1;  // negative: that of xs
  bool reverse = false;
  int64_t unroll = 1;  // iterations that are one of the loop; 0: all
};
Values scan(const Fun& body, Args init, Args xs, ScanOptions = {});
// The same with a staged body, of (consts..., carry..., slices...), whose carry
// has the same types as an input and as an output.
Values scan(const ClosedJaxpr& body, Args consts, Args init, Args xs, const ScanOptions&);

// Applies `body` to the carry while `cond` of it, a boolean scalar, holds
// (control/while.cpp).
Values while_loop(const Fun& cond, const Fun& body, Args init);
// The same with staged functions. With `max_steps` the condition has to see to it
// that there are no more; then the loop has a reverse mode.
Values while_loop(const Closure& cond, const Closure& body, Args init, int64_t max_steps = -1);
// The same, which stops after `max_steps` by itself. Reverse mode keeps about
// 2 sqrt(max_steps) carries and computes the others again (control/bounded_while.cpp).
Values bounded_while_loop(const Fun& cond, const Fun& body, Args init, int64_t max_steps);
Values bounded_while_loop(const Closure& cond, const Closure& body, Args init, int64_t max_steps);

// Applies `body`, (counter, carry...) -> carry..., for each counter from `lower`
// on (control/fori.cpp): `length` times as a scan, which has a reverse mode, or up
// to `upper`. Staged bodies have leading constants.
Values fori_loop(int64_t lower, int64_t upper, const Fun& body, Args init);
Values fori_loop(const Value& lower, const Value& upper, const Fun& body, Args init);
Values fori_loop(const ClosedJaxpr& body, Args consts, const Value& lower, Args init,
                 const ScanOptions&);
Values fori_loop(const ClosedJaxpr& body, Args consts, const Value& lower, const Value& upper,
                 Args init);

// Runs one branch on the operands, chosen by a boolean scalar or by an integer
// that is moved into range (control/cond.cpp).
Values cond(const Value& pred, const Fun& on_true, const Fun& on_false, Args operands);
Values switch_case(const Value& index, std::span<const Fun> branches, Args operands);
// The same with staged branches of one type, and an index of type int32 that is in
// range. `branches_platforms`: None, or the platforms that each branch is for (None:
// any), of which the program's decides.
Values switch_case(const Value& index, std::span<const Closure> branches, Args operands,
                   const Param& branches_platforms = {});

// The solution of matvec(x) = b that `solve` finds. Derivatives are those of the
// equation: `solve` is not differentiated, and backward `transpose_solve` is used
// (control/linear_solve.cpp). `vecmat` and `transpose_solve` may be null together.
struct LinearSolve {
  Closure matvec, vecmat, solve, transpose_solve;
};
Values custom_linear_solve(const LinearSolve&, Args b);

// Runs f, or its derivative rule under differentiation.
Values custom_jvp_call(const Ref<const CustomJvp>&, Args);
extern const Primitive custom_jvp_call_p;

}  // namespace covector

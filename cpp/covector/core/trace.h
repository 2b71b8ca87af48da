#pragma once

#include <functional>
#include <string>

#include "covector/core/primitive.h"

namespace covector {

using Fun = std::function<Values(Args)>;

// A function with a derivative rule of its own, as it crosses traces. Its jvp
// maps primals and tangents to primals and tangents. Tangents of the operands
// are instantiated zeros unless `symbolic_zeros`, when null stands for zero.
struct CustomJvp : RefCounted {
  std::string name;
  Fun fun;
  std::function<JvpOut(Args primals, Args tangents)> jvp;
  bool symbolic_zeros = false;
};

// An interpreter of primitives. Exactly one is current in each thread; a
// transformation makes itself current while it runs the user's function, and
// makes its parent current while it runs a rule. A tracer of another trace is
// a constant to it.
class Trace : public RefCounted {
 public:
  virtual Values process(const Op&, Args) = 0;
  virtual Values process_custom_jvp(const Ref<const CustomJvp>&, Args) = 0;
  // Whether operations are recorded as they are, also those on references.
  virtual bool records() const { return false; }
  // For messages: "jit", "grad", ...
  virtual std::string_view kind() const = 0;

  // False once the transformation has returned: tracers still around leaked.
  bool alive() const { return alive_; }
  void close() { alive_ = false; }
  // Where the transformation was called, for messages.
  std::string origin;

 private:
  bool alive_ = true;
};

Trace& current_trace();
// True if operations run at once, with no transformation in between.
bool is_eager();

class WithTrace {
 public:
  explicit WithTrace(Trace&);
  ~WithTrace();
  WithTrace(const WithTrace&) = delete;
  WithTrace& operator=(const WithTrace&) = delete;

 private:
  Trace* const previous_;
};

// Closes a trace at the end of the scope, also when the user's function throws.
class CloseTrace {
 public:
  explicit CloseTrace(Trace& t) : trace_(&t) {}
  ~CloseTrace() { trace_->close(); }
  CloseTrace(const CloseTrace&) = delete;
  CloseTrace& operator=(const CloseTrace&) = delete;

 private:
  const Ref<Trace> trace_;
};

// What runs operations at once; installed by the runtime. Kept apart from the
// trace so that several evaluators can share the work (compiled programs now,
// host kernels later).
class Evaluator {
 public:
  virtual Values evaluate(const Op&, Args arrays) = 0;

 protected:
  ~Evaluator() = default;
};
void set_evaluator(Evaluator*);
Evaluator& evaluator();

// The trace at the bottom: hands concrete operands to the evaluator.
Trace& eval_trace();

// The error for a tracer that outlived its transformation.
[[noreturn]] void leaked_tracer(const Tracer&, std::string_view where);

}  // namespace covector

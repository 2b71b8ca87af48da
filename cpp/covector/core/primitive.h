#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "covector/core/effects.h"
#include "covector/core/params.h"

namespace covector {

class Primitive;
class CallArgs;
struct Divided;
struct RematPolicy;

namespace hlo {
class Builder;
struct Operand;
using Operands = std::span<const Operand>;
using Results = SmallVector<Operand, 2>;
}  // namespace hlo

// A primitive applied to its parameters: everything about a call except its
// operands. Rules get the Op so that they can bind it again.
struct Op {
  const Primitive* prim = nullptr;
  Params params;

  template <class P>
  const P& get() const {
    return static_cast<const ParamsOf<P>&>(*params).value;
  }
  Values bind(Args) const;
  Values bind(std::initializer_list<Value> a) const { return bind(Args(a.begin(), a.size())); }
  // The single result of a primitive that has one.
  Value bind1(Args a) const { return std::move(bind(a)[0]); }
  Value bind1(std::initializer_list<Value> a) const { return bind1(Args(a.begin(), a.size())); }
  bool operator==(const Op& o) const { return prim == o.prim && params_equal(params, o.params); }
  size_t hash() const;
  std::string_view name() const;
};

// Results and tangents of a jvp rule; a null tangent is a zero.
struct JvpOut {
  Values primals, tangents;
};

inline constexpr int kUnmapped = -1;
using MappedAxes = SmallVector<int, 4>;  // an axis of each value, or kUnmapped

struct BatchOut {
  Values values;
  MappedAxes axes;
};

// What a mapped axis is called: any hashable value of the front end.
using AxisName = Param;

// The mapped axis during batching. Operations that name it (collectives) meet
// their batch rule also where none of their operands is mapped.
struct AxisData {
  int64_t size = 0;
  AxisName name = {};  // None: it has none

  bool named() const { return !std::holds_alternative<Param::None>(name.v); }
};

// Result of a linearize rule. `apply` maps tangents (null: zero) to tangents;
// the caller stages it, so it may only do linear things with them.
struct LinearizeOut {
  Values primals;
  std::function<Values(Args tangents)> apply;
};

// An operand during transposition: either a known value, or linear.
struct TransposeArg {
  Value value;
  Aval aval;
  bool linear = false;
};
using TransposeArgs = std::span<const TransposeArg>;

// How a front end offers the primitive as a function of module `lax`.
struct FunctionDef {
  // Parameters as Python writes them, e.g. "operand, permutation" or
  // "x, y, /". Empty: the primitive has no function of its own.
  std::string_view signature = {};
  std::string_view doc = {};
  // Called with the arguments bound to the signature's parameters.
  std::function<Values(const CallArgs&)> call = {};
  // The function's name where it differs from the primitive's.
  std::string_view name = {};
};

// What a primitive does with a reference: kInlined has rules of its own and holds what is run.
enum class Access : uint8_t { kNone, kRead, kSwap, kAdd, kEnd, kInlined };

// All that the library knows about one primitive. A rule left out is an error
// of the transformation that needs it, at the time it needs it.
struct PrimitiveDef {
  std::string_view name = {};
  bool multiple_results = false;
  // Types of the results; checks the operands and the parameters. Required.
  std::function<Avals(const Op&, AvalSpan)> abstract_eval = {};
  std::function<JvpOut(const Op&, Args primals, Args tangents)> jvp = {};
  // Only for primitives that hold jaxprs: by default the jvp rule is run under
  // a trace that splits it (see transforms/linearize.cpp).
  std::function<LinearizeOut(const Op&, Args primals, const Mask& nonzero)> linearize = {};
  // Cotangents of the linear operands, null elsewhere (and where zero).
  std::function<Values(const Op&, Args cts, TransposeArgs)> transpose = {};
  std::function<BatchOut(const Op&, const AxisData&, Args, const MappedAxes&)> batch = {};
  // Writes StableHLO; `out` holds the types that abstract_eval gave.
  std::function<hlo::Results(const Op&, hlo::Builder&, hlo::Operands in, AvalSpan out)> lower = {};
  // Only for primitives that hold jaxprs: the op without results that are not
  // used; which operands it needs, and then, if it has more, which results it has.
  std::function<std::pair<Op, Mask>(const Op&, const Mask& used)> dce = {};
  // Only for primitives that look inside extended dtypes (random_bits, ...) or
  // hold jaxprs: the same on physical arrays. Others get it from their batch
  // rule (see transforms/physicalize.cpp).
  std::function<Values(const Op&, Args)> physical = {};
  std::function<Effects(const Op&)> effects = {};
  // How to run it at once, where that is not compiling this very op: as other
  // operations, whose compiled programs serve more calls (a slice at places
  // known now is a slice at places given as operands).
  std::function<Values(const Op&, Args arrays)> eager = {};
  // Whether references may be among the operands (see core/reference.h); and how jaxprs show what
  // reads or writes the first of them.
  bool takes_references = false;
  Access access = Access::kNone;
  // Only for primitives that hold jaxprs: the same by operations that know no references, on what
  // those among the operands hold.
  std::function<Values(const Op&, Args)> discharge = {};
  // It makes a reference, which may come to hold what is differentiated or mapped: its derivative
  // and batch rules run also where no operand is.
  bool makes_reference = false;
  // Only for primitives that hold jaxprs: divided by what a policy of rematerialization keeps
  // inside (see control/keeping.h).
  std::function<Divided(const Op&, const RematPolicy&)> divide = {};
  FunctionDef function = {};
};

class Primitive {
 public:
  // Registers itself. Primitives live until the process ends.
  explicit Primitive(PrimitiveDef def);
  Primitive(const Primitive&) = delete;
  Primitive& operator=(const Primitive&) = delete;

  const PrimitiveDef* operator->() const { return &def_; }
  const PrimitiveDef& def() const { return def_; }

  template <class P>
  Op with(P p) const {
    return {this, make_ref<const ParamsOf<P>>(std::move(p))};
  }
  Op op() const { return {this, {}}; }

  // In order of registration.
  static std::vector<const Primitive*> all();

 private:
  PrimitiveDef def_;
};

// The error of a transformation that meets a primitive without the rule.
[[noreturn]] void missing_rule(const char* rule, const Op&);

}  // namespace covector

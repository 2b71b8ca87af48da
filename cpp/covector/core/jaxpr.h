#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "covector/core/primitive.h"
#include "covector/core/source_info.h"

namespace covector {

// Variables are dense indices into Jaxpr::vars, so that an environment is a
// flat vector and a jaxpr holds no pointers into itself.
using VarId = uint32_t;

struct Atom {
  VarId var = 0;
  Value literal;  // not null: a rank-0 constant, and `var` means nothing
};

struct Eqn {
  Op op;
  SmallVector<Atom, 3> in;
  SmallVector<VarId, 1> out;
  Effects effects;
  Source source = nullptr;
};

// What the user's function calls its arguments and results, for messages.
struct DebugInfo : RefCounted {
  std::string function = "<unknown>";
  std::string file;
  int line = 0;
  std::vector<std::string> arg_names, result_paths;
};

// A program in static single assignment form. Built by one owner, then shared
// as const and never changed.
class Jaxpr : public RefCounted {
 public:
  std::vector<Aval> vars;
  std::vector<VarId> constvars, invars;
  std::vector<Eqn> eqns;
  std::vector<Atom> outs;
  Effects effects;
  Ref<const DebugInfo> debug;

  const Aval& aval(const Atom& a) const { return a.literal ? a.literal.aval() : vars[a.var]; }
  VarId new_var(Aval a) {
    vars.push_back(a);
    return static_cast<VarId>(vars.size() - 1);
  }

  // Results of transformations of this jaxpr (its jvp for a mask, ...), kept as
  // long as it lives. `make` runs without the lock; the first result wins.
  Ref<const RefCounted> memo(size_t kind, std::string key,
                             const std::function<Ref<const RefCounted>()>& make) const;

 private:
  mutable std::mutex memo_mutex_;
  mutable std::unordered_map<std::string, Ref<const RefCounted>> memo_;
};

struct ClosedJaxpr {
  Ref<const Jaxpr> jaxpr;
  Values consts;

  Avals in_avals() const;
  Avals out_avals() const;
  bool operator==(const ClosedJaxpr& o) const;
};

// Interprets the jaxpr under the current trace. Every transformation of a
// jaxpr is this function under that transformation's trace, staged again.
Values eval_jaxpr(const Jaxpr&, Args consts, Args args);
Values eval_jaxpr(const ClosedJaxpr&, Args args);

// The text of a jaxpr, in JAX's syntax.
std::string to_string(const Jaxpr&);
std::string to_string(const ClosedJaxpr&);
void append_to(std::string&, const Jaxpr&);
// The text of one parameter, as jaxprs print it.
std::string to_string(const FieldValue&);

// Checks every invariant of the IR: single assignment, definition before use,
// types as abstract_eval gives them, also inside. Throws InternalError.
void check_jaxpr(const Jaxpr&);

}  // namespace covector

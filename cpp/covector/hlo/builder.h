#pragma once

#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "covector/core/jaxpr.h"

namespace covector::hlo {

struct Module;
struct ModuleOptions;

// An SSA value of the module being written: %12, or %12#1 for one of several
// results, or %arg3.
struct Operand {
  int32_t id = 0;      // negative: argument -1 - id of the function
  int32_t index = -1;  // which of several results; -1: there is one
  Aval aval;           // null: a token
};

// The body of an operation with regions.
struct Region {
  Avals args;
  std::function<Results(Builder&, Operands)> body;
};

// Writes StableHLO text into one buffer, an operation at a time. Work is linear
// in what is written. Extended dtypes are written as their physical arrays.
class Builder {
 public:
  struct Options {
    bool locations = false;             // write the user's file and line with every operation
    std::string_view platform = "cpu";  // or "gpu", "tpu": rules may write what runs best there
  };
  Builder() = default;
  explicit Builder(Options o) : options_(o) {}
  std::string_view platform() const { return options_.platform; }
  bool for_cpu() const { return platform() == "cpu"; }

  // %r = stablehlo.<name> %a, %b : type
  // The operands have one shape, the result's.
  Operand elementwise(std::string_view name, Operands in, const Aval& out);
  // %r = "<dialect.name>"(%a, %b) {attrs} : (types) -> type
  // `name` without a dot is of dialect stablehlo.
  Operand op(std::string_view name, Operands in, const Aval& out, std::string_view attrs = {});
  Operand op(std::string_view name, std::initializer_list<Operand> in, const Aval& out,
             std::string_view attrs = {}) {
    return op(name, Operands(in.begin(), in.size()), out, attrs);
  }
  Operand elementwise(std::string_view name, std::initializer_list<Operand> in, const Aval& out) {
    return elementwise(name, Operands(in.begin(), in.size()), out);
  }
  Results op_n(std::string_view name, Operands in, AvalSpan outs, std::string_view attrs = {});
  // The same with regions, e.g. reduce, while, sort, scatter.
  Results region_op(std::string_view name, Operands in, AvalSpan outs,
                    std::span<const Region> regions, std::string_view attrs = {});

  // A constant of any shape. `splat` fills the type with one value (converted
  // to its dtype); integers that a double cannot hold go through the overload.
  Operand splat(const Aval&, double);
  Operand splat(const Aval&, int64_t);
  Operand constant(const Value&);  // must be concrete
  Operand constant_i32(int64_t x) { return splat(Aval(kInt32, {}), x); }
  Operand constant_i64(int64_t x) { return splat(Aval(kInt64, {}), x); }

  Operand convert(const Operand&, DType);
  Operand reshape(const Operand&, std::span<const int64_t> shape);
  Operand broadcast_in_dim(const Operand&, std::span<const int64_t> shape,
                           std::span<const int64_t> dims);
  Operand transpose(const Operand&, std::span<const int64_t> perm);
  Operand slice(const Operand&, std::span<const int64_t> start, std::span<const int64_t> limit,
                std::span<const int64_t> strides = {});
  // compare with direction EQ NE GE GT LE LT; total order for floats if asked.
  Operand compare(const Operand&, const Operand&, std::string_view direction, bool total = false);
  Operand select(const Operand& pred, const Operand& on_true, const Operand& on_false);
  // Broadcasts for an elementwise operation: rank 0, or equal rank with 1s.
  Operand broadcast_to(const Operand&, const Shape&);

  // The equations of a jaxpr, in line.
  Results inline_jaxpr(const ClosedJaxpr&, Operands args);
  // A call of a private function made of the jaxpr; equal jaxprs share one.
  Results call(std::string_view name, const ClosedJaxpr&, Operands args);

  // The last token of an ordered effect. A rule that has the effect takes it as
  // an operand and sets the one that it gives. A rule with regions that have the
  // effect carries it into them and out of them.
  Operand token(const Effect&);
  void set_token(const Effect&, const Operand&);

  // Keeps what the text refers to as long as programs made of it: an object that
  // the host is called through.
  void keep(Ref<const RefCounted> x) { kept_.push_back(std::move(x)); }

  // Text of a StableHLO type, e.g. tensor<2x3xf32>; cached in the aval. Avals of
  // one StableHLO type share one text, so that addresses tell types apart.
  static const std::string& type(const Aval&);

  // For rules that write an operation by hand: %n is `fresh()`, and `text` is
  // where to append. `name` appends an operand's name, `names`/`types` lists.
  int32_t fresh() { return next_++; }
  std::string& text() { return text_; }
  void name(const Operand&);
  void names(Operands);
  void types(Operands);

  // The user's line for the operations that follow.
  void set_source(Source s) { source_ = s; }

 private:
  friend Module make_module(const ClosedJaxpr&, const ModuleOptions&);

  // A private function: its text from "(" on, and where in it the names of the
  // functions that it calls belong.
  struct Function {
    Ref<const Jaxpr> jaxpr;
    std::string name;
    std::string text = {};  // empty once it is known to equal an earlier one
    std::vector<std::pair<size_t, uint32_t>> calls = {};
    bool linked = false;  // the names are in the text, and it has a unique one
  };
  using Tokens = SmallVector<std::pair<const Effect*, Operand>, 1>;

  void begin_op(size_t results, int32_t id);  // "%3:2 = "
  void end_op();                              // the location and the end of the line
  void signature(Operands in, AvalSpan outs);
  Operand scalar_constant(const Aval&, const Scalar&);
  Operand dense_constant(const Aval&, const std::vector<std::byte>&);
  Operand begin_unary(std::string_view name, const Operand&, const Aval& out);
  Operand end_unary(const Operand& x, const Operand& result);
  void region(const Region&);
  void location();

  void run_eqns(const Jaxpr&, std::vector<Operand>& env);
  Results read_outs(const Jaxpr&, const std::vector<Operand>& env);
  void function(Function&, const ModuleOptions* main);
  void head(Operands args, AvalSpan outs, const ModuleOptions* main);
  void link(uint32_t root);
  void complete(Function&);
  void splice(Function&) const;
  std::string location_table() const;
  std::string module(const ClosedJaxpr&, const ModuleOptions&);

  Options options_;
  std::string text_;
  int32_t next_ = 0;
  size_t indent_ = 4;
  Source source_ = nullptr;
  std::string_view primitive_;  // of the equation being lowered
  std::string scope_;           // leads the names of operations in locations
  Tokens tokens_;
  std::vector<Ref<const RefCounted>> kept_;
  std::vector<std::pair<size_t, uint32_t>> calls_;  // of the function being written
  std::vector<Function> functions_;
  std::unordered_map<const Jaxpr*, uint32_t> by_jaxpr_;
  std::unordered_map<std::string_view, const Function*> by_text_;
  std::unordered_map<std::string, int> names_in_use_;  // and the next suffix to try
  std::vector<Source> locations_;
  std::unordered_map<Source, size_t> location_ids_;
};

// Attribute texts.
std::string array_attr(std::string_view name, std::span<const int64_t>);  // name = array<i64: 1, 2>
std::string int_attr(std::string_view name, int64_t);                     // name = 1 : i64
std::string list(std::span<const int64_t>);                               // [1, 2]

}  // namespace covector::hlo

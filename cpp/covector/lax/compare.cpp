// Elementwise comparisons.

#include "covector/lax/elementwise.h"

namespace covector {

using namespace rules;

namespace {

struct Comparison {
  std::string_view name, summary, direction;
  DTypeSet accepts = kOrdered;
  Value (*f)(const Value&, const Value&) = nullptr;
  bool total = false;  // as IEEE 754's totalOrder has it
};

PrimitiveDef comparison(const Comparison& c) {
  return binary({
      .name = c.name,
      .summary = c.summary,
      .accepts = c.accepts,
      .result = bool_dtype,
      .jvp = zero_jvp,
      .lower = [direction = c.direction, total = c.total](
                   const Op&, hlo::Builder& b, hlo::Operands in, AvalSpan out) -> hlo::Results {
        const Shape& s = out[0].shape();
        bool ordered = total && !is_complex(in[0].aval.dtype());
        return {b.compare(b.broadcast_to(in[0], s), b.broadcast_to(in[1], s), direction, ordered)};
      },
      .f = c.f,
  });
}

// eq and ne of extended dtypes --------------------------------------------------------

// Marks the equality of elements that are arrays inside. Physically it compares
// all their parts: the batch rule over the axis of these (see
// transforms/physicalize.cpp) takes the results together.
struct WholeElements {
  void fields(FieldVisitor&) const {}
  bool operator==(const WholeElements&) const = default;
};

BatchOut equality_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes,
                        bool equal) {
  if (!op.params || is_extended(in[0].dtype())) return batch_elementwise(op, axis, in, axes);
  BatchOut r = batch_elementwise(op.prim->op(), axis, in, axes);
  Axes parts{r.axes[0]};
  return {{equal ? reduce_and(r.values[0], parts) : reduce_or(r.values[0], parts)}, {kUnmapped}};
}

PrimitiveDef equality(const Comparison& c, bool equal) {
  PrimitiveDef def = comparison(c);
  def.abstract_eval = elementwise_eval(c.accepts, bool_dtype, true);
  def.batch = [equal](const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
    return equality_batch(op, axis, in, axes, equal);
  };
  return def;
}

Value compare_equal(const Primitive& p, const Value& x, const Value& y) {
  if (is_extended(x.dtype())) return p.with(WholeElements{}).bind1({x, y});
  return p.op().bind1({x, y});
}

// The entries ---------------------------------------------------------------------------

const Primitive eq_p{equality({.name = "eq",
                               .summary = "Whether x == y for each pair of elements.",
                               .direction = "EQ",
                               .accepts = kAny,
                               .f = eq},
                              true)};

const Primitive ne_p{equality({.name = "ne",
                               .summary = "Whether x != y for each pair of elements.",
                               .direction = "NE",
                               .accepts = kAny,
                               .f = ne},
                              false)};

const Primitive ge_p{comparison({.name = "ge",
                                 .summary = "Whether x >= y for each pair of elements.",
                                 .direction = "GE",
                                 .f = ge})};

const Primitive gt_p{comparison({.name = "gt",
                                 .summary = "Whether x > y for each pair of elements.",
                                 .direction = "GT",
                                 .f = gt})};

const Primitive le_p{comparison({.name = "le",
                                 .summary = "Whether x <= y for each pair of elements.",
                                 .direction = "LE",
                                 .f = le})};

const Primitive lt_p{comparison({.name = "lt",
                                 .summary = "Whether x < y for each pair of elements.",
                                 .direction = "LT",
                                 .f = lt})};

// In total order: -NaN, -inf ... -0.0, 0.0 ... inf, NaN ------------------------------

// No functions of the public module: `_eq_to` and so on.
PrimitiveDef total_comparison(Comparison c, std::string_view function_name) {
  c.total = true;
  PrimitiveDef def = comparison(c);
  def.function.name = function_name;
  return def;
}

Value eq_to(const Value&, const Value&);
Value le_to(const Value&, const Value&);
Value lt_to(const Value&, const Value&);

const Primitive eq_to_p{total_comparison({.name = "eq_to",
                                          .summary = "Whether x and y are equal in total order.",
                                          .direction = "EQ",
                                          .accepts = kAny,
                                          .f = eq_to},
                                         "_eq_to")};

const Primitive le_to_p{total_comparison(
    {.name = "le_to", .summary = "Whether x <= y in total order.", .direction = "LE", .f = le_to},
    "_le_to")};

const Primitive lt_to_p{total_comparison(
    {.name = "lt_to", .summary = "Whether x < y in total order.", .direction = "LT", .f = lt_to},
    "_lt_to")};

Value eq_to(const Value& x, const Value& y) { return eq_to_p.op().bind1({x, y}); }
Value le_to(const Value& x, const Value& y) { return le_to_p.op().bind1({x, y}); }
Value lt_to(const Value& x, const Value& y) { return lt_to_p.op().bind1({x, y}); }

}  // namespace

Value eq(const Value& x, const Value& y) { return compare_equal(eq_p, x, y); }
Value ne(const Value& x, const Value& y) { return compare_equal(ne_p, x, y); }
Value ge(const Value& x, const Value& y) { return ge_p.op().bind1({x, y}); }
Value gt(const Value& x, const Value& y) { return gt_p.op().bind1({x, y}); }
Value le(const Value& x, const Value& y) { return le_p.op().bind1({x, y}); }
Value lt(const Value& x, const Value& y) { return lt_p.op().bind1({x, y}); }

}  // namespace covector

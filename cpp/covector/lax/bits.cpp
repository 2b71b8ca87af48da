// Elementwise operations on the bits of two operands.

#include "covector/lax/elementwise.h"

namespace covector {

using namespace rules;

namespace {

PrimitiveDef bit_op(BinarySpec s, std::string_view function_name = {}) {
  s.jvp = zero_jvp;
  PrimitiveDef def = binary(std::move(s));
  def.function.name = function_name;
  return def;
}

const Primitive and_p{bit_op(
    {
        .name = "and",
        .summary = "The bits set in both of each pair of elements; for booleans, logical and.",
        .accepts = kBits,
        .lower = hlo_op("and"),
        .f = bitwise_and,
    },
    "bitwise_and")};

const Primitive or_p{bit_op(
    {
        .name = "or",
        .summary = "The bits set in either of each pair of elements; for booleans, logical or.",
        .accepts = kBits,
        .lower = hlo_op("or"),
        .f = bitwise_or,
    },
    "bitwise_or")};

const Primitive xor_p{bit_op(
    {
        .name = "xor",
        .summary = "The bits set in just one of each pair of elements; for booleans, inequality.",
        .accepts = kBits,
        .lower = hlo_op("xor"),
        .f = bitwise_xor,
    },
    "bitwise_xor")};

const Primitive shift_left_p{bit_op({
    .name = "shift_left",
    .summary = "The bits of x moved up by y; 0 if y is not less than their number.",
    .accepts = kIntegers,
    .lower = hlo_op("shift_left"),
    .f = shift_left,
})};

const Primitive shift_right_logical_p{bit_op({
    .name = "shift_right_logical",
    .summary = "The bits of x moved down by y, filled up with zeros.",
    .accepts = kIntegers,
    .lower = hlo_op("shift_right_logical"),
    .f = shift_right_logical,
})};

const Primitive shift_right_arithmetic_p{bit_op({
    .name = "shift_right_arithmetic",
    .summary = "The bits of x moved down by y, filled up with copies of the highest one.",
    .accepts = kIntegers,
    .lower = hlo_op("shift_right_arithmetic"),
    .f = shift_right_arithmetic,
})};

}  // namespace

Value bitwise_and(const Value& x, const Value& y) { return and_p.op().bind1({x, y}); }
Value bitwise_or(const Value& x, const Value& y) { return or_p.op().bind1({x, y}); }
Value bitwise_xor(const Value& x, const Value& y) { return xor_p.op().bind1({x, y}); }
Value shift_left(const Value& x, const Value& y) { return shift_left_p.op().bind1({x, y}); }
Value shift_right_logical(const Value& x, const Value& y) {
  return shift_right_logical_p.op().bind1({x, y});
}
Value shift_right_arithmetic(const Value& x, const Value& y) {
  return shift_right_arithmetic_p.op().bind1({x, y});
}

}  // namespace covector

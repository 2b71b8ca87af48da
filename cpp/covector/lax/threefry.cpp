// The Threefry-2x32 block cipher (Salmon, Moraes, Dror, Shaw: "Parallel random
// numbers: as easy as 1, 2, 3", 2011) with 20 rounds, elementwise over words.

#include "covector/lax/rules.h"

namespace covector {

using namespace rules;

namespace {

Avals threefry2x32_aval(const Op& op, AvalSpan in) {
  for (const Aval& a : in)
    require<TypeError>(a.dtype() == kUint32,
                       "Arguments to threefry2x32 must have uint32 type, got ", in[0], ", ", in[1],
                       ", ", in[2], ", ", in[3]);
  Aval out(kUint32, broadcast_shape(op, in));
  return {out, out};
}

hlo::Operand rotated_left(hlo::Builder& b, const hlo::Operand& x, int64_t bits) {
  hlo::Operand high = b.elementwise("shift_left", {x, b.splat(x.aval, bits)}, x.aval);
  hlo::Operand low = b.elementwise("shift_right_logical", {x, b.splat(x.aval, 32 - bits)}, x.aval);
  return b.elementwise("or", {high, low}, x.aval);
}

// The rounds are unrolled: as one loop-free kernel they run several times
// faster than a loop over arrays, and compile no slower.
hlo::Results threefry2x32_lower(const Op&, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  constexpr int64_t kParity = 0x1BD11BDA;
  constexpr int64_t kRotations[2][4] = {{13, 15, 26, 6}, {17, 29, 16, 24}};
  const Aval& aval = out[0];
  SmallVector<hlo::Operand, 4> v;
  for (const hlo::Operand& x : in) v.push_back(b.broadcast_to(x, aval.shape()));
  auto apply = [&](std::string_view name, const hlo::Operand& x, const hlo::Operand& y) {
    return b.elementwise(name, {x, y}, aval);
  };
  hlo::Operand parity = apply("xor", apply("xor", v[0], v[1]), b.splat(aval, kParity));
  hlo::Operand keys[] = {v[0], v[1], parity};
  hlo::Operand x0 = apply("add", v[2], v[0]), x1 = apply("add", v[3], v[1]);
  for (size_t group = 0; group < 5; ++group) {
    for (int64_t rotation : kRotations[group % 2]) {
      x0 = apply("add", x0, x1);
      x1 = apply("xor", rotated_left(b, x1, rotation), x0);
    }
    x0 = apply("add", x0, keys[(group + 1) % 3]);
    hlo::Operand counter = b.splat(aval, static_cast<int64_t>(group + 1));
    x1 = apply("add", x1, apply("add", keys[(group + 2) % 3], counter));
  }
  return {x0, x1};
}

const Primitive threefry2x32_p{{
    .name = "threefry2x32",
    .multiple_results = true,
    .abstract_eval = threefry2x32_aval,
    .jvp = zero_jvp,
    .batch = [](const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) -> BatchOut {
      BatchOut r = batch_elementwise(op, axis, in, axes);
      r.axes = MappedAxes(2, r.axes[0]);
      return r;
    },
    .lower = threefry2x32_lower,
    .function = {.signature = "key0, key1, count0, count1",
                 .doc = R"(The Threefry-2x32 cipher with 20 rounds, elementwise.

Args:
  key0: the words of keys, of dtype uint32.
  key1: likewise.
  count0: the words to encrypt, of dtype uint32; all broadcast.
  count1: likewise.

Returns:
  A list of the two arrays of encrypted words.

Raises:
  TypeError: a dtype is not uint32.)",
                 .call = [](const CallArgs& a) -> Values {
                   return threefry2x32(a.value(0), a.value(1), a.value(2), a.value(3));
                 }},
}};

}  // namespace

Values threefry2x32(const Value& k0, const Value& k1, const Value& x0, const Value& x1) {
  return threefry2x32_p.op().bind({k0, k1, x0, x1});
}

}  // namespace covector

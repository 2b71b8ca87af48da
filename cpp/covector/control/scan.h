#pragma once

// Private to the sources of scan.

#include "covector/control/control.h"
#include "covector/control/jaxpr_parts.h"
#include "covector/hlo/builder.h"

namespace covector::scan_rules {

// Operands: constants, initial carry, arrays to scan over. The body maps
// (constants, carry, slices) to (carry, slices of results); it has no constants
// of its own.
struct ScanParams {
  ClosedJaxpr jaxpr;
  int64_t length = 0, num_carry = 0, num_consts = 0;
  bool reverse = false;
  int64_t unroll = 1;  // iterations that are one of the loop; 0: all

  void fields(FieldVisitor& f) const {
    f("jaxpr", &jaxpr);
    f("length", length);
    f("num_carry", num_carry);
    f("num_consts", num_consts);
    f("reverse", reverse);
    f("unroll", unroll);
  }
  bool operator==(const ScanParams&) const = default;

  size_t consts() const { return static_cast<size_t>(num_consts); }
  size_t carry() const { return static_cast<size_t>(num_carry); }
  size_t xs() const { return jaxpr.jaxpr->invars.size() - consts() - carry(); }
  size_t ys() const { return jaxpr.jaxpr->outs.size() - carry(); }
  // The same loop with another body.
  ScanParams with(ClosedJaxpr body, size_t consts, size_t carry) const {
    return {std::move(body), length, static_cast<int64_t>(carry), static_cast<int64_t>(consts),
            reverse,         unroll};
  }
};

// The three groups of anything that there is one of for each operand.
template <class T>
struct Groups {
  Groups(const ScanParams& p, std::span<const T> all)
      : consts(all.first(p.consts())),
        carry(all.subspan(p.consts(), p.carry())),
        xs(all.subspan(p.consts() + p.carry())) {}
  std::span<const T> consts, carry, xs;
};

// Binds a loop whose body may have constants: they become operands.
Values bind_scan(ScanParams, Args consts, Args carry, Args xs);

// Makes the carry's part of a mask grow until the body maps it into itself.
// `transformed` takes the mask of the body's inputs and that of the carry's
// outputs, and gives the result and its mask of outputs.
template <class Transformed>
auto carry_fixpoint(const ScanParams& p, const Mask& in, Mask& carry, Transformed transformed) {
  Groups<bool> g(p, lists::flags(in));
  carry = lists::mask(g.carry);
  for (;;) {
    Mask all = lists::joined({g.consts, lists::flags(carry), g.xs});
    Mask instantiate = carry;
    instantiate.resize(p.carry() + p.ys(), false);
    auto result = transformed(all, instantiate);
    Mask grown = carry;
    for (size_t i = 0; i < grown.size(); ++i) grown[i] = carry[i] || result.second[i];
    if (grown == carry) return result.first;
    carry = std::move(grown);
  }
}

JvpOut scan_jvp(const Op&, Args primals, Args tangents);
LinearizeOut scan_linearize(const Op&, Args primals, const Mask& nonzero);
Values scan_transpose(const Op&, Args cts, TransposeArgs);
Values scan_discharge(const Op&, Args);
hlo::Results scan_lower(const Op&, hlo::Builder&, hlo::Operands in, AvalSpan out);

// A loop some of whose results are wanted as residuals: what computes them, and
// where each is then found. Those that do not change in the loop are computed
// once, outside; those that are operands or results anyway are taken from there.
struct ScanResiduals : RefCounted {
  enum From : uint8_t { kConst, kHoisted, kX, kY };
  ClosedJaxpr hoisted;  // constants -> what does not change
  ClosedJaxpr loop;     // (hoisted that it uses..., constants, carry, xs) -> (carry, ys, more ys)
  size_t hoisted_used = 0;  // the first results of `hoisted`
  SmallVector<std::pair<From, size_t>, 8> from;

  bool invariant(size_t i) const { return from[i].first == kConst || from[i].first == kHoisted; }
};
// `body` gives the residuals after its `outs` results.
Ref<const ScanResiduals> place_residuals(const ClosedJaxpr& body, const ScanParams&, size_t outs);

// Runs it: the results, and the residuals of both kinds in their order.
struct ScanRun {
  Values outs, invariant, varying;
};
ScanRun run_with_residuals(const ScanResiduals&, const ScanParams&, size_t outs, Args consts,
                           Args carry, Args xs);

}  // namespace covector::scan_rules

namespace covector {
extern const Primitive scan_p;
}

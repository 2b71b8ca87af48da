// The loop as stablehlo.while. Its state: tokens of ordered effects, a counter,
// then constants, carry, xs and results, which are filled in place.

#include "covector/control/scan.h"
#include "covector/control/tokens.h"
#include "covector/hlo/builder.h"

namespace covector::scan_rules {

namespace {

using hlo::Builder;
using hlo::Operand;
using hlo::Operands;
using hlo::Results;

class Writer {
 public:
  Writer(const ScanParams& p, Operands in, AvalSpan out)
      : p_(p), tokens_(*p.jaxpr.jaxpr), index_(p.length > INT32_MAX ? kInt64 : kInt32, {}) {
    consts_.append(in.first(p.consts()));
    carry_.append(in.subspan(p.consts(), p.carry()));
    xs_.append(in.subspan(p.consts() + p.carry()));
    y_avals_.append(out.subspan(p.carry()));
  }

  Results write(Builder& b) {
    for (const Aval& y : y_avals_) ys_.push_back(b.splat(y, int64_t{0}));
    int64_t step = p_.unroll, trips = step == 0 ? 0 : p_.length / step;
    if (step != 1 && trips == 1 && p_.length == step) trips = 0;
    if (trips > 0) write_while(b, trips * step, step);
    for (int64_t i = trips * step; i < p_.length; ++i) iterate(b, b.splat(index_, i), 0);
    Results r = carry_;
    r.append(ys_);
    return r;
  }

 private:
  void write_while(Builder& b, int64_t limit, int64_t step) {
    Results state = tokens_.enter(b);
    size_t counter = state.size();
    state.push_back(b.splat(index_, int64_t{0}));
    for (Results* group : groups()) state.append(*group);
    Avals avals;
    for (const Operand& x : state) avals.push_back(x.aval);
    const hlo::Region regions[2] = {
        {avals,
         [&](Builder& r, Operands s) {
           return Results{r.compare(s[counter], r.splat(index_, limit), "LT")};
         }},
        {avals, [&](Builder& r, Operands s) { return body(r, s, step); }}};
    Results end = b.region_op("while", state, avals, regions);
    Operands left = tokens_.leave(b, end);
    take(left.subspan(1));
  }

  Results body(Builder& b, Operands state, int64_t step) {
    Operands s = tokens_.leave(b, state);
    take(s.subspan(1));
    for (int64_t k = 0; k < step; ++k) iterate(b, s[0], k);
    Results next = tokens_.enter(b);
    next.push_back(b.elementwise("add", {s[0], b.splat(index_, step)}, index_));
    for (Results* group : groups()) next.append(*group);
    return next;
  }

  // One call of the body, at `counter` + `offset`.
  void iterate(Builder& b, const Operand& counter, int64_t offset) {
    Operand at = counter;
    if (offset) at = b.elementwise("add", {at, b.splat(index_, offset)}, index_);
    if (p_.reverse) at = b.elementwise("subtract", {b.splat(index_, p_.length - 1), at}, index_);
    Results in = consts_;
    in.append(carry_);
    for (const Operand& x : xs_) in.push_back(row(b, x, at));
    Results out = b.inline_jaxpr(p_.jaxpr, in);
    for (size_t i = 0; i < carry_.size(); ++i)
      carry_[i] = {out[i].id, out[i].index, carry_[i].aval};
    for (size_t i = 0; i < ys_.size(); ++i) set_row(b, ys_[i], out[carry_.size() + i], at);
  }

  Results starts(Builder& b, Results r, const Aval& of, const Operand& at) const {
    r.push_back(at);
    for (int64_t i = 1; i < of.rank(); ++i) r.push_back(b.splat(index_, int64_t{0}));
    return r;
  }
  Operand row(Builder& b, const Operand& x, const Operand& at) const {
    Aval item = x.aval.without_axis(0), one = item.with_axis(0, 1);
    Operand r = b.op("dynamic_slice", starts(b, {x}, x.aval, at), one,
                     hlo::array_attr("slice_sizes", one.shape()));
    return b.reshape(r, item.shape());
  }
  void set_row(Builder& b, Operand& to, const Operand& y, const Operand& at) const {
    Operand one = b.reshape(y, y.aval.with_axis(0, 1).shape());
    to = b.op("dynamic_update_slice", starts(b, {to, one}, to.aval, at), to.aval);
  }

  std::array<Results*, 4> groups() { return {&consts_, &carry_, &xs_, &ys_}; }
  void take(Operands state) {
    for (Results* group : groups()) {
      std::copy_n(state.begin(), group->size(), group->begin());
      state = state.subspan(group->size());
    }
  }

  const ScanParams& p_;
  const Tokens tokens_;
  const Aval index_;
  Results consts_, carry_, xs_, ys_;
  Avals y_avals_;
};

}  // namespace

hlo::Results scan_lower(const Op& op, Builder& b, Operands in, AvalSpan out) {
  return Writer(op.get<ScanParams>(), in, out).write(b);
}

}  // namespace covector::scan_rules

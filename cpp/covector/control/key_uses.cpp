// What each operation does with keys. Those that no row names consume all of theirs.

#include "covector/control/key_uses.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "covector/control/cond.h"
#include "covector/control/control.h"
#include "covector/control/remat.h"
#include "covector/control/scan.h"
#include "covector/control/while.h"
#include "covector/core/inner_jaxprs.h"
#include "covector/lax/rules.h"

namespace covector::key_reuse {

using namespace rules;

namespace {

using Rule = Uses (*)(const Op&, AvalSpan in);

Uses nothing(const Op&, AvalSpan) { return {}; }
Uses consumes(const Op&, AvalSpan) { return {{{0}}, {}, {}}; }
Uses makes(const Op&, AvalSpan) { return {{}, {{0}}, {}}; }
Uses consumes_and_makes(const Op&, AvalSpan) { return {{{0}}, {{0}}, {}}; }
Uses consumes_and_hands_on(const Op&, AvalSpan) { return {{{0}}, {}, {{0, 0}}}; }

// The first operand may be keys; others are indices and numbers.
Uses hands_on(const Op&, AvalSpan) { return {{}, {}, {{0, 0}}}; }
Uses hands_each_on(const Op&, AvalSpan in) {
  Uses u;
  for (size_t i = 0; i < in.size(); ++i) u.forwards.push_back({i, i});
  return u;
}

// Keys are written over keys.
template <size_t kUpdate>
Uses takes_update(const Op&, AvalSpan) {
  return {{{kUpdate}}, {}, {{0, 0}}};
}

Uses unknown(const Op&, AvalSpan in) {
  Uses u;
  for (size_t i = 0; i < in.size(); ++i)
    if (is_extended(in[i].dtype())) u.sinks.push_back({i});
  return u;
}

Uses of_concatenate(const Op& op, AvalSpan in) {
  if (in.size() == 1) return hands_on(op, in);
  Uses u = unknown(op, in);
  u.sources.push_back({0});
  return u;
}

// A list of sizes among the parameters of an operation; empty if it is not there.
Axes axes_param(const Op& op, std::string_view name) {
  struct Find final : FieldVisitor {
    explicit Find(std::string_view name) : name(name) {}
    void field(std::string_view n, const FieldValue& v, bool) override {
      if (auto* axes = std::get_if<const Axes*>(&v); axes && n == name) found = **axes;
    }
    std::string_view name;
    Axes found;
  } find(name);
  op.params->visit(find);
  return find.found;
}

// A part of an array of keys consumes just that part, and is new.
Uses of_slice(const Op& op, AvalSpan in) {
  if (!is_extended(in[0].dtype())) return {};
  Axes start = axes_param(op, "start_indices"), limit = axes_param(op, "limit_indices");
  Axes stride = axes_param(op, "strides");
  stride.resize(start.size(), 1);
  std::vector<bool> taken(static_cast<size_t>(in[0].size()), true);
  for (size_t i = 0; i < taken.size(); ++i) {
    int64_t rest = static_cast<int64_t>(i);
    for (size_t d = start.size(); d-- > 0;) {
      int64_t n = in[0].shape()[d], at = rest % n;
      rest /= n;
      bool inside = at >= start[d] && at < limit[d] && (at - start[d]) % stride[d] == 0;
      taken[i] = taken[i] && inside;
    }
  }
  return {{{0, Elements(std::move(taken))}}, {{0}}, {}};
}

// Operations that hold jaxprs -----------------------------------------------------------

bool any_before(const std::vector<Use>& uses, size_t end) {
  return std::any_of(uses.begin(), uses.end(), [&](const Use& u) { return u.index < end; });
}
bool makes_result(const Uses& u, size_t i) {
  return std::any_of(u.sources.begin(), u.sources.end(),
                     [&](const Use& s) { return s.index == i; });
}
// Whether a consumed part of the carry is not made anew for the next iteration.
bool consumes_carry(const Uses& in, const Uses& body, size_t first, size_t count) {
  for (const Use& s : in.sinks)
    if (s.index >= first && s.index < first + count && !makes_result(body, s.index - first))
      return true;
  return false;
}

void check_loop(bool reuses, std::string_view function, std::string_view because) {
  require<KeyReuseError>(!reuses, function, " function leads to key reuse when repeatedly ",
                         "executed, because ", because);
}

constexpr std::string_view kOfConstants = "a key that it closes over is consumed each time.";
constexpr std::string_view kOfCarry =
    "a key that it consumes is not replaced by a new one for the next iteration.";

Uses of_scan(const Op& op, AvalSpan) {
  auto& p = op.get<scan_rules::ScanParams>();
  Uses u = uses_of(*p.jaxpr.jaxpr);
  check_loop(any_before(u.sinks, p.consts()), "scan body", kOfConstants);
  check_loop(consumes_carry(u, u, p.consts(), p.carry()), "scan body", kOfCarry);
  // A part of each slice stands for the whole of all.
  for (Use& s : u.sinks)
    if (s.index >= p.consts() + p.carry()) s.elements = true;
  return u;
}

Uses of_while(const Op& op, AvalSpan) {
  auto& p = op.get<while_rules::WhileParams>();
  const Uses &cond = uses_of(*p.cond_jaxpr.jaxpr), &body = uses_of(*p.body_jaxpr.jaxpr);
  size_t in_cond = p.cond_consts(), in_body = p.body_consts();
  check_loop(any_before(cond.sinks, in_cond), "while_loop cond", kOfConstants);
  check_loop(any_before(body.sinks, in_body), "while_loop body", kOfConstants);
  check_loop(consumes_carry(cond, body, in_cond, p.carry()), "while_loop cond", kOfCarry);
  check_loop(consumes_carry(body, body, in_body, p.carry()), "while_loop body", kOfCarry);
  for (const Use& c : cond.sinks)
    for (const Use& b : body.sinks)
      require<KeyReuseError>(c.index - in_cond != b.index - in_body,
                             "while_loop cond and body functions both use the same key.");
  Uses u{{}, body.sources, {}};
  for (const Use& c : cond.sinks) u.sinks.push_back({c.index + in_body, c.elements});
  for (const Use& b : body.sinks) u.sinks.push_back({b.index + in_cond, b.elements});
  for (const Forward& f : body.forwards)
    if (f.in == in_body + f.out) u.forwards.push_back({f.in + in_cond, f.out});
  return u;
}

// A key is consumed if a branch consumes it; operands follow the branch's index.
Uses of_cond(const Op& op, AvalSpan) {
  auto& branches = op.get<cond_rules::CondParams>().branches;
  std::map<size_t, Elements> sinks, sources;
  std::map<std::pair<size_t, size_t>, size_t> forwards;
  for (const ClosedJaxpr& b : branches) {
    const Uses& u = uses_of(*b.jaxpr);
    for (const Use& s : u.sinks) sinks[s.index] |= s.elements;
    for (const Use& s : u.sources) sources.try_emplace(s.index, true).first->second &= s.elements;
    for (const Forward& f : u.forwards) ++forwards[{f.in, f.out}];
  }
  Uses r;
  for (auto& [i, elements] : sinks) r.sinks.push_back({i + 1, elements});
  for (auto& [i, elements] : sources) r.sources.push_back({i, elements});
  for (auto& [pair, count] : forwards)
    if (count == branches.size()) r.forwards.push_back({pair.first + 1, pair.second});
  return r;
}

// What is computed again for a derivative uses again, on purpose, what was used.
Uses of_remat(const Op& op, AvalSpan) {
  auto& p = op.get<RematParams>();
  return p.differentiated ? Uses{} : uses_of(*p.jaxpr.jaxpr);
}

// An operation that is a call of the one program that it holds (jit, custom_jvp_call,
// ...), whose operands are that program's; else unknown.
Uses of_held(const Op& op, AvalSpan in) {
  const ClosedJaxpr* held = nullptr;
  size_t count = 0;
  for_each_inner_jaxpr(op, [&](std::string_view, const ClosedJaxpr& c, bool) {
    held = &c;
    ++count;
  });
  bool is_call = count == 1 && held->jaxpr->invars.size() == in.size();
  return is_call ? uses_of(*held->jaxpr) : unknown(op, in);
}

struct Row {
  Rule rule;
  bool fixed = true;  // whatever the parameters and the operands are
};

const std::unordered_map<std::string_view, Row>& table() {
  static const auto* rows = new std::unordered_map<std::string_view, Row>{
      {"random_bits", {consumes}},
      {"random_gamma", {consumes}},
      {"random_split", {consumes_and_makes}},
      {"random_seed", {makes}},
      {"random_wrap", {makes}},
      {"random_fold_in", {makes}},
      {"random_clone", {makes}},
      {"random_unwrap", {nothing}},
      {"consume", {consumes_and_hands_on}},
      {"assert_consumed_value", {hands_on}},
      {"debug_callback", {nothing}},
      {"eq", {nothing}},
      {"ne", {nothing}},
      {"broadcast_in_dim", {hands_on}},
      {"reshape", {hands_on}},
      {"squeeze", {hands_on}},
      {"transpose", {hands_on}},
      {"rev", {hands_on}},
      {"convert_element_type", {hands_on}},
      {"name", {hands_on}},
      {"gather", {hands_on}},
      {"dynamic_slice", {hands_on}},
      {"copy", {hands_each_on}},
      {"optimization_barrier", {hands_each_on}},
      {"dynamic_update_slice", {takes_update<1>}},
      {"scatter", {takes_update<2>}},
      {"slice", {of_slice, false}},
      {"concatenate", {of_concatenate, false}},
      {"scan", {of_scan, false}},
      {"while", {of_while, false}},
      {"cond", {of_cond, false}},
      {"remat2", {of_remat, false}},
  };
  return *rows;
}

// Keys that are declared used, or asserted to be ----------------------------------------

struct AssertedParams {
  Elements consumed;
  void fields(FieldVisitor& f) const {
    Param value(Param::Tuple{});
    for (bool b : consumed.some()) std::get<Param::Tuple>(value.v).items.emplace_back(b);
    if (consumed.some().empty()) value = Param(consumed.all());
    f("value", &value);
  }
  bool operator==(const AssertedParams&) const = default;
};

PrimitiveDef identity(std::string_view name) {
  return {
      .name = name,
      .abstract_eval = [](const Op&, AvalSpan in) { return Avals{in[0]}; },
      .batch = [](const Op& op, const AxisData&, Args in, const MappedAxes& axes) -> BatchOut {
        return {op.bind(in), axes};
      },
      .lower = [](const Op&, hlo::Builder&, hlo::Operands in,
                  AvalSpan) { return hlo::Results{in[0]}; },
      .eager = [](const Op&, Args in) { return Values{in[0]}; },
  };
}

const Primitive consume_p{identity("consume")};
const Primitive asserted_p{identity("assert_consumed_value")};

}  // namespace

Uses uses_of(const Op& op, AvalSpan in) {
  auto row = table().find(op.name());
  return row == table().end() ? of_held(op, in) : row->second.rule(op, in);
}

std::optional<Uses> fixed_uses(std::string_view primitive) {
  auto row = table().find(primitive);
  if (row == table().end() || !row->second.fixed) return std::nullopt;
  Aval key(kKeyFry, {});
  return row->second.rule({}, std::span(&key, 1));
}

void check_asserted(const Op& op, const Elements& consumed) {
  if (op.prim != &asserted_p) return;
  const Elements& expected = op.get<AssertedParams>().consumed;
  if (consumed == expected) return;
  auto text = [](const Elements& e) { return e.all() ? "all" : e.any() ? "some" : "none"; };
  fail<KeyAssertionError>("Expected key ", expected.any() ? "" : "not ",
                          "to be consumed: ", text(expected), " of its elements were to be, ",
                          text(consumed), " are");
}

Value consume(const Value& key) { return consume_p.op().bind1({key}); }
Value assert_consumed(const Value& key, const Elements& value) {
  return asserted_p.with(AssertedParams{value}).bind1({key});
}

}  // namespace covector::key_reuse

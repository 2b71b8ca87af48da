// References as operations of jaxprs. A part of a reference is given by two pure functions, staged
// when it is used, so that no rule knows of indices: derivatives are the same operation on a
// reference to tangents, and batches are those of the functions.

#include "covector/control/reference.h"

#include <algorithm>

#include "covector/control/jaxpr_parts.h"
#include "covector/lax/lax.h"
#include "covector/transforms/transforms.h"

namespace covector {
namespace {

// No functions: the whole. Else the first reads (but of addupdate), and the last writes (but of
// get).
struct AccessParams {
  std::vector<ClosedJaxpr> functions;
  std::string index = "...";

  void fields(FieldVisitor& f) const {
    f("index", std::string_view(index));
    f.maybe(false, "functions", &functions);
  }
  bool operator==(const AccessParams&) const = default;
};

extern const Primitive get_p, swap_p, addupdate_p;

Value part_of(const AccessParams& p, const Value& content, Args positions) {
  if (p.functions.empty()) return content;
  return eval_jaxpr(p.functions.front(), lists::joined({Args(&content, 1), positions}))[0];
}
Value replaced(const AccessParams& p, const Value& content, const Value& x, Args positions) {
  if (p.functions.empty()) return x;
  const Value both[] = {content, x};
  return eval_jaxpr(p.functions.back(), lists::joined({both, positions}))[0];
}

const Reference& cell(const Op& op, const Value& v) {
  const Reference* r = cell_of(v);
  invariant(r != nullptr, op.name(), ": its operand is no reference that can be used now");
  return *r;
}

Aval part_aval(const AccessParams& p, const Aval& ref) {
  return p.functions.empty() ? ref.referent() : p.functions.front().out_avals()[0];
}

void check_reference(const Op& op, AvalSpan in) {
  require<TypeError>(!in.empty() && in[0].is_reference(), op.name(),
                     ": its first operand must be a reference");
}

// Whole references -------------------------------------------------------------------------

Value whole(const Value& ref) { return get_p.with(AccessParams{}).bind1({ref}); }
void set_whole(const Value& ref, const Value& x) { swap_p.with(AccessParams{}).bind({ref, x}); }

// Reading ------------------------------------------------------------------------------------

Values get_eager(const Op& op, Args in) {
  return {part_of(op.get<AccessParams>(), cell(op, in[0]).content(), in.subspan(1))};
}

JvpOut get_jvp(const Op& op, Args primals, Args tangents) {
  Value x = op.bind1(primals);
  if (!tangents[0]) return {{x}, {Value()}};
  return {{x}, {op.bind1(lists::joined({tangents.first(1), primals.subspan(1)}))}};
}

BatchOut get_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  Values args(in.begin(), in.end());
  args[0] = whole(in[0]);
  auto read = [&](Args a) -> Values {
    return {part_of(op.get<AccessParams>(), a[0], a.subspan(1))};
  };
  return batch(read, axis, args, axes);
}

// Writing ------------------------------------------------------------------------------------

Values swap_eager(const Op& op, Args in) {
  const auto& p = op.get<AccessParams>();
  const Reference& ref = cell(op, in[0]);
  Value before = part_of(p, ref.content(), in.subspan(2));
  ref.set(replaced(p, ref.content(), in[1], in.subspan(2)));
  return {before};
}

Values add_eager(const Op& op, Args in) {
  const Reference& ref = cell(op, in[0]);
  ref.set(replaced(op.get<AccessParams>(), ref.content(), in[1], in.subspan(2)));
  return {};
}

// Tangents are written where the references have such; there are none of integers.
JvpOut write_jvp(const Op& op, Args primals, Args tangents) {
  JvpOut r{op.bind(primals), {}};
  if (tangents[0]) {
    const Value both[] = {tangents[0], instantiate(tangents[1], primals[1].aval())};
    r.tangents = op.bind(lists::joined({both, primals.subspan(2)}));
    return r;
  }
  require<Error>(!tangents[1] || tangents[1].dtype() == kFloat0,
                 "performing a set/swap operation with a differentiated value on a "
                 "non-differentiated array reference of type ",
                 primals[0].aval(),
                 ". Move the array reference to be an argument of the differentiated function?");
  r.tangents = Values(r.primals.size());
  return r;
}

BatchOut write_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  const auto& p = op.get<AccessParams>();
  require<Error>(axes[0] != kUnmapped,
                 "performing a set/swap operation with vmapped value on an unbatched array "
                 "reference of type ",
                 in[0].aval(),
                 ". Move the array reference to be an argument to the vmapped function?");
  require<NotImplemented>(axes[0] == 0,
                          "a reference that is written can only be mapped along its first axis");
  Values args(in.begin(), in.end());
  args[0] = whole(in[0]);
  bool swaps = op.prim == &swap_p;
  auto both = [&](Args a) {
    Values r{replaced(p, a[0], a[1], a.subspan(2))};
    if (swaps) r.push_back(part_of(p, a[0], a.subspan(2)));
    return r;
  };
  BatchOut out = batch(both, axis, args, axes);
  set_whole(in[0], batch_to_front(out.values[0], axis.size, out.axes[0]));
  out.values.erase(out.values.begin());
  out.axes.erase(out.axes.begin());
  return out;
}

Effects writes(const Op&) {
  Effects e;
  merge_effects(e, {&kReferences});
  merge_effects(e, {&kWritesReference});
  return e;
}
Effects reads(const Op&) { return {&kReferences}; }

Avals check_write(const Op& op, AvalSpan in) {
  check_reference(op, in);
  Aval part = part_aval(op.get<AccessParams>(), in[0]);
  require<TypeError>(in[1].same_type(part), op.name(), ": writes ", in[1], " to ", part);
  return {part};
}

const Primitive get_p{{
    .name = "get",
    .abstract_eval =
        [](const Op& op, AvalSpan in) {
          check_reference(op, in);
          return Avals{part_aval(op.get<AccessParams>(), in[0])};
        },
    .jvp = get_jvp,
    .batch = get_batch,
    .effects = reads,
    .eager = get_eager,
    .takes_references = true,
    .access = Access::kRead,
}};

const Primitive swap_p{{
    .name = "swap",
    .abstract_eval = check_write,
    .jvp = write_jvp,
    .batch = write_batch,
    .effects = writes,
    .eager = swap_eager,
    .takes_references = true,
    .access = Access::kSwap,
}};

const Primitive addupdate_p{{
    .name = "addupdate",
    .multiple_results = true,
    .abstract_eval =
        [](const Op& op, AvalSpan in) {
          check_reference(op, in);
          return Avals{};
        },
    .jvp = write_jvp,
    .batch = write_batch,
    .effects = writes,
    .eager = add_eager,
    .takes_references = true,
    .access = Access::kAdd,
}};

struct NewRefParams {
  Param kind, memory_space;

  void fields(FieldVisitor& f) const {
    f("kind", &kind);
    f("memory_space", &memory_space);
  }
  bool operator==(const NewRefParams&) const = default;
};

// The beginning and the end of references ---------------------------------------------------

bool has_tangents(const Value& x) { return is_inexact(x.dtype()); }

const Primitive new_ref_p{{
    .name = "new_ref",
    .abstract_eval = [](const Op&, AvalSpan in) { return Avals{in[0].reference()}; },
    .jvp = [](const Op& op, Args x, Args t) -> JvpOut {
      Value tangent;
      if (has_tangents(x[0])) tangent = op.bind1({instantiate(t[0], x[0].aval())});
      return {op.bind(x), {tangent}};
    },
    .linearize = [](const Op& op, Args x, const Mask&) -> LinearizeOut {
      auto apply = [op, primal = x[0]](Args t) -> Values {
        if (!has_tangents(primal)) return {Value()};
        return op.bind({instantiate(t[0], primal.aval())});
      };
      return {op.bind(x), apply};
    },
    .batch = [](const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) -> BatchOut {
      return {op.bind({batch_to_front(in[0], axis.size, axes[0])}), {0}};
    },
    .effects = reads,
    .eager = [](const Op&, Args in) -> Values {
      // The reference is strongly typed, whatever it holds first.
      return {make_ref<const Reference>(convert_element_type(in[0], in[0].dtype()))};
    },
    .makes_reference = true,
}};

// freeze and free_ref: of the tangents' reference too.
JvpOut end_jvp(const Op& op, Args primals, Args tangents) {
  JvpOut r{op.bind(primals), {}};
  r.tangents = tangents[0] ? op.bind(tangents) : Values(r.primals.size());
  return r;
}

BatchOut end_batch(const Op& op, const AxisData&, Args in, const MappedAxes& axes) {
  Values out = op.bind(in);
  MappedAxes out_axes(out.size(), axes[0]);
  return {std::move(out), std::move(out_axes)};
}

const Primitive freeze_p{{
    .name = "freeze",
    .abstract_eval =
        [](const Op& op, AvalSpan in) {
          check_reference(op, in);
          return Avals{in[0].referent()};
        },
    .jvp = end_jvp,
    .batch = end_batch,
    .effects = reads,
    .eager = [](const Op& op, Args in) -> Values { return {cell(op, in[0]).content()}; },
    .takes_references = true,
    .access = Access::kEnd,
}};

const Primitive free_ref_p{{
    .name = "free_ref",
    .multiple_results = true,
    .abstract_eval =
        [](const Op& op, AvalSpan in) {
          check_reference(op, in);
          return Avals{};
        },
    .jvp = end_jvp,
    .batch = end_batch,
    .effects = writes,
    .eager = [](const Op& op, Args in) -> Values {
      cell(op, in[0]).free();
      return {};
    },
    .takes_references = true,
    .access = Access::kEnd,
}};

// A part's functions, staged.
AccessParams access(const Value& ref, const ReferencePart& part, bool reads, bool writes) {
  AccessParams p{{}, part.text};
  if (!part.read) return p;
  Avals content{ref.aval().referent()}, positions = lists::avals_of(part.positions);
  ClosedJaxpr read = stage(part.read, lists::joined({content, positions}));
  content.push_back(read.out_avals()[0].strong());
  if (reads) p.functions.push_back(read);
  if (writes) p.functions.push_back(stage(part.write, lists::joined({content, positions})));
  return p;
}

}  // namespace

Value new_reference(const Value& init, Param kind) {
  return new_ref_p.with(NewRefParams{std::move(kind), {}}).bind1({init});
}
Value freeze_reference(const Value& ref) { return freeze_p.op().bind1({ref}); }
void free_reference(const Value& ref) { free_ref_p.op().bind({ref}); }

Value read_reference(const Value& ref, const ReferencePart& part) {
  Op op = get_p.with(access(ref, part, true, false));
  return op.bind1(lists::joined({Args(&ref, 1), part.positions}));
}

Value swap_reference(const Value& ref, const Value& x, const ReferencePart& part) {
  const Value both[] = {ref, x};
  Op op = swap_p.with(access(ref, part, true, true));
  return op.bind1(lists::joined({both, part.positions}));
}

void add_to_reference(const Value& ref, const Value& x, const ReferencePart& part) {
  const Value both[] = {ref, x};
  Op op = addupdate_p.with(access(ref, part, false, true));
  op.bind(lists::joined({both, part.positions}));
}

ReferenceContents::ReferenceContents(Args in) : operands(in.begin(), in.end()) {
  for (const Value& v : in) {
    require<ValueError>(!is_reference(v) || std::count(in.begin(), in.end(), v) == 1,
                        "only one reference to a mutable array may be passed as an argument to a "
                        "function, but a reference of type ",
                        v.aval(), " appears twice");
    const Reference* r = cell_of(v);
    contents.push_back(!is_reference(v) ? v : r ? r->content() : whole(v));
  }
}

void ReferenceContents::set(Args finals, const Mask& written) const {
  size_t k = 0;
  for (size_t i = 0; i < operands.size(); ++i) {
    if (!written[i]) continue;
    if (const Reference* r = cell_of(operands[i]))
      r->set(finals[k++]);
    else
      set_whole(operands[i], finals[k++]);
  }
}

}  // namespace covector

// Indexing outside of any transformation. x[i, 2:5] would be three operations,
// x[[1, 2]] five, and each would be compiled for itself, again and again for
// other positions. Here it is one operation that takes positions as operands,
// and is lowered as what the same index is under a trace.

#include "covector/core/stage.h"
#include "covector/lax/fill_value.h"
#include "covector/lax/rules.h"
#include "covector/numpy/index.h"

namespace covector::numpy {
namespace {

using Kind = IndexItem::Kind;
using rules::FillValue;

// What an index is but for its positions.
struct Structure {
  Axes items;  // kind, start, stop, step, size, normalized of each item, in turn
  bool contiguous = true, has_mask = false;
  int64_t mode = -1;  // an IndexMode, or -1
  bool indices_are_sorted = false, unique_indices = false, wrap_negative = true;
  FillValue fill_value;

  void fields(FieldVisitor& f) const {
    Param fill = fill_value.param();
    f("items", &items), f("contiguous", contiguous), f("has_mask", has_mask), f("mode", mode);
    f("indices_are_sorted", indices_are_sorted), f("unique_indices", unique_indices);
    f("wrap_negative", wrap_negative), f("fill_value", &fill);
  }
  bool operator==(const Structure&) const = default;
};

struct SetStructure {
  ScatterKind kind = ScatterKind::kSet;
  Structure index;
  void fields(FieldVisitor& f) const {
    f("kind", static_cast<int64_t>(kind));
    index.fields(f);
  }
  bool operator==(const SetStructure&) const = default;
};

constexpr size_t kWords = 6;

// Between an index and (structure, positions) ----------------------------------------------

Structure structure_of(const ParsedIndex& p, const IndexingOptions& o) {
  Structure s;
  for (const IndexItem& i : p.items)
    for (int64_t word : {static_cast<int64_t>(i.kind), i.start, i.stop, i.step, i.size,
                         static_cast<int64_t>(i.normalized)})
      s.items.push_back(word);
  s.contiguous = p.contiguous;
  s.has_mask = p.has_mask;
  if (o.mode) s.mode = static_cast<int64_t>(*o.mode);
  s.indices_are_sorted = o.indices_are_sorted;
  s.unique_indices = o.unique_indices;
  s.wrap_negative = o.wrap_negative;
  if (o.fill_value) s.fill_value = FillValue::read(o.fill_value, "fill_value");
  return s;
}

bool has_value(Kind k) { return k == Kind::kArray || k == Kind::kWindow; }

ParsedIndex index_of(const Structure& s, Args positions) {
  ParsedIndex p;
  size_t next = 0;
  for (size_t i = 0; i < s.items.size(); i += kWords) {
    const int64_t* w = &s.items[i];
    IndexItem item{static_cast<Kind>(w[0]), w[1], w[2], w[3], w[4], {}, w[5] != 0};
    if (has_value(item.kind)) item.value = positions[next++];
    p.items.push_back(std::move(item));
  }
  p.contiguous = s.contiguous;
  p.has_mask = s.has_mask;
  return p;
}

IndexingOptions options_of(const Structure& s, DType d) {
  IndexingOptions o;
  if (s.mode >= 0) o.mode = static_cast<IndexMode>(s.mode);
  o.indices_are_sorted = s.indices_are_sorted;
  o.unique_indices = s.unique_indices;
  o.wrap_negative = s.wrap_negative;
  if (s.fill_value.given()) o.fill_value = s.fill_value.of(is_extended(d) ? kUint32 : d);
  return o;
}

// Small numbers are made once, so that they are on the device after their first use.
Value small_number(int64_t n) {
  constexpr int64_t kCount = 256;
  static const std::vector<Value>& known = *[] {
    auto* v = new std::vector<Value>;
    for (int64_t i = 0; i < kCount; ++i) v->push_back(scalar_of(kInt32, i));
    return v;
  }();
  return n >= 0 && n < kCount ? known[static_cast<size_t>(n)] : scalar_of(kInt32, n);
}

// Integers and the starts of slices become operands, so that other ones need no
// other program.
ParsedIndex with_positions_as_values(const ParsedIndex& p, const Shape& shape, bool wrap_negative) {
  ParsedIndex r = p;
  size_t axis = 0;
  for (IndexItem& i : r.items) {
    int64_t size = i.takes_axis() ? shape[axis++] : 0;
    if (size > INT32_MAX) continue;
    if (i.kind == Kind::kInt) {
      int64_t at = wrap_negative && i.start < 0 ? i.start + size : i.start;
      if (at < INT32_MIN || at > INT32_MAX) continue;
      i = {Kind::kArray, 0, 0, 1, 0, small_number(at), true};
    } else if (i.kind == Kind::kSlice && i.step == 1 && !i.is_full(size)) {
      i = {Kind::kWindow, 0, 0, 1, i.size, small_number(i.start), true};
    }
  }
  return r;
}

void push_values(const ParsedIndex& p, Values& to) {
  for (const IndexItem& i : p.items)
    if (has_value(i.kind)) to.push_back(i.value);
}

// The primitives ----------------------------------------------------------------------------

Avals staged_avals(const std::function<Values(Args)>& f, AvalSpan in) {
  return stage(f, in).out_avals();
}

Values run_getitem(const Op& op, Args in) {
  auto& s = op.get<Structure>();
  return {getitem(in[0], index_of(s, in.subspan(1)), options_of(s, in[0].dtype()))};
}

Values run_setitem(const Op& op, Args in) {
  auto& [kind, s] = op.get<SetStructure>();
  return {setitem(kind, in[0], index_of(s, in.subspan(2)), in[1], options_of(s, in[0].dtype()))};
}

using Run = Values (*)(const Op&, Args);

// Never part of a jaxpr that users see, so there is nothing to differentiate.
PrimitiveDef composite(std::string_view name, Run run) {
  return {.name = name,
          .abstract_eval = [run](const Op& op, AvalSpan in) -> Avals {
            return staged_avals([&](Args a) { return run(op, a); }, in);
          },
          .lower = rules::lower_via(run)};
}

const Primitive getitem_p{composite("getitem", run_getitem)};
const Primitive setitem_p{composite("setitem", run_setitem)};

// Whether static_getitem has at most one operation to do.
bool is_one_operation(const ParsedIndex& p, const Shape& shape) {
  bool sliced = false, reversed = false, new_axes = false;
  size_t axis = 0;
  for (const IndexItem& i : p.items) {
    if (i.kind == Kind::kNewAxis) {
      new_axes = true;
      continue;
    }
    if (i.kind != Kind::kSlice) return false;
    int64_t size = shape[axis++];
    sliced |= std::abs(i.step) != 1 || i.size != size;
    reversed |= i.step < 0;
  }
  return sliced + reversed + new_axes <= 1;
}

}  // namespace

Value getitem_at_once(const Value& x, const ParsedIndex& p, const IndexingOptions& o) {
  if (is_one_operation(p, x.shape()) && !p.has_mask)
    if (auto y = static_getitem(x, p, o)) return *y;
  ParsedIndex q = with_positions_as_values(p, x.shape(), o.wrap_negative);
  Values operands{x};
  push_values(q, operands);
  return getitem_p.with(structure_of(q, o)).bind1(operands);
}

Value setitem_at_once(ScatterKind kind, const Value& x, const ParsedIndex& p, const Value& y,
                      const IndexingOptions& o) {
  ParsedIndex q = with_positions_as_values(p, x.shape(), o.wrap_negative);
  Values operands{x, y};
  push_values(q, operands);
  return setitem_p.with(SetStructure{kind, structure_of(q, o)}).bind1(operands);
}

}  // namespace covector::numpy

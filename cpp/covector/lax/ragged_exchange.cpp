// ragged_all_to_all: exchanges rows of which each index says how many it sends to each.

#include "covector/lax/collectives.h"
#include "covector/lax/rules.h"

namespace covector {

using namespace rules;

namespace {

struct RaggedParams {
  NamedAxes over;
  void fields(FieldVisitor& f) const {
    Param names = over.names_param(), groups = over.groups_param();
    f("axis_index_groups", &groups);
    f("axis_name", &names);
  }
  bool operator==(const RaggedParams&) const = default;
};

// Operands, in this order: what is sent, what rows are written over, and for each part the
// row where it begins, its size, the row of the receiver's output, and the size of what comes.
enum Operand : size_t { kOperand, kOutput, kInputOffsets, kSendSizes, kOutputOffsets, kRecvSizes };
constexpr const char* kNames[] = {"operand",    "output",         "input_offsets",
                                  "send_sizes", "output_offsets", "recv_sizes"};

Avals ragged_avals(const Op& op, AvalSpan in) {
  const NamedAxes& over = op.get<RaggedParams>().over;
  over.check(op.name());
  int64_t n = over.size();
  for (size_t i = kInputOffsets; i <= kRecvSizes; ++i) {
    require<ValueError>(is_integer(in[i].dtype()), "ragged_all_to_all ", kNames[i],
                        " must be integer type, got ", in[i]);
    require<ValueError>(in[i].rank() == 1 && in[i].dim(0) > 0, "ragged_all_to_all ", kNames[i],
                        " must be rank 1 with positive dimension size, got ", in[i]);
    require<ValueError>(in[i].dim(0) == in[kInputOffsets].dim(0) && n > 0 && in[i].dim(0) % n == 0,
                        "ragged_all_to_all ", kNames[i], " must have the size of input_offsets, ",
                        in[kInputOffsets].dim(0), ", a multiple of the ", n,
                        " indices of the axis, got ", in[i]);
  }
  const Aval &x = in[kOperand], &out = in[kOutput];
  require<ValueError>(x.rank() > 0 && out.rank() > 0 && x.dtype() == out.dtype() &&
                          x.without_axis(0).shape() == out.without_axis(0).shape(),
                      "ragged_all_to_all: operand and output must be of one dtype and have rows of "
                      "one shape, got ",
                      x, " and ", out);
  return {out.strong()};
}

// [rows, parts]: whether the row is in the part.
Value in_part(const Value& rows, const Value& offsets, const Value& sizes) {
  return bitwise_and(ge(rows, offsets), lt(rows, offsets + sizes));
}

// A number for each part, [sender, receiver * k] -> [receiver, 1, sender * k] (or the other way).
Value by_receiver(const Value& x, int64_t n) {
  int64_t k = x.aval().dim(1) / n;
  Value y = reshape(x, Shape{n, n, k});
  return reshape(transpose(y, Axes{1, 0, 2}), Shape{n, 1, n * k});
}

// Each row of each output looks for the part that it is in, and for the row of all
// operands, one behind the other, that the part has for it.
BatchOut exchange_rows(const Op&, int64_t n, Args in) {
  const Value &x = in[kOperand], &out = in[kOutput];
  int64_t rows = x.aval().dim(1), out_rows = out.aval().dim(1);
  if (rows == 0 || out_rows == 0) return {{out}, {0}};
  auto number = [&](Operand i) { return by_receiver(convert_element_type(in[i], kInt32), n); };
  Value from = number(kInputOffsets), to = number(kOutputOffsets), sizes = number(kSendSizes);
  int64_t parts = from.aval().dim(2);
  Shape all{n, out_rows, parts};
  Value row = iota(kInt32, all, 1), sender = iota(kInt32, Shape{n, n, parts / n}, 1);
  auto whole = [&](const Value& v) { return broadcast_to_shape(v, all); };
  Value inside = in_part(row, whole(to), whole(sizes));
  auto number_of = [](int64_t i) { return scalar_of(kInt32, i); };
  Value at = clamp(number_of(0), row + whole(from - to), number_of(rows - 1)) +
             whole(reshape(sender * number_of(rows), Shape{n, 1, parts}));
  int64_t last = 2;
  Value source = reduce_max(select(inside, at, full_like(at, -1)), std::span(&last, 1));
  Shape flat(x.shape().begin() + 1, x.shape().end());
  flat[0] = n * rows;
  Value sent = rows_at(reshape(x, flat), max(source, number_of(0)));
  Axes front{0, 1};
  Value hit = broadcast_in_dim(ge(source, number_of(0)), out.shape(), front);
  return {{select(hit, sent, out)}, {0}};
}

// Over another axis: one exchange of the rows of all, each with its parts.
BatchOut over_another(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  Values x = all_to_front(axis, in, axes);
  auto merge = [](const Value& v) {
    Shape s(v.shape().begin() + 1, v.shape().end());
    s[0] *= v.aval().dim(0);
    return reshape(v, s);
  };
  for (size_t i = kInputOffsets; i <= kRecvSizes; ++i) {
    int64_t rows = x[i == kInputOffsets ? kOperand : kOutput].aval().dim(1);
    if (i == kInputOffsets || i == kOutputOffsets) {
      Value first = iota(x[i].dtype(), x[i].shape(), 0);
      x[i] = x[i] + first * scalar_of(x[i].dtype(), rows);
    }
    x[i] = merge(transpose(x[i], Axes{1, 0}));
  }
  Shape split = x[kOutput].shape();
  for (size_t i : {kOperand, kOutput}) x[i] = merge(x[i]);
  return {{reshape(op.bind1(x), split)}, {0}};
}

BatchOut ragged_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  const NamedAxes& over = op.get<RaggedParams>().over;
  if (over.has(axis.name)) return batch_named(op, over, axis, in, axes, exchange_rows);
  bool any = std::any_of(axes.begin(), axes.end(), [](int d) { return d != kUnmapped; });
  if (!any) return {op.bind(in), {kUnmapped}};
  return over_another(op, axis, in, axes);
}

JvpOut ragged_jvp(const Op& op, Args in, Args tangents) {
  JvpOut r{op.bind(in), Values(1)};
  if (!tangents[kOperand] && !tangents[kOutput]) return r;
  Values t(in.begin(), in.end());
  for (size_t i : {kOperand, kOutput}) t[i] = instantiate(tangents[i], in[i].aval());
  r.tangents = op.bind(t);
  return r;
}

// Cotangents go back the way that the rows came; what was written over gets none.
Values ragged_transpose(const Op& op, Args cts, TransposeArgs in) {
  const NamedAxes& over = op.get<RaggedParams>().over;
  auto from_others = [&](const Value& x) { return all_to_all(x, over, 0, 0); };
  const Value& ct = cts[0];
  Value to = from_others(in[kOutputOffsets].value);
  const Value& received = in[kRecvSizes].value;
  Values r(in.size());
  if (in[kOperand].linear)
    r[kOperand] = op.bind1({ct, zeros(in[kOperand].aval), to, received,
                            from_others(in[kInputOffsets].value), in[kSendSizes].value});
  if (!in[kOutput].linear) return r;
  Shape all{ct.aval().dim(0), to.aval().dim(0)};
  int64_t parts = 1, front = 0;
  auto whole = [&](const Value& v) {
    return broadcast_in_dim(convert_element_type(v, kInt32), all, std::span(&parts, 1));
  };
  Value inside = in_part(iota(kInt32, all, 0), whole(to), whole(received));
  Value written = reduce_or(inside, std::span(&parts, 1));
  Value mask = broadcast_in_dim(written, ct.shape(), std::span(&front, 1));
  r[kOutput] = select(mask, full_like(ct, 0), ct);
  return r;
}

const Primitive ragged_all_to_all_p{{
    .name = "ragged_all_to_all",
    .abstract_eval = ragged_avals,
    .jvp = ragged_jvp,
    .transpose = ragged_transpose,
    .batch = ragged_batch,
    .effects = names_an_axis,
}};

}  // namespace

Value ragged_all_to_all(const Value& operand, const Value& output, const RaggedParts& parts,
                        const NamedAxes& over) {
  Op op = ragged_all_to_all_p.with(RaggedParams{over});
  Values in{operand,         output, parts.input_offsets, parts.send_sizes, parts.output_offsets,
            parts.recv_sizes};
  Avals types;
  for (const Value& v : in) types.push_back(v.aval());
  ragged_avals(op, types);
  return op.bind1(in);
}

}  // namespace covector

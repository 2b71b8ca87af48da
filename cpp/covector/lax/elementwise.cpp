#include "covector/lax/elementwise.h"

#include <cstdio>
#include <deque>
#include <mutex>

#include "covector/lax/param_reader.h"

namespace covector::rules {

namespace {

[[noreturn]] void wrong_dtype(const Op& op, size_t i, size_t n, DType d, std::string_view names) {
  if (d == kFloat0)
    fail<TypeError>("Called ", op.name(), " with a float0 at position ", i,
                    ". float0s do not support any operations by design, because they are not "
                    "compatible with non-trivial vector spaces. If a float0 is not expected here, "
                    "a gradient may have been taken with respect to an integer argument.");
  std::string at = n == 1 ? "" : str(" at position ", i);
  fail<TypeError>(op.name(), " does not accept dtype ", d->name, at, ". Accepted dtypes", at,
                  " are subtypes of ", names, ".");
}

}  // namespace

EvalRule elementwise_eval(DTypeSet accepts, DTypeMap result, bool extended) {
  return [=](const Op& op, AvalSpan in) -> Avals {
    bool weak = true, equal = true;
    for (size_t i = 0; i < in.size(); ++i) {
      DType d = in[i].dtype();
      if (!accepts.has(d) && !(extended && is_extended(d)))
        wrong_dtype(op, i, in.size(), d, accepts.names);
      weak &= in[i].weak_type();
      equal &= in[i] == in[0];
    }
    DType d = result(in[0].dtype());
    if (equal) return {in[0].with_dtype(d)};
    require_same_dtype(op, in);
    return {Aval(d, broadcast_shape(op, in), weak)};
  };
}

std::string_view kept(std::string s) {
  static std::mutex mutex;
  static auto* texts = new std::deque<std::string>;
  std::lock_guard lock(mutex);
  return texts->emplace_back(std::move(s));
}

std::string_view elementwise_doc(std::string_view summary, std::string_view signature,
                                 std::string_view dtypes) {
  bool one = signature.find(',') == signature.npos;
  std::string doc = str(summary, "\n\nArgs:\n  ", signature, ": ", one ? "an array" : "arrays",
                        " of dtype ", dtypes, one ? "." : "");
  if (!one)
    doc +=
        ", all of the same.\n    Shapes are equal, or () for scalars, or of equal rank with axes "
        "of size 1,\n    which are repeated.";
  doc +=
      "\n\nReturns:\n  An array of the shape the operands broadcast to.\n\nRaises:\n  TypeError: ";
  doc += one ? "the dtype is not one of these." : "dtypes differ or shapes do not broadcast.";
  return kept(std::move(doc));
}

PrimitiveDef unary(UnarySpec s) {
  FunctionDef f;
  if (s.f) {
    f = unary_function(elementwise_doc(s.summary, "x", s.accepts.names), s.f);
    f.signature = "x";
  }
  return {.name = s.name,
          .abstract_eval = elementwise_eval(s.accepts, s.result),
          .jvp = std::move(s.jvp),
          .transpose = std::move(s.transpose),
          .batch = batch_elementwise,
          .lower = std::move(s.lower),
          .function = std::move(f)};
}

PrimitiveDef binary(BinarySpec s) {
  FunctionDef f;
  if (s.f) {
    f = binary_function(elementwise_doc(s.summary, s.signature, s.accepts.names), s.f);
    f.signature = s.signature;
  }
  return {.name = s.name,
          .abstract_eval = elementwise_eval(s.accepts, s.result),
          .jvp = std::move(s.jvp),
          .transpose = std::move(s.transpose),
          .batch = batch_elementwise,
          .lower = std::move(s.lower),
          .function = std::move(f)};
}

Value replace_zero(const Value& x) { return select(eq(x, like(x, 0)), full(x.aval(), 1), x); }

// Accuracy -------------------------------------------------------------------------

namespace {

// The tolerance as front ends give it: a record, or a tuple (atol, rtol, ulps).
struct Tolerance {
  double atol = 0, rtol = 0;
  int64_t ulps = 0;
};

double number_of(const Param& p) {
  if (auto* d = std::get_if<double>(&p.v)) return *d;
  return static_cast<double>(int_of(p, "accuracy"));
}

Tolerance tolerance_of(const Param& p) {
  if (std::holds_alternative<Param::Record>(p.v))
    return {number_of(field_of(p, "atol", "accuracy")), number_of(field_of(p, "rtol", "accuracy")),
            int_of(field_of(p, "ulps", "accuracy"), "accuracy")};
  std::vector<Param> items = items_of(p, "accuracy");
  require<ValueError>(items.size() == 3, "accuracy must have atol, rtol and ulps");
  return {number_of(items[0]), number_of(items[1]), int_of(items[2], "accuracy")};
}

bool is_mode(const Param& p) {
  return std::holds_alternative<Param::Enum>(p.v) || std::holds_alternative<std::string>(p.v);
}

Param checked_accuracy(const Param& p) {
  if (std::holds_alternative<Param::None>(p.v)) return p;
  if (is_mode(p)) {
    std::string mode = name_of(p, "accuracy");
    require<ValueError>(mode == "HIGHEST" || mode == "DEFAULT",
                        "accuracy must be HIGHEST or DEFAULT, got ", mode);
    return Param::Enum{"AccuracyMode", mode == "HIGHEST" ? "HIGHEST" : "DEFAULT"};
  }
  Tolerance t = tolerance_of(p);
  require<ValueError>(t.atol >= 0 && t.rtol >= 0 && t.ulps >= 0,
                      "Tolerances must be non-negative.");
  require<ValueError>(t.atol > 0 || t.rtol > 0 || t.ulps > 0,
                      "At least one of atol, rtol, or ulps must be set.");
  return Param::Record{"Tolerance", {{"atol", t.atol}, {"rtol", t.rtol}, {"ulps", t.ulps}}};
}

// Empty if the compiler may choose.
std::string accuracy_attr(const Op& op) {
  if (!op.params) return {};
  const Param& p = op.get<AccuracyParams>().accuracy;
  if (std::holds_alternative<Param::None>(p.v)) return {};
  std::string_view mode = is_mode(p) ? std::get<Param::Enum>(p.v).member : "TOLERANCE";
  std::string values;
  if (!is_mode(p)) {
    Tolerance t = tolerance_of(p);
    char text[96];
    std::snprintf(text, sizeof text, "atol = %.17e, rtol = %.17e, ulps = %lld, ", t.atol, t.rtol,
                  static_cast<long long>(t.ulps));
    values = text;
  }
  return str("result_accuracy = #stablehlo.result_accuracy<", values,
             "mode = #stablehlo.result_accuracy_mode<", mode, ">>");
}

}  // namespace

Op plain(const Primitive& p) {
  static const Params none = make_ref<const ParamsOf<AccuracyParams>>(AccuracyParams{});
  return {&p, none};
}

PrimitiveDef accurate_unary(const Primitive* self, UnarySpec s) {
  PrimitiveDef def = unary(std::move(s));
  def.function.signature = "x, *, accuracy=None";
  def.function.call = [self](const CallArgs& a) -> Values {
    if (a.is_none(1)) return {plain(*self).bind1({a.value(0)})};
    return {self->with(AccuracyParams{checked_accuracy(a.param(1))}).bind1({a.value(0)})};
  };
  return def;
}

LowerRule accurate_op(std::string_view name) {
  return [name, simple = hlo_op(name)](const Op& op, hlo::Builder& b, hlo::Operands in,
                                       AvalSpan out) -> hlo::Results {
    std::string attr = accuracy_attr(op);
    return attr.empty() ? simple(op, b, in, out) : hlo::Results{b.op(name, in, out[0], attr)};
  };
}

}  // namespace covector::rules

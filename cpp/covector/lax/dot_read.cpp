// Reads the arguments of contractions as front ends give them.

#include "covector/lax/dot_algorithm.h"
#include "covector/lax/param_reader.h"
#include "covector/lax/rules.h"

namespace covector::rules {

namespace {

struct PrecisionName {
  std::string_view name;
  Precision precision;
};
constexpr PrecisionName kSpellings[] = {
    {"DEFAULT", Precision::kDefault},    {"HIGH", Precision::kHigh},
    {"HIGHEST", Precision::kHighest},    {"default", Precision::kDefault},
    {"fastest", Precision::kDefault},    {"bfloat16", Precision::kDefault},
    {"high", Precision::kHigh},          {"bfloat16_3x", Precision::kHigh},
    {"tensorfloat32", Precision::kHigh}, {"highest", Precision::kHighest},
    {"float32", Precision::kHighest}};

std::optional<Precision> find_precision(std::string_view name) {
  for (const PrecisionName& s : kSpellings)
    if (s.name == name) return s.precision;
  return {};
}

[[noreturn]] void bad_precision(const Param& p) {
  fail<ValueError>("Precision argument must be one of: None, a name of a lax.Precision or ",
                   "lax.DotAlgorithmPreset, a member of either, or a pair of lax.Precision; got ",
                   to_string(FieldValue(&p)), ".");
}

}  // namespace

DotOptions read_dot_options(const Param& precision, DType preferred) {
  DotOptions o{{}, preferred, {}};
  if (std::holds_alternative<Param::None>(precision.v)) return o;
  if (auto* pair = std::get_if<Param::Tuple>(&precision.v)) {
    if (pair->items.size() != 2) bad_precision(precision);
    auto l = find_precision(name_of(pair->items[0], "precision"));
    auto r = find_precision(name_of(pair->items[1], "precision"));
    if (!l || !r) bad_precision(precision);
    o.precision = {*l, *r};
    return o;
  }
  std::string name = name_of(precision, "precision");
  auto* e = std::get_if<Param::Enum>(&precision.v);
  bool preset = e && e->type == "DotAlgorithmPreset";
  if (auto p = find_precision(name); p && !preset) {
    o.precision = {*p, *p};
  } else if (auto* a = find_dot_algorithm(name)) {
    o.algorithm = a->name;
  } else {
    bad_precision(precision);
  }
  return o;
}

DotDims read_dot_dims(const Param& p) {
  auto dims = items_of(p, "dimension_numbers");
  require<TypeError>(dims.size() == 2, "dot_general: dimension_numbers must be ",
                     "((lhs_contract, rhs_contract), (lhs_batch, rhs_batch))");
  auto contract = items_of(dims[0], "contracting dimensions");
  auto batch = items_of(dims[1], "batch dimensions");
  // Pairs of empty tuples may come without their structure.
  contract.resize(2, Axes()), batch.resize(2, Axes());
  return {ints_of(contract[0], "lhs_contract"), ints_of(contract[1], "rhs_contract"),
          ints_of(batch[0], "lhs_batch"), ints_of(batch[1], "rhs_batch")};
}

}  // namespace covector::rules

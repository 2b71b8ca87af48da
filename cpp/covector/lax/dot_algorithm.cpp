#include "covector/lax/dot_algorithm.h"

namespace covector::rules {

namespace {

constexpr DType kNone;
constexpr DotAlgorithm kAlgorithms[] = {
    {"DEFAULT", "", kNone, kNone, kNone},
    {"ANY_F8_ANY_F8_F32", "", kNone, kNone, kFloat32},
    {"ANY_F8_ANY_F8_F32_FAST_ACCUM", "", kNone, kNone, kFloat32, 1, true},
    {"ANY_F8_ANY_F8_ANY", "", kNone, kNone, kNone},
    {"ANY_F8_ANY_F8_ANY_FAST_ACCUM", "", kNone, kNone, kNone},
    {"F16_F16_F16", "f16", kFloat16, kNone, kFloat16},
    {"F16_F16_F32", "f16", kFloat16, kNone, kFloat32},
    {"BF16_BF16_BF16", "bf16", kBfloat16, kFloat32, kBfloat16},
    {"BF16_BF16_F32", "bf16", kBfloat16, kFloat32, kFloat32},
    {"BF16_BF16_F32_X3", "bf16", kFloat32, kNone, kFloat32, 3},
    {"BF16_BF16_F32_X6", "bf16", kFloat32, kNone, kFloat32, 6},
    {"BF16_BF16_F32_X9", "bf16", kFloat32, kNone, kFloat32, 9},
    {"TF32_TF32_F32", "tf32", kFloat32, kNone, kFloat32},
    {"TF32_TF32_F32_X3", "tf32", kFloat32, kNone, kFloat32, 3},
    {"F32_F32_F32", "f32", kFloat32, kNone, kFloat32},
    {"F64_F64_F64", "f64", kFloat64, kNone, kFloat64},
};

}  // namespace

const DotAlgorithm* find_dot_algorithm(std::string_view name) {
  for (const DotAlgorithm& a : kAlgorithms)
    if (a.name == name) return &a;
  return nullptr;
}

std::string dot_algorithm_attr(const DotAlgorithm& a, DType lhs, DType rhs) {
  bool float8 = a.hlo_type.empty();
  require<ValueError>(
      !float8 || (is_floating(lhs) && is_floating(rhs) && lhs->bits == 8 && rhs->bits == 8),
      "The dot algorithm '", a.name, "' requires both inputs to have float8 ", "dtypes. Got ",
      lhs->name, " and ", rhs->name, " instead.");
  std::string_view acc = a.accumulation ? a.accumulation->hlo : kFloat32->hlo;
  return str(
      "algorithm = #stablehlo.dot_algorithm<lhs_precision_type = ", float8 ? lhs->hlo : a.hlo_type,
      ", rhs_precision_type = ", float8 ? rhs->hlo : a.hlo_type, ", accumulation_type = ", acc,
      ", lhs_component_count = 1, rhs_component_count = 1, num_primitive_operations = ",
      a.num_operations, ", allow_imprecise_accumulation = ", a.imprecise ? "true" : "false", ">");
}

}  // namespace covector::rules

#include "covector/lax/lapack.h"

#include <cmath>
#include <limits>

namespace covector::rules {
namespace {

// The last two axes closest in memory, columns contiguous.
Axes column_major(int64_t rank) {
  Axes r{rank - 2, rank - 1};
  for (int64_t i = rank - 3; i >= 0; --i) r.push_back(i);
  return r;
}

char type_letter(DType d) {
  if (d == kFloat32) return 's';
  if (d == kFloat64) return 'd';
  if (d == kComplex64) return 'c';
  require<NotImplemented>(d == kComplex128, "Unsupported dtype ", d->name, " of linear algebra",
                          "; convert to float32, float64, complex64 or complex128");
  return 'z';
}

}  // namespace

hlo::Results call_kernel(hlo::Builder& b, const Kernel& k, hlo::Operands in, AvalSpan outs) {
  int64_t rank = 0;
  for (const hlo::Operand& x : in) rank = std::max(rank, x.aval.rank());
  hlo::CustomCall call{.target = k.name, .attributes = k.attributes, .aliases = k.aliases};
  auto layout = [&](const Aval& a) {
    return k.column_major && a.rank() == rank ? column_major(rank) : Axes();
  };
  for (const hlo::Operand& x : in) call.operand_layouts.push_back(layout(x.aval));
  for (const Aval& a : outs) call.result_layouts.push_back(layout(a));
  return hlo::custom_call(b, call, in, outs);
}

std::string lapack_name(std::string_view routine, DType d) {
  return str("lapack_", type_letter(d), routine, "_ffi");
}

std::string lapack_name(std::string_view real, std::string_view complex, DType d) {
  return lapack_name(is_complex(d) ? complex : real, d);
}

std::string char_attr(std::string_view name, char c) {
  return str(name, " = ", static_cast<int>(c), " : ui8");
}

std::string bool_attr(std::string_view name, bool x) {
  return str(name, x ? " = true" : " = false");
}

Aval info_aval(const Aval& matrix) {
  const Shape& s = matrix.shape();
  return Aval(kInt32, std::span(s.begin(), s.size() - 2));
}

hlo::Operand nan_unless_ok(hlo::Builder& b, const hlo::Operand& info, const hlo::Operand& x,
                           bool positive_is_ok) {
  hlo::Operand ok = b.compare(info, b.splat(info.aval, 0.0), positive_is_ok ? "GE" : "EQ");
  ok = b.broadcast_in_dim(ok, x.aval.shape(), iota_axes(info.aval.rank()));
  DType part = real_dtype(x.aval.dtype());
  hlo::Operand nan = b.splat(Aval(part, x.aval.shape()), std::numeric_limits<double>::quiet_NaN());
  if (is_complex(x.aval.dtype())) nan = b.elementwise("complex", {nan, nan}, x.aval);
  return b.select(ok, x, nan);
}

LowerRule by_platform(Platforms p) {
  return [p = std::move(p)](const Op& op, hlo::Builder& b, hlo::Operands in,
                            AvalSpan out) -> hlo::Results {
    const LowerRule& rule = b.for_cpu() ? p.cpu : b.platform() == "gpu" ? p.gpu : p.others;
    require<NotImplemented>(static_cast<bool>(rule), op.name(), ": not implemented on platform ",
                            b.platform());
    return rule(op, b, in, out);
  };
}

}  // namespace covector::rules

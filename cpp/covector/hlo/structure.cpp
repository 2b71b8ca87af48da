// Operations that move elements or choose among them. Arrays of an extended
// dtype have trailing axes that StableHLO sees and their shapes do not tell.

#include "covector/hlo/builder.h"
#include "covector/hlo/text.h"

namespace covector::hlo {
namespace {

std::span<const int64_t> element_shape(const Aval& a) {
  if (!is_extended(a.dtype())) return {};
  return a.dtype()->element_shape;
}

// "dims = [0, 1]", and the trailing axes from `next` on.
void append_dims(std::string& s, std::span<const int64_t> dims, const Aval& a, int64_t next) {
  s += ", dims = [";
  bool first = true;
  auto add = [&](int64_t d) {
    if (!first) s += ", ";
    first = false;
    append_int(s, d);
  };
  for (int64_t d : dims) add(d);
  for (size_t i = 0; i < element_shape(a).size(); ++i) add(next + static_cast<int64_t>(i));
  s += ']';
}

void append_range(std::string& s, int64_t start, int64_t limit, int64_t stride) {
  append_int(s, start);
  s += ':';
  append_int(s, limit);
  s += ':';
  append_int(s, stride);
}

}  // namespace

// "%3 = stablehlo.<name> %2"; what is left is attributes and the signature.
Operand Builder::begin_unary(std::string_view op_name, const Operand& x, const Aval& out) {
  Operand r{fresh(), -1, out};
  begin_op(1, r.id);
  text_ += "stablehlo.";
  text_ += op_name;
  text_ += ' ';
  name(x);
  return r;
}

Operand Builder::end_unary(const Operand& x, const Operand& r) {
  signature(Operands(&x, 1), AvalSpan(&r.aval, 1));
  end_op();
  return r;
}

Operand Builder::convert(const Operand& x, DType d) {
  if (x.aval.dtype() == d) return x;
  // Dropping the imaginary part is a choice that StableHLO leaves to us.
  if (is_complex(x.aval.dtype()) && !is_complex(d)) {
    DType part = real_dtype(x.aval.dtype());
    return convert(end_unary(x, begin_unary("real", x, Aval(part, x.aval.shape()))), d);
  }
  return end_unary(x, begin_unary("convert", x, Aval(d, x.aval.shape())));
}

Operand Builder::reshape(const Operand& x, std::span<const int64_t> shape) {
  if (std::ranges::equal(x.aval.shape(), shape)) return x;
  return end_unary(x, begin_unary("reshape", x, Aval(x.aval.dtype(), shape)));
}

Operand Builder::broadcast_in_dim(const Operand& x, std::span<const int64_t> shape,
                                  std::span<const int64_t> dims) {
  Operand r = begin_unary("broadcast_in_dim", x, Aval(x.aval.dtype(), shape));
  append_dims(text_, dims, x.aval, r.aval.rank());
  return end_unary(x, r);
}

Operand Builder::transpose(const Operand& x, std::span<const int64_t> perm) {
  Shape shape;
  for (int64_t p : perm) shape.push_back(x.aval.dim(p));
  Operand r = begin_unary("transpose", x, Aval(x.aval.dtype(), shape));
  append_dims(text_, perm, x.aval, x.aval.rank());
  return end_unary(x, r);
}

Operand Builder::slice(const Operand& x, std::span<const int64_t> start,
                       std::span<const int64_t> limit, std::span<const int64_t> strides) {
  Shape shape;
  auto stride = [&](size_t i) { return strides.empty() ? 1 : strides[i]; };
  for (size_t i = 0; i < start.size(); ++i)
    shape.push_back((std::max<int64_t>(limit[i] - start[i], 0) + stride(i) - 1) / stride(i));
  Operand r = begin_unary("slice", x, Aval(x.aval.dtype(), shape));
  text_ += " [";
  for (size_t i = 0; i < start.size(); ++i) {
    if (i) text_ += ", ";
    append_range(text_, start[i], limit[i], stride(i));
  }
  for (size_t i = 0; i < element_shape(x.aval).size(); ++i) {
    if (i || !start.empty()) text_ += ", ";
    append_range(text_, 0, element_shape(x.aval)[i], 1);
  }
  text_ += ']';
  return end_unary(x, r);
}

Operand Builder::compare(const Operand& x, const Operand& y, std::string_view direction,
                         bool total) {
  DType d = x.aval.dtype();
  Operand r{fresh(), -1, Aval(kBool, x.aval.shape())}, in[2] = {x, y};
  begin_op(1, r.id);
  text_ += "stablehlo.compare ";
  text_ += direction;
  text_ += ", ";
  names(in);
  if (is_inexact(d))
    text_ += total ? ", TOTALORDER" : ", FLOAT";
  else
    text_ += is_signed_int(d) ? ", SIGNED" : ", UNSIGNED";
  signature(in, AvalSpan(&r.aval, 1));
  end_op();
  return r;
}

Operand Builder::select(const Operand& pred, const Operand& on_true, const Operand& on_false) {
  Operand r{fresh(), -1, on_true.aval}, in[3] = {pred, on_true, on_false};
  if (is_extended(r.aval.dtype()) && pred.aval.rank() > 0) {
    Shape shape = r.aval.shape();
    Axes dims;
    for (int64_t i = 0; i < r.aval.rank(); ++i) dims.push_back(i);
    shape.append(element_shape(r.aval));
    in[0] = broadcast_in_dim(pred, shape, dims);
    r.id = fresh();
  }
  begin_op(1, r.id);
  text_ += "stablehlo.select ";
  names(in);
  text_ += " : ";
  types(Operands(in, 2));
  end_op();
  return r;
}

Operand Builder::broadcast_to(const Operand& x, const Shape& shape) {
  if (x.aval.shape() == shape) return x;
  Axes dims;
  for (int64_t i = 0; i < x.aval.rank(); ++i) dims.push_back(i);
  return broadcast_in_dim(x, shape, dims);
}

}  // namespace covector::hlo

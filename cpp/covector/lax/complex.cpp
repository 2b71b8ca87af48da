// Complex numbers and their parts. Transposition is that of real-linear maps:
// cotangents are never conjugated on the way.

#include "covector/lax/elementwise.h"

namespace covector {

using namespace rules;

namespace {

const Primitive real_p{unary({
    .name = "real",
    .summary = "The real part of each element.",
    .accepts = kComplex,
    .result = real_dtype,
    .jvp = linear,
    .transpose = [](const Op&, Args ct, TransposeArgs) -> Values {
      return {complex(ct[0], like(ct[0], 0))};
    },
    .lower = hlo_op("real"),
    .f = real,
})};

const Primitive imag_p{unary({
    .name = "imag",
    .summary = "The imaginary part of each element.",
    .accepts = kComplex,
    .result = real_dtype,
    .jvp = linear,
    .transpose = [](const Op&, Args ct, TransposeArgs) -> Values {
      return {complex(like(ct[0], 0), -ct[0])};
    },
    .lower = hlo_op("imag"),
    .f = imag,
})};

bool is_part(DType d) { return d == kFloat32 || d == kFloat64; }
bool is_part_or_complex(DType d) { return is_part(d) || is_complex(d); }

const Primitive complex_p{binary({
    .name = "complex",
    .summary = "The complex number x + iy for each pair of elements.",
    .accepts = {is_part, "float32, float64"},
    .result = complex_dtype,
    .jvp = linear,
    .transpose = [](const Op&, Args ct, TransposeArgs in) -> Values {
      Values r(2);
      if (in[0].linear) r[0] = unbroadcast(real(ct[0]), in[0].aval);
      if (in[1].linear) r[1] = unbroadcast(-imag(ct[0]), in[1].aval);
      return r;
    },
    .lower = hlo_op("complex"),
    .f = complex,
})};

struct ConjParams {
  DType input_dtype;
  void fields(FieldVisitor& f) const { f("input_dtype", input_dtype); }
  bool operator==(const ConjParams&) const = default;
};

const Primitive conj_p{unary({
    .name = "conj",
    .summary = "The complex conjugate of each element; complex also where that is real.",
    .accepts = {is_part_or_complex, "float32, complexfloating, float64"},
    .result = complex_dtype,
    .jvp = linear,
    .transpose = [](const Op& op, Args ct, TransposeArgs) -> Values {
      return {is_complex(op.get<ConjParams>().input_dtype) ? conj(ct[0]) : real(ct[0])};
    },
    .lower = lower_via([](const Op&, Args x) -> Values {
      if (!is_complex(x[0].dtype())) return {complex(x[0], like(x[0], 0))};
      return {complex(real(x[0]), -imag(x[0]))};
    }),
    .f = conj,
})};

}  // namespace

Value real(const Value& x) { return real_p.op().bind1({x}); }
Value imag(const Value& x) { return imag_p.op().bind1({x}); }
Value conj(const Value& x) { return conj_p.with(ConjParams{x.dtype()}).bind1({x}); }
Value complex(const Value& re, const Value& im) { return complex_p.op().bind1({re, im}); }

}  // namespace covector

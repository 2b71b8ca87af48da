#include <bit>
#include <cmath>
#include <complex>
#include <limits>

#include "covector/core/trace.h"
#include "hlo/hlo_testing.h"

namespace covector::hlo {
namespace {

using hlo_testing::as;
using hlo_testing::Bytes;
using hlo_testing::bytes;
using hlo_testing::lines;
using hlo_testing::run;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::string text(const Aval& a, const std::function<Operand(Builder&)>& f) {
  auto r = lines({}, AvalSpan(&a, 1), [&](Builder& b, Operands) -> Results { return {f(b)}; });
  return r.size() == 1 ? r[0] : str(r.size(), " lines");
}
std::string splat_text(DType d, double x) {
  std::string s = text(Aval(d, {}), [&](Builder& b) { return b.splat(Aval(d, {}), x); });
  size_t from = s.find("dense<") + 6;
  return s.substr(from, s.rfind("> :") - from);
}
// The bytes that a constant has on the device.
Bytes stored(const Value& v) {
  Aval a = v.aval();
  return run({}, AvalSpan(&a, 1),
             [&](Builder& b, Operands) -> Results { return {b.constant(v)}; })[0];
}
template <class T>
Value array(DType d, const std::vector<T>& v) {
  return host_array(Aval(d, {static_cast<int64_t>(v.size() * sizeof(T) / d->itemsize)}), v.data());
}

TEST(Constant, SplatsAreConvertedToTheirType) {
  EXPECT_EQ(splat_text(kFloat32, 2), "2.0");
  EXPECT_EQ(splat_text(kFloat32, 0.1), "0.10000000149011612");
  EXPECT_EQ(splat_text(kFloat64, 0.1), "0.1");
  EXPECT_EQ(splat_text(kBfloat16, 2.7), "2.703125");
  EXPECT_EQ(splat_text(kFloat16, 1e-7), "1.1920928955078125e-07");
  EXPECT_EQ(splat_text(kFloat64, 1e300), "1.0e+300");
  EXPECT_EQ(splat_text(kFloat32, -0.0), "-0.0");
  EXPECT_EQ(splat_text(kFloat32, 1e-45), "1.401298464324817e-45");
  EXPECT_EQ(splat_text(kInt32, -7), "-7");
  EXPECT_EQ(splat_text(kUint4, 15), "15");
  EXPECT_EQ(splat_text(kBool, 1), "true");
  EXPECT_EQ(splat_text(kComplex64, 1.5), "(1.5, 0.0)");
}

TEST(Constant, WhatIsNotFiniteIsWrittenAsBits) {
  EXPECT_EQ(splat_text(kFloat32, kInf), "0x7F800000");
  EXPECT_EQ(splat_text(kFloat32, -kInf), "0xFF800000");
  EXPECT_EQ(splat_text(kFloat32, kNan), "0x7FC00000");
  EXPECT_EQ(splat_text(kBfloat16, kInf), "0x7F80");
  EXPECT_EQ(splat_text(kFloat16, -kInf), "0xFC00");
  EXPECT_EQ(splat_text(kFloat64, kNan), "0x7FF8000000000000");
  EXPECT_EQ(splat_text(kFloat8E5m2, kInf), "0x7C");
}

TEST(Constant, SplatOfAShape) {
  Aval a(kFloat32, {2, 3});
  EXPECT_EQ(text(a, [&](Builder& b) { return b.splat(a, 1.0); }),
            "%0 = stablehlo.constant dense<1.0> : tensor<2x3xf32>");
  EXPECT_EQ(text(Aval(kInt64, {}), [](Builder& b) { return b.constant_i64(-5); }),
            "%0 = stablehlo.constant dense<-5> : tensor<i64>");
  EXPECT_EQ(text(Aval(kInt32, {}), [](Builder& b) { return b.constant_i32(7); }),
            "%0 = stablehlo.constant dense<7> : tensor<i32>");
}

TEST(Constant, IntegersThatADoubleCannotHold) {
  Aval a(kInt64, {});
  EXPECT_EQ(text(a, [&](Builder& b) { return b.splat(a, int64_t{9007199254740993}); }),
            "%0 = stablehlo.constant dense<9007199254740993> : tensor<i64>");
}

TEST(Constant, SmallArraysAreListed) {
  Aval a(kInt32, {2, 2});
  int32_t v[] = {1, -2, 3, 4};
  EXPECT_EQ(text(a, [&](Builder& b) { return b.constant(host_array(a, v)); }),
            "%0 = stablehlo.constant dense<[[1, -2], [3, 4]]> : tensor<2x2xi32>");
  Aval f(kFloat32, {3});
  float w[] = {std::nanf(""), INFINITY, -0.0f};
  EXPECT_EQ(text(f, [&](Builder& b) { return b.constant(host_array(f, w)); }),
            "%0 = stablehlo.constant dense<[0x7FC00000, 0x7F800000, -0.0]> : tensor<3xf32>");
  Aval none(kFloat32, {0, 2});
  EXPECT_EQ(text(none, [&](Builder& b) { return b.constant(host_array(none, w)); }),
            "%0 = stablehlo.constant dense<> : tensor<0x2xf32>");
}

TEST(Constant, EqualElementsAreASplat) {
  std::vector<int32_t> v(1000, 7);
  Aval a(kInt32, {1000});
  EXPECT_EQ(text(a, [&](Builder& b) { return b.constant(array(kInt32, v)); }),
            "%0 = stablehlo.constant dense<7> : tensor<1000xi32>");
}

TEST(Constant, MustBeConcrete) {
  struct Unknown final : Tracer {
    Unknown() : Tracer(Ref<Trace>(&eval_trace()), Aval(kFloat32, {3})) {}
  };
  Value v = make_ref<const Unknown>();
  EXPECT_THROW(Builder().constant(v), InternalError);
}

// All encodings of each one-byte type, as scalars and as a large array.
TEST(Constant, EveryByteReadsBack) {
  for (DType d : {kInt8, kUint8, kFloat8E5m2, kFloat8E4m3, kFloat8E3m4, kFloat8E4m3fn,
                  kFloat8E4m3b11fnuz, kFloat8E4m3fnuz, kFloat8E5m2fnuz, kFloat8E8m0fnu}) {
    std::vector<uint8_t> all(256);
    for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<uint8_t>(i);
    EXPECT_EQ(stored(array(d, all)), bytes(all)) << d->name;
    Avals types(256, Aval(d, {}));
    auto scalars = run({}, types, [&](Builder& b, Operands) {
      Results r;
      for (uint8_t x : all) r.push_back(b.constant(host_array(Aval(d, {}), &x)));
      return r;
    });
    for (size_t i = 0; i < all.size(); ++i) {
      double x = to_double(Array(Aval(d, {}), Scalar::of(all[i])));
      if (!std::isnan(x))
        EXPECT_EQ(as<uint8_t>(scalars[i])[0], all[i]) << d->name << " " << x;
      else
        EXPECT_TRUE(
            std::isnan(to_double(Array(Aval(d, {}), Scalar::of(as<uint8_t>(scalars[i])[0])))));
    }
  }
}

// What integers narrower than a byte consist of; the rest means nothing.
Bytes low_bits(Bytes b, int n) {
  for (std::byte& x : b) x &= static_cast<std::byte>((1 << n) - 1);
  return b;
}

TEST(Constant, NarrowIntegersReadBack) {
  for (size_t n : {size_t{3}, size_t{40}}) {
    std::vector<int8_t> v;
    std::vector<uint8_t> u, b;
    for (size_t i = 0; i < n; ++i) {
      v.push_back(static_cast<int8_t>(i % 16) - 8);
      u.push_back(i % 16);
      b.push_back(i % 3 == 0);
    }
    EXPECT_EQ(low_bits(stored(array(kInt4, v)), 4), low_bits(bytes(v), 4)) << n;
    EXPECT_EQ(stored(array(kUint4, u)), bytes(u)) << n;
    EXPECT_EQ(stored(array(kBool, b)), bytes(b)) << n;
    for (auto& x : v) x = static_cast<int8_t>(x & 3) - 2;
    for (auto& x : u) x &= 3;
    EXPECT_EQ(low_bits(stored(array(kInt2, v)), 2), low_bits(bytes(v), 2)) << n;
    EXPECT_EQ(stored(array(kUint2, u)), bytes(u)) << n;
  }
}

TEST(Constant, Float4ReadsBack) {
  std::vector<uint8_t> all;
  for (uint8_t i = 0; i < 16; ++i) all.push_back(i);
  all.insert(all.end(), all.begin(), all.end());
  EXPECT_EQ(stored(array(kFloat4E2m1fn, all)), bytes(all));
}

template <class T>
void expect_reads_back(DType d, const std::vector<T>& few) {
  EXPECT_EQ(as<T>(stored(array(d, few))), few) << d->name;
  std::vector<T> many;
  while (many.size() < 100) many.insert(many.end(), few.begin(), few.end());
  EXPECT_EQ(as<T>(stored(array(d, many))), many) << d->name;
  for (const T& x : few)
    EXPECT_EQ(as<T>(stored(host_array(Aval(d, {}), &x))), std::vector<T>{x}) << d->name;
}

TEST(Constant, WideTypesReadBack) {
  expect_reads_back<int16_t>(kInt16, {INT16_MIN, -1, 0, INT16_MAX});
  expect_reads_back<uint16_t>(kUint16, {0, UINT16_MAX});
  expect_reads_back<int32_t>(kInt32, {INT32_MIN, -1, 0, INT32_MAX});
  expect_reads_back<uint32_t>(kUint32, {0, UINT32_MAX});
  expect_reads_back<int64_t>(kInt64, {INT64_MIN, -1, 0, INT64_MAX});
  expect_reads_back<uint64_t>(kUint64, {0, UINT64_MAX, uint64_t{1} << 63});
  expect_reads_back<float>(kFloat32, {0.1f, 1e-45f, 3.4028235e38f, 1.17549435e-38f, INFINITY});
  expect_reads_back<double>(kFloat64, {0.1, 5e-324, 1.7976931348623157e308, -kInf, 1.0 / 3});
  expect_reads_back<std::complex<float>>(kComplex64, {{1, -2}, {0.1f, INFINITY}, {-0.0f, 3}});
  expect_reads_back<std::complex<double>>(kComplex128, {{1, -2}, {0.1, kInf}, {1e-320, 1e300}});
}

// Every half and bfloat16, as scalars: as their decimal digits.
TEST(Constant, HalvesReadBack) {
  for (DType d : {kFloat16, kBfloat16}) {
    std::vector<uint16_t> some;
    for (uint32_t i = 0; i < 0x10000; i += 37) some.push_back(static_cast<uint16_t>(i));
    Avals types(some.size(), Aval(d, {}));
    auto r = run({}, types, [&](Builder& b, Operands) {
      Results out;
      for (uint16_t x : some) out.push_back(b.constant(host_array(Aval(d, {}), &x)));
      return out;
    });
    for (size_t i = 0; i < some.size(); ++i) {
      if (std::isnan(to_double(Array(Aval(d, {}), Scalar::of(some[i]))))) continue;
      EXPECT_EQ(as<uint16_t>(r[i])[0], some[i]) << d->name;
    }
  }
}

TEST(Constant, TypedKeys) {
  uint32_t words[] = {1, 2, 3, 4};
  Aval a(kKeyFry, {2});
  EXPECT_EQ(text(a, [&](Builder& b) { return b.constant(host_array(a, words)); }),
            "%0 = stablehlo.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xui32>");
  Aval one(kKeyFry, {});
  EXPECT_EQ(text(one, [&](Builder& b) { return b.constant(host_array(one, words)); }),
            "%0 = stablehlo.constant dense<[1, 2]> : tensor<2xui32>");
}

}  // namespace
}  // namespace covector::hlo

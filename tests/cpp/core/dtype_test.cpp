#include "covector/core/dtype.h"

#include <gtest/gtest.h>

#include "covector/core/config.h"

namespace covector {
namespace {

constexpr DType kAll[] = {
    kBool,           kInt2,          kInt4,
    kInt8,           kInt16,         kInt32,
    kInt64,          kUint2,         kUint4,
    kUint8,          kUint16,        kUint32,
    kUint64,         kFloat4E2m1fn,  kFloat8E3m4,
    kFloat8E4m3,     kFloat8E8m0fnu, kFloat8E4m3b11fnuz,
    kFloat8E4m3fn,   kFloat8E5m2,    kFloat8E4m3fnuz,
    kFloat8E5m2fnuz, kBfloat16,      kFloat16,
    kFloat32,        kFloat64,       kComplex64,
    kComplex128,     kFloat0,        kKeyFry,
};

TEST(DType, IsFoundByName) {
  for (DType d : kAll) EXPECT_EQ(dtype_by_name(d->name), d) << d->name;
  EXPECT_FALSE(dtype_by_name("float31"));
  EXPECT_FALSE(dtype_by_name(""));
}

TEST(DType, NamesAndIdsAreDistinct) {
  for (DType a : kAll)
    for (DType b : kAll) {
      EXPECT_EQ(a->name == b->name, a == b);
      EXPECT_EQ(a->short_name == b->short_name, a == b);
      EXPECT_EQ(a.id() == b.id(), a == b);
    }
}

TEST(DType, ShortNames) {
  EXPECT_EQ(str(kFloat32), "f32");
  EXPECT_EQ(str(kBfloat16), "bf16");
  EXPECT_EQ(str(kUint8), "u8");
  EXPECT_EQ(str(kBool), "bool");
  EXPECT_EQ(str(kComplex64), "c64");
  EXPECT_EQ(str(kFloat8E4m3fn), "f8_e4m3fn");
  EXPECT_EQ(str(kKeyFry), "key<fry>");
}

TEST(DType, Kinds) {
  EXPECT_TRUE(is_integer(kInt4) && is_signed_int(kInt4) && !is_unsigned_int(kInt4));
  EXPECT_TRUE(is_integer(kUint64) && is_unsigned_int(kUint64));
  EXPECT_TRUE(is_floating(kBfloat16) && is_inexact(kBfloat16) && !is_complex(kBfloat16));
  EXPECT_TRUE(is_complex(kComplex64) && is_inexact(kComplex64) && !is_floating(kComplex64));
  EXPECT_FALSE(is_integer(kBool) || is_inexact(kBool));
  EXPECT_FALSE(is_inexact(kFloat0) || is_floating(kFloat0));
  EXPECT_TRUE(is_extended(kKeyFry));
}

TEST(DType, RealAndComplexParts) {
  EXPECT_EQ(real_dtype(kComplex64), kFloat32);
  EXPECT_EQ(real_dtype(kComplex128), kFloat64);
  EXPECT_EQ(real_dtype(kBfloat16), kBfloat16);
  EXPECT_EQ(complex_dtype(kFloat64), kComplex128);
  EXPECT_EQ(complex_dtype(kFloat16), kComplex64);
  EXPECT_EQ(complex_dtype(kComplex128), kComplex128);
}

TEST(DType, CanonicalFollowsTheOption) {
  {
    WithOption off(Option::kEnableX64, 0);
    EXPECT_EQ(canonical(kFloat64), kFloat32);
    EXPECT_EQ(canonical(kInt64), kInt32);
    EXPECT_EQ(canonical(kUint64), kUint32);
    EXPECT_EQ(canonical(kComplex128), kComplex64);
    EXPECT_EQ(canonical(kFloat16), kFloat16);
  }
  WithOption on(Option::kEnableX64, 1);
  EXPECT_EQ(canonical(kFloat64), kFloat64);
}

TEST(DType, SizesAgree) {
  for (DType d : kAll) {
    EXPECT_GE(d->itemsize * 8, d->bits) << d->name;
    EXPECT_TRUE(d->bits < 8 || d->itemsize * 8 == d->bits) << d->name;
  }
  EXPECT_EQ(kKeyFry->itemsize, kUint32->itemsize * kKeyFry->element_shape[0]);
}

}  // namespace
}  // namespace covector

#include "covector/core/params.h"

#include <cmath>

#include "core/core_testing.h"

namespace covector {
namespace {

using core_testing::Program;
using core_testing::same_type;
using core_testing::TestParams;

class Text final : public HostObject {
 public:
  explicit Text(std::string s) : s_(std::move(s)) {}
  bool equals(const HostObject& o) const override {
    auto* t = dynamic_cast<const Text*>(&o);
    return t && t->s_ == s_;
  }
  size_t hash() const override { return std::hash<std::string>()(s_); }
  std::string repr() const override { return "<Text " + s_ + " at 0x7fab12>"; }

 private:
  const std::string s_;
};
Param text(std::string s) { return Ref<const HostObject>(make_ref<const Text>(std::move(s))); }

std::vector<Param> distinct_params() {
  static constexpr char kType[] = "Dims", kOther[] = "Others";
  Program p({Aval(kFloat32, {})});
  return {
      Param(),
      true,
      false,
      int64_t{0},
      int64_t{1},
      0.0,
      -0.0,
      std::nan(""),
      "a",
      "b",
      kFloat32,
      kInt32,
      Axes{},
      Axes{1},
      Axes{1, 2},
      Param::Tuple{},
      Param::Tuple{{Param(1)}},
      Param::Tuple{{Param(1)}, true},
      Param::Tuple{{Param(1), Param(2)}},
      Param::Record{kType, {{"x", Param(1)}}},
      Param::Record{kType, {{"y", Param(1)}}},
      Param::Record{kType, {{"x", Param(2)}}},
      Param::Record{kOther, {{"x", Param(1)}}},
      Param::Enum{"Mode", "CLIP"},
      Param::Enum{"Mode", "DROP"},
      scalar_of(kFloat32, 0.0),
      scalar_of(kFloat32, -0.0),
      scalar_of(kFloat32, std::nan("")),
      scalar_of(kFloat64, 0.0),
      scalar_of(kFloat32, 0.0, true),
      text("a"),
      text("b"),
  };
}

TEST(Param, EqualIfAndOnlyIfTheSame) {
  auto a = distinct_params(), b = distinct_params();
  for (size_t i = 0; i < a.size(); ++i)
    for (size_t j = 0; j < b.size(); ++j) EXPECT_EQ(a[i] == b[j], i == j) << i << " " << j;
}

TEST(Param, HashFollowsEquality) {
  auto a = distinct_params(), b = distinct_params();
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].hash(), b[i].hash()) << i;
    for (size_t j = 0; j < i; ++j) EXPECT_NE(a[i].hash(), a[j].hash()) << i << " " << j;
  }
}

TEST(Param, ArraysAreComparedByIdentity) {
  float v[] = {1, 2};
  Value x = host_array(Aval(kFloat32, {2}), v), y = host_array(Aval(kFloat32, {2}), v);
  EXPECT_EQ(Param(x), Param(x));
  EXPECT_NE(Param(x), Param(y));
}

TEST(Params, OpsWithEqualParamsAreEqual) {
  auto make = [](int64_t k) { return core_testing::any_op("f").with(TestParams{{{"k", k}}}); };
  EXPECT_EQ(make(1), make(1));
  EXPECT_EQ(make(1).hash(), make(1).hash());
  EXPECT_FALSE(make(1) == make(2));
  EXPECT_NE(make(1).hash(), make(2).hash());
  EXPECT_FALSE(make(1) == core_testing::any_op("g").with(TestParams{{{"k", int64_t{1}}}}));
}

// Quiet fields are parameters, too.
TEST(Params, HashCountsEveryField) {
  auto make = [](size_t n) {
    return core_testing::any_op("f").with(TestParams{{}, {}, {}, Avals(n, Aval(kInt32, {}))});
  };
  EXPECT_NE(make(1).hash(), make(2).hash());
}

TEST(Params, JaxprsAreComparedByIdentity) {
  auto make = [] {
    Program p({Aval(kFloat32, {})});
    return p.done({p.in(0)});
  };
  ClosedJaxpr j = make(), k = make();
  std::vector<ClosedJaxpr> one{j}, two{j, j}, other{k};
  EXPECT_EQ(hash_field(0, &j), hash_field(0, &j));
  EXPECT_NE(hash_field(0, &j), hash_field(0, &k));
  EXPECT_NE(hash_field(0, &one), hash_field(0, &two));
  EXPECT_NE(hash_field(0, &one), hash_field(0, &other));
  ClosedJaxpr with_const{j.jaxpr, {scalar_of(kFloat32, 1.0)}};
  EXPECT_NE(hash_field(0, &j), hash_field(0, &with_const));
}

TEST(Params, HashDependsOnOrderAndKind) {
  EXPECT_NE(hash_field(hash_field(0, int64_t{1}), int64_t{2}),
            hash_field(hash_field(0, int64_t{2}), int64_t{1}));
  EXPECT_NE(hash_field(0, int64_t{1}), hash_field(0, true));
  EXPECT_NE(hash_field(0, int64_t{0}), hash_field(0, Param::None()));
}

std::string printed(const Param& p) { return to_string(FieldValue(&p)); }

TEST(Params, PrintAsPythonDoes) {
  EXPECT_EQ(printed({}), "None");
  EXPECT_EQ(printed(true), "True");
  EXPECT_EQ(printed(-3), "-3");
  EXPECT_EQ(printed(1.0), "1.0");
  EXPECT_EQ(printed(0.1), "0.1");
  EXPECT_EQ(printed(1e16), "1e+16");
  EXPECT_EQ(printed(123456789012345.0), "123456789012345.0");
  EXPECT_EQ(printed(1e-5), "1e-05");
  EXPECT_EQ(printed(0.0001), "0.0001");
  EXPECT_EQ(printed(-1.5e300), "-1.5e+300");
  EXPECT_EQ(printed(-0.0), "-0.0");
  EXPECT_EQ(printed(INFINITY), "inf");
  EXPECT_EQ(printed(-INFINITY), "-inf");
  EXPECT_EQ(printed(std::nan("")), "nan");
  EXPECT_EQ(printed(kBfloat16), "bfloat16");
  EXPECT_EQ(printed(Axes{}), "()");
  EXPECT_EQ(printed(Axes{1}), "(1,)");
  EXPECT_EQ(printed(Axes{1, 2}), "(1, 2)");
  EXPECT_EQ(printed(Param::Enum{"GatherScatterMode", "CLIP"}), "GatherScatterMode.CLIP");
  EXPECT_EQ(printed(Param::Record{"Dims", {{"x", Axes{1}}, {"y", Axes{}}}}), "Dims(x=(1,), y=())");
  EXPECT_EQ(printed(scalar_of(kFloat32, 0.1)), "0.10000000149011612");
}

TEST(Params, PrintTuplesAndLists) {
  Param list = Param::Tuple{{Param(1), Param(2)}, true};
  EXPECT_EQ(printed(Param::Tuple{}), "()");
  EXPECT_EQ(printed(Param::Tuple{{}, true}), "[]");
  EXPECT_EQ(printed(Param::Tuple{{list}}), "([1, 2],)");
  EXPECT_EQ(printed(Param::Tuple{{list, Axes{3}}}), "([1, 2], (3,))");
}

// A string by itself is printed as it is, inside something else it is quoted.
TEST(Params, PrintStrings) {
  EXPECT_EQ(printed("it's"), "it's");
  auto nested = [](const char* s) { return printed(Param::Tuple{{Param(s)}, true}); };
  EXPECT_EQ(nested("a"), "['a']");
  EXPECT_EQ(nested("it's"), "[\"it's\"]");
  EXPECT_EQ(nested("'\""), R"(['\'"'])");
  EXPECT_EQ(nested("a\\b\n\t\x01"), R"(['a\\b\n\t\x01'])");
}

TEST(Params, PrintForeignObjectsWithoutAddresses) {
  EXPECT_EQ(printed(text("a")), "<Text a at 0xXXXXXX>");
}

}  // namespace
}  // namespace covector

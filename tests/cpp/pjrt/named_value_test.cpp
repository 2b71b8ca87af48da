#include "covector/pjrt/named_value.h"

#include <gtest/gtest.h>

#include "covector/pjrt/api.h"

namespace covector::pjrt {
namespace {

TEST(NamedValue, RoundTripsEveryKind) {
  std::vector<NamedValue> values = {{"text", std::string("a\0b", 3)},
                                    {"flag", true},
                                    {"number", int64_t{-7}},
                                    {"real", 0.5f},
                                    {"list", std::vector<int64_t>{1, -2, 3}},
                                    {"empty", std::vector<int64_t>{}}};
  std::vector<PJRT_NamedValue> c;
  for (const NamedValue& v : values) c.push_back(to_c(v));
  EXPECT_EQ(from_c(c.data(), c.size()), values);
}

TEST(NamedValue, LeavesOutUnknownKinds) {
  NamedValue value{"x", int64_t{1}};
  PJRT_NamedValue c[2] = {to_c(value), to_c(value)};
  c[0].type = static_cast<PJRT_NamedValue_Type>(77);
  EXPECT_EQ(from_c(c, 2), std::vector<NamedValue>{value});
  EXPECT_TRUE(from_c(nullptr, 0).empty());
}

TEST(NamedValue, IsFoundByName) {
  std::vector<NamedValue> values = {{"a", int64_t{1}}, {"b", true}};
  ASSERT_NE(find_value(values, "b"), nullptr);
  EXPECT_EQ(std::get<bool>(*find_value(values, "b")), true);
  EXPECT_EQ(find_value(values, "c"), nullptr);
}

}  // namespace
}  // namespace covector::pjrt

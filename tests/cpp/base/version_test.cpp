#include "covector/base/version.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace covector {
namespace {

TEST(Version, IsThreeNumbers) {
  std::string v = version();
  EXPECT_EQ(std::count(v.begin(), v.end(), '.'), 2) << v;
  EXPECT_EQ(v.find_first_not_of("0123456789."), std::string::npos) << v;
}

}  // namespace
}  // namespace covector

#include "covector/base/pretty.h"

#include <gtest/gtest.h>

namespace covector {
namespace {

// [a b c], a line an item where that is too long.
void bracketed(Pretty& p, const std::vector<std::string>& items) {
  p.open_group();
  p.text("[");
  p.nest(2);
  p.brk("");
  for (size_t i = 0; i < items.size(); ++i) {
    if (i) p.brk();
    p.text(items[i]);
  }
  p.nest(-2);
  p.brk("");
  p.text("]");
  p.close_group();
}

TEST(Pretty, GroupsThatFitStayOnOneLine) {
  Pretty p;
  bracketed(p, {"a", "b", "c"});
  EXPECT_EQ(p.render(7), "[a b c]");
  EXPECT_EQ(p.render(6), "[\n  a\n  b\n  c\n]");
}

TEST(Pretty, InnerGroupsDecideForThemselves) {
  Pretty p;
  p.open_group();
  p.text("x =");
  p.nest(4);
  p.brk();
  bracketed(p, {"a", "b"});
  p.brk();
  bracketed(p, {"long", "longer"});
  p.close_group();
  EXPECT_EQ(p.render(10), "x =\n    [a b]\n    [\n      long\n      longer\n    ]");
}

TEST(Pretty, WidthCountsFromTheStartOfTheLine) {
  Pretty p;
  p.text("0123");
  bracketed(p, {"a", "b"});
  EXPECT_EQ(p.render(9), "0123[a b]");
  EXPECT_EQ(p.render(8), "0123[\n  a\n  b\n]");
}

// Only the break itself must fit: what follows it may stick out.
TEST(Pretty, FillBreaksShareLines) {
  Pretty p;
  for (int i = 0; i < 6; ++i) {
    if (i) p.fill_break();
    p.text("abc");
  }
  EXPECT_EQ(p.render(8), "abc abc abc\nabc abc abc");
}

TEST(Pretty, BreaksOutsideGroupsAreLines) {
  Pretty p;
  p.text("a");
  p.brk();
  p.text("b");
  EXPECT_EQ(p.render(), "a\nb");
}

}  // namespace
}  // namespace covector

#include "covector/tree/cpp_tree.h"

#include <gtest/gtest.h>

namespace covector {
namespace {

struct Linear {
  double slope = 0, offset = 0;
  static constexpr auto tree_fields() {
    return tree::fields(tree::field("slope", &Linear::slope),
                        tree::field("offset", &Linear::offset));
  }
};

template <class T>
struct Stack {
  std::vector<T> layers;
  std::optional<double> scale;
  static constexpr auto tree_fields() {
    return tree::fields(tree::field("layers", &Stack::layers), tree::field("scale", &Stack::scale));
  }
};

using Params = std::map<std::string, std::tuple<Linear, std::array<double, 2>>>;

TEST(CppTree, FlattensInOrder) {
  Params p{{"b", {{3, 4}, {5, 6}}}, {"a", {{1, 2}, {7, 8}}}};
  auto flat = tree::flatten<double>(p);
  EXPECT_EQ(flat.leaves, (std::vector<double>{1, 2, 7, 8, 3, 4, 5, 6}));
  EXPECT_EQ(flat.def->to_string(),
            "{'a': (CustomNode(Linear[()], [*, *]), (*, *)), "
            "'b': (CustomNode(Linear[()], [*, *]), (*, *))}");
}

TEST(CppTree, RoundTrips) {
  Stack<Linear> s{{{1, 2}, {3, 4}}, 5.0};
  auto flat = tree::flatten<double>(s);
  auto back = tree::unflatten<Stack<Linear>>(*flat.def, flat.leaves);
  EXPECT_EQ(back.layers.size(), 2u);
  EXPECT_EQ(back.layers[1].offset, 4);
  EXPECT_EQ(back.scale, 5.0);
  EXPECT_EQ(tree::flatten<double>(back).def.get(), flat.def.get());

  s.scale.reset();
  auto without = tree::flatten<double>(s);
  EXPECT_EQ(without.def->to_string(),
            "CustomNode(Stack<covector::(anonymous namespace)::Linear>[()], "
            "[[CustomNode(Linear[()], [*, *]), CustomNode(Linear[()], [*, *])], None])");
  EXPECT_FALSE(tree::unflatten<Stack<Linear>>(*without.def, without.leaves).scale);
}

TEST(CppTree, UnorderedMapsAreSorted) {
  std::unordered_map<std::string, double> m;
  for (int i = 9; i >= 0; --i) m[str("k", i)] = i;
  auto flat = tree::flatten<double>(m);
  EXPECT_EQ(flat.leaves, (std::vector<double>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_EQ((tree::unflatten<std::unordered_map<std::string, double>>(*flat.def, flat.leaves)), m);
  // The same structure from another container.
  std::map<std::string, double> ordered(m.begin(), m.end());
  EXPECT_EQ(tree::flatten<double>(ordered).def.get(), flat.def.get());
}

TEST(CppTree, PairsAreTuples) {
  std::pair<double, std::vector<double>> p{1, {2, 3}};
  auto flat = tree::flatten<double>(p);
  EXPECT_EQ(flat.def->to_string(), "(*, [*, *])");
  EXPECT_EQ((tree::unflatten<decltype(p)>(*flat.def, flat.leaves)), p);
}

TEST(CppTree, Maps) {
  Linear a{1, 2}, b{10, 20};
  Linear sum = tree::map<double>([](double x, double y) { return x + y; }, a, b);
  EXPECT_EQ(sum.slope, 11);
  EXPECT_EQ(sum.offset, 22);
  std::vector<double> two(2), three(3);
  EXPECT_THROW(tree::map<double>([](double x, double) { return x; }, two, three), ValueError);
}

TEST(CppTree, WrongStructuresAreErrors) {
  auto list = tree::flatten<double>(std::vector<double>{1, 2});
  EXPECT_THROW(tree::unflatten<Linear>(*list.def, list.leaves), ValueError);
  EXPECT_THROW((tree::unflatten<std::array<double, 2>>(*list.def, list.leaves)), ValueError);
  EXPECT_THROW((tree::unflatten<std::vector<std::vector<double>>>(*list.def, list.leaves)),
               ValueError);
  EXPECT_THROW((tree::unflatten<std::map<std::string, double>>(*list.def, list.leaves)),
               ValueError);
  EXPECT_THROW((tree::unflatten<std::vector<double>>(*list.def, std::vector<double>{1})),
               ValueError);
  auto tuple = tree::flatten<double>(std::array<double, 3>{});
  EXPECT_THROW((tree::unflatten<std::array<double, 2>>(*tuple.def, tuple.leaves)), ValueError);
}

}  // namespace
}  // namespace covector

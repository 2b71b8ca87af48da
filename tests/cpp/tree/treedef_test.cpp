#include "covector/tree/treedef.h"

#include <gtest/gtest.h>

#include <thread>
#include <unordered_map>

#include "covector/tree/string_keys.h"

namespace covector {
namespace {

using Defs = std::vector<Ref<const TreeDef>>;

Ref<const TreeDef> dict(std::vector<std::string> keys, const Defs& children) {
  auto data = StringKeys::intern(std::move(keys));
  return TreeDef::node(NodeKind::kDict, nullptr, data.get(), children);
}

// Data with an equality of its own, as aux data of a front end has.
class Number final : public NodeData {
 public:
  explicit Number(int value) : NodeData(false, false), value(value) {}
  const int value;
  bool equals(const HostObject& o) const override {
    auto* n = dynamic_cast<const Number*>(&o);
    return n && n->value == value;
  }
  size_t hash() const override { return 0; }
  std::string repr() const override { return str(value); }
  std::string key_repr(size_t) const override { return str(value); }
};

class NamedType final : public NodeType {
 public:
  explicit NamedType(std::string name) : name_(std::move(name)) {}
  bool same(const NodeType& o) const override { return this == &o; }
  size_t hash() const override { return 1; }
  bool canonical() const override { return true; }
  bool keepable() const override { return false; }
  std::string describe(const NodeData* d) const override { return str(name_, "[", d->repr(), "]"); }

 private:
  std::string name_;
};

Ref<const TreeDef> custom(const Ref<const NodeType>& type, int number, const Defs& children) {
  auto data = make_ref<const Number>(number);
  return TreeDef::node(NodeKind::kCustom, type.get(), data.get(), children);
}

TEST(TreeDef, CountsLeavesAndNodes) {
  auto d = TreeDef::tuple(Defs{TreeDef::leaf(), TreeDef::none(), TreeDef::list(Defs(3))});
  EXPECT_EQ(d->num_leaves(), 4);
  EXPECT_EQ(d->num_nodes(), 7);
  EXPECT_EQ(d->arity(), 3u);
  EXPECT_TRUE(d->child(0).is_leaf());
  EXPECT_FALSE(d->flat());
  EXPECT_TRUE(d->child(2).flat());
  EXPECT_EQ(TreeDef::leaf()->num_nodes(), 1);
  EXPECT_EQ(TreeDef::none()->num_leaves(), 0);
}

TEST(TreeDef, NodesOfOneContentAreOneObject) {
  auto make = [] { return dict({"a", "b"}, {TreeDef::leaf(), TreeDef::tuple(Defs(2))}); };
  auto d = make();
  EXPECT_EQ(d.get(), make().get());
  EXPECT_NE(d.get(), dict({"a", "c"}, {TreeDef::leaf(), TreeDef::tuple(Defs(2))}).get());
  EXPECT_NE(TreeDef::tuple(Defs(2)).get(), TreeDef::list(Defs(2)).get());
  EXPECT_FALSE(*TreeDef::tuple(Defs(2)) == *TreeDef::tuple(Defs(3)));
  // Null is another way to write a leaf.
  EXPECT_EQ(TreeDef::tuple(Defs{nullptr, TreeDef::leaf()}).get(), TreeDef::tuple(Defs(2)).get());
  for (size_t n : {0, 1, 16, 17, 40})
    EXPECT_EQ(TreeDef::flat_tuple(n).get(), TreeDef::tuple(Defs(n)).get());
}

TEST(TreeDef, OrderOfChildrenMatters) {
  auto a = TreeDef::tuple(Defs(1)), b = TreeDef::list(Defs(1));
  EXPECT_NE(TreeDef::tuple(Defs{a, b}).get(), TreeDef::tuple(Defs{b, a}).get());
  EXPECT_NE(TreeDef::tuple(Defs{a, nullptr}).get(), TreeDef::tuple(Defs{nullptr, a}).get());
}

TEST(TreeDef, EqualityGoesIntoData) {
  Ref<const NodeType> type = make_ref<NamedType>("Point"), other = make_ref<NamedType>("Point");
  auto a = custom(type, 1, Defs(2)), b = custom(type, 1, Defs(2));
  EXPECT_NE(a.get(), b.get());
  EXPECT_TRUE(*a == *b);
  EXPECT_EQ(a->hash(), b->hash());
  EXPECT_TRUE(*TreeDef::list(Defs{a, b}) == *TreeDef::list(Defs{b, a}));
  EXPECT_FALSE(*a == *custom(type, 2, Defs(2)));
  EXPECT_FALSE(*a == *custom(other, 1, Defs(2)));
  EXPECT_FALSE(*a == *custom(type, 1, Defs(3)));
  EXPECT_FALSE(*TreeDef::list(Defs{a}) == *TreeDef::list(Defs(1)));
}

TEST(TreeDef, HashTellsStructuresApart) {
  std::unordered_map<size_t, std::string> seen;
  auto add = [&](const Ref<const TreeDef>& d) {
    auto [it, is_new] = seen.emplace(d->hash(), d->to_string());
    EXPECT_TRUE(is_new || it->second == d->to_string()) << it->second << d->to_string();
  };
  for (size_t n = 0; n < 20; ++n) {
    add(TreeDef::tuple(Defs(n)));
    add(TreeDef::list(Defs(n)));
    add(TreeDef::tuple(Defs{TreeDef::list(Defs(n)), nullptr}));
    add(TreeDef::tuple(Defs{nullptr, TreeDef::list(Defs(n))}));
    add(dict({str("k", n)}, Defs(1)));
  }
  EXPECT_EQ(seen.size(), 100u);
}

TEST(TreeDef, Prints) {
  Ref<const NodeType> type = make_ref<NamedType>("Point");
  auto leaf = TreeDef::leaf();
  EXPECT_EQ(leaf->to_string(), "*");
  EXPECT_EQ(TreeDef::none()->to_string(), "None");
  EXPECT_EQ(TreeDef::tuple({})->to_string(), "()");
  EXPECT_EQ(TreeDef::tuple(Defs(1))->to_string(), "(*,)");
  EXPECT_EQ(dict({"a", "b"}, {leaf, TreeDef::list(Defs(2))})->to_string(), "{'a': *, 'b': [*, *]}");
  EXPECT_EQ(custom(type, 7, Defs(1))->to_string(), "CustomNode(Point[7], [*])");
}

TEST(TreeDef, Composes) {
  auto outer = dict({"a", "b"}, {nullptr, TreeDef::tuple(Defs{nullptr, TreeDef::none()})});
  auto inner = TreeDef::list(Defs(2));
  EXPECT_EQ(outer->compose(inner)->to_string(), "{'a': [*, *], 'b': ([*, *], None)}");
  EXPECT_EQ(outer->compose(TreeDef::leaf()).get(), outer.get());
  EXPECT_EQ(TreeDef::leaf()->compose(outer).get(), outer.get());
}

TEST(TreeDef, ComposesLargeTreesAsSmallGraphs) {
  auto d = TreeDef::tuple(Defs(1024));
  size_t before = TreeDef::live_count();
  for (int i = 0; i < 4; ++i) d = d->compose(TreeDef::tuple(Defs(1024)));
  EXPECT_EQ(d->num_leaves(), int64_t{1} << 50);
  EXPECT_LT(TreeDef::live_count() - before, 16u);
  EXPECT_THROW(d->compose(d), OverflowError);
}

TEST(TreeDef, DepthIsBounded) {
  auto nest = [](uint32_t depth) {
    Ref<const TreeDef> d = TreeDef::leaf();
    for (uint32_t i = 0; i < depth; ++i) d = TreeDef::list(Defs{d});
    return d;
  };
  EXPECT_EQ(nest(TreeDef::kMaxDepth)->num_leaves(), 1);
  EXPECT_THROW(nest(TreeDef::kMaxDepth + 1), RecursionError);
}

TEST(TreeDef, PrefixLeavesCountWhatIsBelow) {
  auto counts = [](const Ref<const TreeDef>& prefix, const Ref<const TreeDef>& full) {
    std::vector<int64_t> n;
    bool ok = for_each_prefix_leaf(*prefix, *full, [&](int64_t k) { n.push_back(k); });
    return ok ? n : std::vector<int64_t>{-1};
  };
  auto three = TreeDef::list(Defs(3));
  auto full = TreeDef::tuple(Defs{three, nullptr, TreeDef::none()});
  EXPECT_EQ(counts(TreeDef::leaf(), full), (std::vector<int64_t>{4}));
  EXPECT_EQ(counts(TreeDef::tuple(Defs(3)), full), (std::vector<int64_t>{3, 1, 0}));
  EXPECT_EQ(counts(TreeDef::tuple(Defs(2)), full), (std::vector<int64_t>{-1}));
  EXPECT_EQ(counts(TreeDef::list(Defs(3)), full), (std::vector<int64_t>{-1}));
  EXPECT_EQ(counts(TreeDef::tuple(Defs{three, three, nullptr}), full), (std::vector<int64_t>{-1}));
}

TEST(TreeDef, DroppedNodesDie) {
  Ref<const NodeType> type = make_ref<NamedType>("T");
  size_t before = TreeDef::live_count();
  {
    Defs kept;
    for (int i = 0; i < 100; ++i) kept.push_back(custom(type, i, Defs(1)));
    EXPECT_EQ(TreeDef::live_count(), before + 100);
  }
  EXPECT_EQ(TreeDef::live_count(), before);
}

TEST(TreeDef, ThreadsShareNodes) {
  std::vector<std::thread> threads;
  std::vector<Ref<const TreeDef>> found(8);
  for (size_t t = 0; t < found.size(); ++t)
    threads.emplace_back([t, &found] {
      for (int i = 0; i < 2000; ++i) {
        // Made and dropped again and again, so that threads meet dying nodes.
        auto keys = std::vector<std::string>{str("key", i % 7), str("key", 9 + i % 3)};
        auto d = dict(keys, {TreeDef::list(Defs(static_cast<size_t>(i % 50))), nullptr});
        EXPECT_EQ(d->num_leaves(), i % 50 + 1);
        EXPECT_NE(d->hash(), 0u);
      }
      found[t] = dict({"a", "b"}, Defs(2));
    });
  for (auto& t : threads) t.join();
  for (const auto& d : found) EXPECT_EQ(d.get(), found[0].get());
}

}  // namespace
}  // namespace covector

#include "covector/tree/flatten.h"

#include <gtest/gtest.h>

#include <memory>
#include <variant>

// The engine on a host object model as a small front end would write it: values
// are numbers or lists of values.
namespace covector {
namespace {

struct Value;
using ValuePtr = std::shared_ptr<const Value>;
using List = std::vector<ValuePtr>;
struct Value {
  std::variant<int, List> content;
};

ValuePtr number(int x) { return std::make_shared<const Value>(Value{x}); }
ValuePtr list(List items) { return std::make_shared<const Value>(Value{std::move(items)}); }

struct Model {
  using Handle = const Value*;
  using Owned = ValuePtr;
  int opened = 0;

  template <class F>
  bool open(Handle x, F& f) {
    auto* items = std::get_if<List>(&x->content);
    if (!items) return false;
    ++opened;
    auto mark = f.begin();
    for (const auto& c : *items) f.child(c.get());
    f.close(mark, NodeKind::kList);
    return true;
  }
  ValuePtr leaf(Handle x) { return std::make_shared<const Value>(*x); }
  ValuePtr make(const TreeDef& def, std::span<ValuePtr> children) {
    EXPECT_EQ(def.arity(), children.size());
    return list({children.begin(), children.end()});
  }
  template <class F>
  void match(const TreeDef& def, Handle x, F& f) {
    auto* items = std::get_if<List>(&x->content);
    require<ValueError>(items && items->size() == def.arity(), "not such a list");
    for (size_t i = 0; i < items->size(); ++i) f.child(i, (*items)[i].get());
  }
};

using Handles = std::vector<const Value*>;

std::string text(const Value& v) {
  if (auto* n = std::get_if<int>(&v.content)) return str(*n);
  std::string s = "[";
  for (const auto& c : std::get<List>(v.content)) s += text(*c) + " ";
  return s + "]";
}

TEST(Flatten, FindsLeavesAndStructure) {
  auto x = list({number(1), list({number(2), list({})}), number(3)});
  Model model;
  Handles leaves;
  auto def = Flattener(model, leaves).flatten(x.get());
  EXPECT_EQ(def->to_string(), "[*, [*, []], *]");
  EXPECT_EQ(leaves.size(), 3u);
  EXPECT_EQ(model.opened, 3);
  EXPECT_EQ(text(*Unflattener(model, leaves.data()).build(*def)), text(*x));
}

TEST(Flatten, ARootMayBeALeaf) {
  auto x = number(1);
  Model model;
  Handles leaves;
  EXPECT_TRUE(Flattener(model, leaves).flatten(x.get())->is_leaf());
  EXPECT_EQ(leaves, Handles{x.get()});
}

TEST(Flatten, MakesNoNodesWhereNobodyWantsThem) {
  auto x = list({list({}), list({number(1), list({number(2)})})});
  Model model;
  Handles leaves;
  size_t before = TreeDef::live_count();
  Flattener<Model, Handles, false>(model, leaves).flatten(x.get());
  EXPECT_EQ(leaves.size(), 2u);
  EXPECT_EQ(TreeDef::live_count(), before);
}

TEST(Flatten, GoesUpToAStructure) {
  auto prefix = TreeDef::list(std::vector<Ref<const TreeDef>>{nullptr, TreeDef::list({})});
  Model model;
  Handles parts;
  auto x = list({list({number(1), number(2)}), list({})});
  PrefixFlattener(model, parts).flatten(*prefix, x.get());
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(text(*parts[0]), "[1 2 ]");
  auto wrong = list({number(1), list({number(2)})});
  EXPECT_THROW(PrefixFlattener(model, parts).flatten(*prefix, wrong.get()), ValueError);
}

TEST(Flatten, DepthIsBounded) {
  auto x = number(0);
  for (uint32_t i = 0; i < TreeDef::kMaxDepth; ++i) x = list({x});
  Model model;
  Handles leaves;
  EXPECT_EQ(Flattener(model, leaves).flatten(x.get())->num_leaves(), 1);
  x = list({x});
  EXPECT_THROW(Flattener(model, leaves).flatten(x.get()), RecursionError);
}

}  // namespace
}  // namespace covector

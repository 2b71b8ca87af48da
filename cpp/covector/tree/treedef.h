#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "covector/base/error.h"
#include "covector/base/host_object.h"

namespace covector {

enum class NodeKind : uint8_t {
  kLeaf,
  kNone,
  kTuple,
  kList,
  kDict,  // keys in sorted order
  kNamedTuple,
  kOrderedDict,
  kDefaultDict,
  kCustom,
  kDataclass,
};

// What a node holds besides its children: the keys of a dict, the aux data of a
// custom node, the static fields of a dataclass.
class NodeData : public HostObject {
 public:
  // Equal data that are both canonical are the same object.
  bool canonical() const noexcept { return canonical_; }
  // Holds nothing whose lifetime anybody watches; may be kept for reuse.
  bool keepable() const noexcept { return keepable_; }
  // Text of the i-th key of a dict.
  virtual std::string key_repr(size_t i) const = 0;

 protected:
  NodeData(bool canonical, bool keepable) : canonical_(canonical), keepable_(keepable) {}

 private:
  bool canonical_, keepable_;
};

// The user's type that a node stands for, where its kind does not say it.
class NodeType : public RefCounted {
 public:
  virtual bool same(const NodeType&) const = 0;
  virtual size_t hash() const = 0;
  // Only one NodeType stands for its type, and it lives as long as the process.
  virtual bool canonical() const = 0;
  virtual bool keepable() const = 0;
  // How a node prints, up to its children: "Point[aux]".
  virtual std::string describe(const NodeData*) const = 0;
};

// The shape of a tree: immutable and hash-consed. Nodes that are made from the
// same kind, type, data and children (all by identity) are one object, shared by
// all trees: a treedef is a graph with few nodes, and two of them are usually
// equal only if they are the same pointer. Where data has an equality of its own
// (aux data with `==`), and only there, equality walks the nodes.
//
// Any thread may make, share and drop nodes; those that hold data of a front end
// are handled under that front end's lock.
class TreeDef final : public RefCounted {
 public:
  // In a list of children, null stands for a leaf.
  using Children = std::span<const Ref<const TreeDef>>;
  static constexpr uint32_t kMaxDepth = 1000;

  static const Ref<const TreeDef>& leaf();
  static const Ref<const TreeDef>& none();
  static Ref<const TreeDef> tuple(Children c) {
    return node(NodeKind::kTuple, nullptr, nullptr, c);
  }
  static Ref<const TreeDef> list(Children c) { return node(NodeKind::kList, nullptr, nullptr, c); }
  // A tuple of n leaves.
  static Ref<const TreeDef> flat_tuple(size_t n);
  // Data that is found by identity must be unique for its content: see NodeData.
  static Ref<const TreeDef> node(NodeKind, const NodeType*, const NodeData*, Children);

  NodeKind kind() const noexcept { return kind_; }
  bool is_leaf() const noexcept { return kind_ == NodeKind::kLeaf; }
  const NodeType* type() const noexcept { return type_.get(); }
  const NodeData* data() const noexcept { return data_.get(); }
  const std::vector<Ref<const TreeDef>>& children() const noexcept { return children_; }
  const TreeDef& child(size_t i) const noexcept { return *children_[i]; }
  size_t arity() const noexcept { return children_.size(); }
  int64_t num_leaves() const noexcept { return num_leaves_; }
  int64_t num_nodes() const noexcept { return num_nodes_; }
  // Every child is a leaf.
  bool flat() const noexcept { return flat_; }
  // Nothing in it that a garbage collector would want to know of.
  bool keepable() const noexcept { return keepable_; }

  bool operator==(const TreeDef&) const;
  // Of kinds, types and dict keys; aux data need not be hashable.
  size_t hash() const;
  std::string to_string() const;

  // Puts `inner` in the place of every leaf.
  Ref<const TreeDef> compose(const Ref<const TreeDef>& inner) const;

  // How many nodes exist, for tests.
  static size_t live_count();

  ~TreeDef() override;

 private:
  TreeDef(NodeKind, const NodeType*, const NodeData*, Children, size_t intern_hash);
  static Ref<const TreeDef> make(NodeKind, const NodeType*, const NodeData*, Children);
  bool has_content(NodeKind, const NodeType*, const NodeData*, Children) const;

  NodeKind kind_;
  bool flat_ = true;
  bool canonical_;
  bool keepable_;
  uint32_t depth_ = 0;
  Ref<const NodeType> type_;
  Ref<const NodeData> data_;
  std::vector<Ref<const TreeDef>> children_;
  int64_t num_leaves_ = 0;
  int64_t num_nodes_ = 1;
  size_t intern_hash_;
  mutable std::atomic<size_t> hash_{0};  // 0: not yet asked for
};

// Walks `prefix` along `full` and calls emit(n) for each leaf of `prefix`, with the
// number of leaves of `full` below it. False if `prefix` is not a prefix.
template <class Emit>
bool for_each_prefix_leaf(const TreeDef& prefix, const TreeDef& full, Emit&& emit) {
  if (prefix.is_leaf()) {
    emit(full.num_leaves());
    return true;
  }
  if (prefix.kind() != full.kind() || prefix.arity() != full.arity()) return false;
  if (prefix.type() != full.type() && !prefix.type()->same(*full.type())) return false;
  const NodeData *p = prefix.data(), *f = full.data();
  if (p != f && !(p && f && p->equals(*f))) return false;
  for (size_t i = 0; i < prefix.arity(); ++i)
    if (!for_each_prefix_leaf(prefix.child(i), full.child(i), emit)) return false;
  return true;
}

}  // namespace covector

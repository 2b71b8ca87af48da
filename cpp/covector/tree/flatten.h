#pragma once

#include <span>
#include <utility>

#include "covector/base/small_vector.h"
#include "covector/tree/treedef.h"

// Taking trees apart and putting them together, for any front end. A front end
// describes its values by a host object model `M`:
//
//   M::Handle                   a borrowed reference to a value, cheap to copy
//   M::Owned                    an owning reference; moves without throwing
//   bool m.open(Handle, f)      looks into a value. A leaf: false, nothing done. Else calls
//                               f.child(handle), or f.take(owned), for each child in order,
//                               then f.close(...)
//   Owned m.make(def, children) a value of this node from its children, which may be moved from
//   Owned m.leaf(Handle)        what stands for a leaf in the value that is built
//   m.match(def, Handle, f)     looks into a value that must have the node `def` at its root:
//                               f.child(i, handle) for each child, or throws
//
// The model may run code of its user at any time, so neither the engine nor the
// model may rely on a container to stay as it was found.
namespace covector {

// The leaves of a value go to `leaves.push_back(handle)`. With `kDefs` false the
// treedef is not wanted, and nothing is made for it.
template <class M, class Leaves, bool kDefs = true>
class Flattener {
 public:
  using Handle = typename M::Handle;
  static constexpr bool kWantsDefs = kDefs;

  Flattener(M& model, Leaves& leaves) : model_(model), leaves_(leaves) {}

  // Null stands for a leaf only inside; the result is never null (without defs: a leaf).
  Ref<const TreeDef> flatten(Handle x) {
    child(x);
    if constexpr (kDefs)
      if (Ref<const TreeDef> d = std::move(defs_.back())) return d;
    return TreeDef::leaf();
  }

  // From within model.open().
  struct Mark {
    size_t defs;
  };
  Mark begin() {
    if (++depth_ > TreeDef::kMaxDepth)
      fail<RecursionError>("a tree is nested deeper than ", TreeDef::kMaxDepth, " levels");
    return {defs_.size()};
  }
  void child(Handle x) {
    if (model_.open(x, *this)) return;
    leaves_.push_back(x);
    if constexpr (kDefs) defs_.emplace_back();
  }
  // Keeps the child alive while it is looked into.
  template <class Owned>
  void take(Owned x) {
    Handle h = M::borrow(x);
    if (model_.open(h, *this)) return;
    if constexpr (requires { leaves_.adopt(std::move(x)); })
      leaves_.adopt(std::move(x));
    else
      leaves_.push_back(h);
    if constexpr (kDefs) defs_.emplace_back();
  }
  void close(Mark m, NodeKind kind, const NodeType* type = nullptr,
             const NodeData* data = nullptr) {
    --depth_;
    if constexpr (kDefs) {
      auto def = TreeDef::node(kind, type, data, {defs_.begin() + m.defs, defs_.end()});
      pop_to(m.defs);
      defs_.push_back(std::move(def));
    }
  }
  void close_none() {
    if constexpr (kDefs) defs_.push_back(TreeDef::none());
  }

 private:
  void pop_to(size_t n) {
    while (defs_.size() > n) defs_.pop_back();
  }

  M& model_;
  Leaves& leaves_;
  // Of the open nodes, the children that are complete.
  SmallVector<Ref<const TreeDef>, 32> defs_;
  uint32_t depth_ = 0;
};

template <class M>
class Unflattener {
 public:
  using Handle = typename M::Handle;
  using Owned = typename M::Owned;

  // Precondition: as many leaves as the treedef has.
  Unflattener(M& model, const Handle* leaves) : model_(model), leaves_(leaves) {}

  Owned build(const TreeDef& def) {
    if (def.is_leaf()) return model_.leaf(*leaves_++);
    size_t start = values_.size();
    for (const auto& c : def.children()) {
      // Not in one expression: building a child may move the stack.
      Owned v = build(*c);
      values_.push_back(std::move(v));
    }
    Owned made = model_.make(def, std::span<Owned>(values_.begin() + start, values_.end()));
    while (values_.size() > start) values_.pop_back();
    return made;
  }

 private:
  M& model_;
  const Handle* leaves_;
  SmallVector<Owned, 32> values_;
};

// Takes x apart only as far as `def` goes: what stands in the place of a leaf of
// `def`, be it a leaf or a tree, goes to `leaves.push_back(handle)`.
template <class M, class Leaves>
class PrefixFlattener {
 public:
  using Handle = typename M::Handle;

  PrefixFlattener(M& model, Leaves& leaves) : model_(model), leaves_(leaves) {}

  void flatten(const TreeDef& def, Handle x) {
    if (def.is_leaf()) return leaves_.push_back(x);
    const TreeDef* outer = std::exchange(def_, &def);
    model_.match(def, x, *this);
    def_ = outer;
  }

  // From within model.match(): the i-th child of the node.
  void child(size_t i, Handle x) { flatten(def_->child(i), x); }

 private:
  M& model_;
  Leaves& leaves_;
  const TreeDef* def_ = nullptr;
};

}  // namespace covector

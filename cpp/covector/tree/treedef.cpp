#include "covector/tree/treedef.h"

#include <array>
#include <mutex>
#include <unordered_map>

#include "covector/base/hash.h"
#include "covector/tree/intern_table.h"

namespace covector {
namespace {

struct Table {
  std::mutex mutex;
  InternTable<const TreeDef> nodes;
  RecentlyMade<const TreeDef, 1024> recent;
};

// Never destroyed: nodes may outlive every static object.
Table& table() {
  static Table* t = new Table;
  return *t;
}

// The terms of leaves vanish, whether they are null or not, and no term waits for
// another.
size_t hash_content(NodeKind kind, const NodeType* type, const NodeData* data,
                    TreeDef::Children children) {
  const TreeDef* leaf = TreeDef::leaf().get();
  size_t h = 0, odd = 0x9e3779b97f4a7c15ull;
  for (const auto& c : children) {
    size_t term = c.get() == leaf ? 0 : reinterpret_cast<size_t>(c.get()) >> 4;
    h += term * odd;
    odd += 2;
  }
  h = hash_mix(h, reinterpret_cast<size_t>(data));
  h += reinterpret_cast<size_t>(type) >> 4;
  return hash_mix(h + children.size(), static_cast<size_t>(kind));
}

const TreeDef* or_leaf(const Ref<const TreeDef>& c) { return c ? c.get() : TreeDef::leaf().get(); }

int64_t add_counts(int64_t a, int64_t b) {
  int64_t sum;
  require<OverflowError>(!__builtin_add_overflow(a, b, &sum), "the tree has too many nodes");
  return sum;
}

Ref<const TreeDef> compose_memoized(const TreeDef& outer, const Ref<const TreeDef>& inner,
                                    std::unordered_map<const TreeDef*, Ref<const TreeDef>>& done) {
  if (outer.is_leaf()) return inner;
  auto [it, is_new] = done.try_emplace(&outer);
  if (!is_new) return it->second;
  std::vector<Ref<const TreeDef>> children;
  children.reserve(outer.arity());
  for (const auto& c : outer.children()) children.push_back(compose_memoized(*c, inner, done));
  return done[&outer] = TreeDef::node(outer.kind(), outer.type(), outer.data(), children);
}

}  // namespace

TreeDef::TreeDef(NodeKind kind, const NodeType* type, const NodeData* data, Children children,
                 size_t intern_hash)
    : kind_(kind),
      canonical_((!type || type->canonical()) && (!data || data->canonical())),
      keepable_((!type || type->keepable()) && (!data || data->keepable())),
      type_(type),
      data_(data),
      num_leaves_(kind == NodeKind::kLeaf),
      intern_hash_(intern_hash) {
  children_.reserve(children.size());
  for (const auto& c : children) {
    const TreeDef& child = *children_.emplace_back(or_leaf(c));
    flat_ &= child.is_leaf();
    canonical_ &= child.canonical_;
    keepable_ &= child.keepable_;
    depth_ = std::max(depth_, child.depth_ + 1);
    num_leaves_ = add_counts(num_leaves_, child.num_leaves_);
    num_nodes_ = add_counts(num_nodes_, child.num_nodes_);
  }
  if (depth_ > kMaxDepth)
    fail<RecursionError>("a tree is nested deeper than ", kMaxDepth, " levels");
}

TreeDef::~TreeDef() {
  Table& t = table();
  std::lock_guard lock(t.mutex);
  t.nodes.erase(intern_hash_, this);
}

bool TreeDef::has_content(NodeKind kind, const NodeType* type, const NodeData* data,
                          Children children) const {
  if (kind_ != kind || type_.get() != type || data_.get() != data) return false;
  if (children_.size() != children.size()) return false;
  for (size_t i = 0; i < children.size(); ++i)
    if (children_[i].get() != or_leaf(children[i])) return false;
  return true;
}

Ref<const TreeDef> TreeDef::node(NodeKind kind, const NodeType* type, const NodeData* data,
                                 Children children) {
  size_t hash = hash_content(kind, type, data, children);
  auto same = [&](const TreeDef& d) { return d.has_content(kind, type, data, children); };
  Table& t = table();
  {
    std::lock_guard lock(t.mutex);
    if (auto found = t.nodes.find(hash, same)) return found;
  }
  Ref<const TreeDef> made(new TreeDef(kind, type, data, children, hash));
  Ref<const TreeDef> other, gave_way;  // dropped after the lock: a destructor takes it
  std::lock_guard lock(t.mutex);
  other = t.nodes.find(hash, same);
  if (other) return other;
  t.nodes.insert(hash, made.get());
  if (made->keepable_) gave_way = t.recent.keep(hash, made);
  return made;
}

const Ref<const TreeDef>& TreeDef::leaf() {
  static const auto* d =
      new Ref<const TreeDef>(new TreeDef(NodeKind::kLeaf, nullptr, nullptr, {}, 0));
  return *d;
}

const Ref<const TreeDef>& TreeDef::none() {
  static const auto* d = new Ref<const TreeDef>(node(NodeKind::kNone, nullptr, nullptr, {}));
  return *d;
}

Ref<const TreeDef> TreeDef::flat_tuple(size_t n) {
  constexpr size_t kPrepared = 17;
  static const auto* prepared = [] {
    auto* defs = new std::array<Ref<const TreeDef>, kPrepared>;
    for (size_t i = 0; i < kPrepared; ++i) (*defs)[i] = tuple(std::vector<Ref<const TreeDef>>(i));
    return defs;
  }();
  if (n < kPrepared) return (*prepared)[n];
  return tuple(std::vector<Ref<const TreeDef>>(n));
}

bool TreeDef::operator==(const TreeDef& o) const {
  if (this == &o) return true;
  if (canonical_ && o.canonical_) return false;
  if (kind_ != o.kind_ || num_nodes_ != o.num_nodes_ || arity() != o.arity()) return false;
  if (type_ != o.type_ && !type_->same(*o.type_)) return false;
  for (size_t i = 0; i < arity(); ++i)
    if (!(child(i) == o.child(i))) return false;
  return data_ == o.data_ || (data_ && o.data_ && data_->equals(*o.data_));
}

size_t TreeDef::hash() const {
  if (size_t h = hash_.load(std::memory_order_relaxed)) return h;
  size_t h = hash_mix(static_cast<size_t>(kind_), arity());
  if (type_) h = hash_mix(h, type_->hash());
  if (kind_ == NodeKind::kDict) h = hash_mix(h, data_->hash());
  for (const auto& c : children_) h = hash_mix(h, c->hash());
  hash_.store(h ? h : 1, std::memory_order_relaxed);
  return h ? h : 1;
}

Ref<const TreeDef> TreeDef::compose(const Ref<const TreeDef>& inner) const {
  std::unordered_map<const TreeDef*, Ref<const TreeDef>> done;
  return compose_memoized(*this, inner, done);
}

size_t TreeDef::live_count() {
  Table& t = table();
  std::lock_guard lock(t.mutex);
  return t.nodes.size();
}

}  // namespace covector

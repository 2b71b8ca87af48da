#pragma once

#include <vector>

#include "tree_values.h"

namespace covector::bindings {

// A Python type whose instances are inner nodes, and how to take them apart.
class PyNodeType final : public NodeType {
 public:
  struct Functions {
    py::object to_iterable, from_iterable, to_iterable_with_keys;  // the last may be null
  };
  struct Fields {
    py::tuple data, meta;  // names
    py::tuple keywords;    // both, as the constructor takes them
    py::tuple path;        // a GetAttrKey for each of `data`
  };

  PyNodeType(NodeKind kind, PyTypeObject* type);
  ~PyNodeType() override;

  // Found by the type; lives as long as a treedef holds it.
  static Ref<const PyNodeType> for_namedtuple(PyTypeObject*);

  NodeKind kind() const noexcept { return kind_; }
  PyTypeObject* type() const noexcept { return type_; }
  PyObject* type_object() const noexcept { return reinterpret_cast<PyObject*>(type_); }

  Functions functions;  // of kCustom
  Fields fields;        // of kDataclass
  // Belongs to the default registry; another registry may know the same type.
  bool unique = false;

  bool same(const NodeType&) const override;
  size_t hash() const override { return reinterpret_cast<size_t>(type_) >> 4; }
  bool canonical() const override { return unique || kind_ == NodeKind::kNamedTuple; }
  bool keepable() const override { return kind_ != NodeKind::kNamedTuple; }
  std::string describe(const NodeData*) const override;

 private:
  NodeKind kind_;
  PyTypeObject* type_;  // owned
};

// A tuple type with fields, as collections.namedtuple makes them.
bool is_namedtuple_type(PyTypeObject*);

// Which types are inner nodes. What is registered stays for good.
class PyTreeRegistry {
 public:
  struct Builtins {
    bool none = true, tuple = true, namedtuple = true, list = true, dict = true;
  };

  explicit PyTreeRegistry(Builtins builtins) : builtins(builtins), base_(nullptr), slots_(64) {}
  // The same registered types as `base`, now and later, with other builtins.
  PyTreeRegistry(const PyTreeRegistry& base, Builtins builtins)
      : builtins(builtins), base_(&base) {}

  const Builtins builtins;

  const PyNodeType* find(PyTypeObject* type) const noexcept {
    if (base_) return base_->find(type);
    for (size_t i = home(type);; i = (i + 1) & (slots_.size() - 1)) {
      if (!slots_[i]) return nullptr;
      if (slots_[i]->type() == type) return slots_[i].get();
    }
  }
  bool is_builtin(PyTypeObject*) const noexcept;
  bool is_node(PyTypeObject*) const;
  // Throws ValueError if the type is known already.
  void add(Ref<const PyNodeType>);

 private:
  size_t home(PyTypeObject* type) const noexcept {
    return (reinterpret_cast<size_t>(type) >> 4) * 0x9e3779b97f4a7c15ull >> 32 &
           (slots_.size() - 1);
  }
  void place(Ref<const PyNodeType>);

  const PyTreeRegistry* base_;
  std::vector<Ref<const PyNodeType>> slots_;  // a power of two, never full
  size_t size_ = 0;
};

// Used wherever no other is named. Knows collections.OrderedDict and defaultdict.
PyTreeRegistry& default_registry();
// As the default one, but None is a leaf: for trees of axes, shardings and the like.
PyTreeRegistry& none_leaf_registry();

PyTypeObject* ordered_dict_type();
PyTypeObject* default_dict_type();

}  // namespace covector::bindings

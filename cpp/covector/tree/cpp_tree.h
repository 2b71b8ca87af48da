#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <typeinfo>
#include <unordered_map>
#include <utility>
#include <vector>

#include "covector/tree/string_keys.h"

// Trees of C++ values: taken apart and put together by their static types, with the
// same treedefs as any other front end. A leaf is a value of type `Leaf`, which the
// caller chooses (a Value, a double); an inner node is a
//
//   std::vector                           list
//   std::tuple, std::pair, std::array     tuple
//   std::map, std::unordered_map          dict; with std::string keys
//   std::optional                         None, or what it holds
//   struct with tree_fields()             dataclass
//
// where a struct lists its fields with names:
//
//   struct Linear {
//     Value slope, offset;
//     static constexpr auto tree_fields() {
//       return tree::fields(tree::field("slope", &Linear::slope),
//                           tree::field("offset", &Linear::offset));
//     }
//   };
namespace covector::tree {

template <class S, class T>
struct Field {
  const char* name;
  T S::* member;
};

template <class S, class T>
constexpr Field<S, T> field(const char* name, T S::* member) {
  return {name, member};
}

template <class... F>
constexpr std::tuple<F...> fields(F... f) {
  return {f...};
}

template <class T>
concept Struct = requires { T::tree_fields(); };

// A struct's node type; one object for each C++ type in the process.
class StructType final : public NodeType {
 public:
  template <Struct T>
  static const StructType* of() {
    static const auto* type = new Ref<const StructType>(new StructType(typeid(T)));
    return type->get();
  }

  bool same(const NodeType& other) const override;
  size_t hash() const override;
  bool canonical() const override { return false; }  // two libraries may each have one
  bool keepable() const override { return true; }
  std::string describe(const NodeData*) const override;

 private:
  explicit StructType(const std::type_info& type) : type_(type) {}
  const std::type_info& type_;
};

namespace internal {

template <class T, template <class...> class Of>
inline constexpr bool is_a = false;
template <template <class...> class Of, class... A>
inline constexpr bool is_a<Of<A...>, Of> = true;

template <class T>
inline constexpr bool is_array = false;
template <class T, size_t N>
inline constexpr bool is_array<std::array<T, N>> = true;

template <class T>
concept Map = (is_a<T, std::map> || is_a<T, std::unordered_map>) &&
              std::same_as<typename T::key_type, std::string>;
template <class T>
concept Tuple = is_a<T, std::tuple> || is_a<T, std::pair> || is_array<T>;

template <class T>
inline constexpr bool not_a_tree = false;

// The items of a map in the order of their keys, whatever its own order is.
template <Map M>
std::vector<const typename M::value_type*> sorted_items(const M& map) {
  std::vector<const typename M::value_type*> items;
  items.reserve(map.size());
  for (const auto& item : map) items.push_back(&item);
  std::sort(items.begin(), items.end(), [](auto* a, auto* b) { return a->first < b->first; });
  return items;
}

template <class Leaf>
struct Flattener {
  std::vector<Leaf>& leaves;
  using Defs = std::vector<Ref<const TreeDef>>;

  template <class T>
  Ref<const TreeDef> operator()(const T& x) {
    if constexpr (std::same_as<T, Leaf>) {
      leaves.push_back(x);
      return TreeDef::leaf();
    } else if constexpr (is_a<T, std::vector>) {
      Defs defs;
      for (const auto& c : x) defs.push_back((*this)(c));
      return TreeDef::list(defs);
    } else if constexpr (Map<T>) {
      return dict(x);
    } else if constexpr (is_a<T, std::optional>) {
      return x ? (*this)(*x) : TreeDef::none();
    } else if constexpr (Tuple<T>) {
      return TreeDef::tuple(std::apply([&](const auto&... c) { return Defs{(*this)(c)...}; }, x));
    } else if constexpr (Struct<T>) {
      auto defs =
          std::apply([&](auto... f) { return Defs{(*this)(x.*f.member)...}; }, T::tree_fields());
      return TreeDef::node(NodeKind::kDataclass, StructType::of<T>(), nullptr, defs);
    } else {
      static_assert(not_a_tree<T>, "neither a leaf nor a container of trees");
    }
  }

  template <class M>
  Ref<const TreeDef> dict(const M& map) {
    Defs defs;
    std::vector<std::string> keys;
    for (const auto* item : sorted_items(map)) {
      keys.push_back(item->first);
      defs.push_back((*this)(item->second));
    }
    auto data = StringKeys::intern(std::move(keys));
    return TreeDef::node(NodeKind::kDict, nullptr, data.get(), defs);
  }
};

void require_kind(bool ok, const TreeDef& def, const char* wanted);
void require_arity(const TreeDef& def, size_t arity, const char* wanted);
// The keys of a dict that was made from C++ values.
const std::vector<std::string>& string_keys(const TreeDef& def);

template <class Leaf>
struct Unflattener {
  std::span<const Leaf> leaves;

  template <class T>
  T build(const TreeDef& def) {
    if constexpr (std::same_as<T, Leaf>) {
      require_kind(def.is_leaf(), def, "a leaf");
      Leaf x = leaves.front();
      leaves = leaves.subspan(1);
      return x;
    } else if constexpr (is_a<T, std::vector>) {
      require_kind(def.kind() == NodeKind::kList, def, "a list");
      T x;
      x.reserve(def.arity());
      for (const auto& c : def.children()) x.push_back(build<typename T::value_type>(*c));
      return x;
    } else if constexpr (Map<T>) {
      T x;
      const auto& keys = string_keys(def);
      for (size_t i = 0; i < keys.size(); ++i)
        x.emplace(keys[i], build<typename T::mapped_type>(def.child(i)));
      return x;
    } else if constexpr (is_a<T, std::optional>) {
      if (def.kind() == NodeKind::kNone) return std::nullopt;
      return build<typename T::value_type>(def);
    } else if constexpr (Tuple<T>) {
      require_kind(def.kind() == NodeKind::kTuple, def, "a tuple");
      require_arity(def, std::tuple_size_v<T>, "a tuple");
      return tuple<T>(def, std::make_index_sequence<std::tuple_size_v<T>>());
    } else if constexpr (Struct<T>) {
      require_kind(def.type() && def.type()->same(*StructType::of<T>()), def, "a struct");
      return structure<T>(def);
    } else {
      static_assert(not_a_tree<T>, "neither a leaf nor a container of trees");
    }
  }

  // Braces evaluate in order, so the leaves come in order.
  template <class T, size_t... I>
  T tuple(const TreeDef& def, std::index_sequence<I...>) {
    return T{build<std::tuple_element_t<I, T>>(def.child(I))...};
  }

  template <class T>
  T structure(const TreeDef& def) {
    T x{};
    size_t i = 0;
    auto set = [&](auto f) {
      using M = std::remove_reference_t<decltype(x.*f.member)>;
      x.*f.member = build<M>(def.child(i++));
    };
    std::apply([&](auto... f) { (set(f), ...); }, T::tree_fields());
    return x;
  }
};

}  // namespace internal

template <class Leaf>
struct Flat {
  std::vector<Leaf> leaves;
  Ref<const TreeDef> def;
};

template <class Leaf, class T>
Flat<Leaf> flatten(const T& x) {
  Flat<Leaf> flat;
  flat.def = internal::Flattener<Leaf>{flat.leaves}(x);
  return flat;
}

// Throws ValueError if T has no place for the structure or the leaves.
template <class T, class Leaf>
T unflatten(const TreeDef& def, std::span<const Leaf> leaves) {
  auto n = static_cast<size_t>(def.num_leaves());
  require<ValueError>(leaves.size() == n, "a tree of ", n, " leaves is not made from ",
                      leaves.size());
  return internal::Unflattener<Leaf>{leaves}.template build<T>(def);
}
template <class T, class Leaf>
T unflatten(const TreeDef& def, const std::vector<Leaf>& leaves) {
  return unflatten<T>(def, std::span<const Leaf>(leaves));
}

// f on the leaves of trees of one structure.
template <class Leaf, class F, class T, class... Rest>
T map(F f, const T& x, const Rest&... rest) {
  auto flat = flatten<Leaf>(x);
  std::array<Flat<Leaf>, sizeof...(Rest)> others{flatten<Leaf>(rest)...};
  for (const auto& o : others)
    if (!(*o.def == *flat.def))
      fail<ValueError>("the trees differ in structure: ", flat.def->to_string(), " and ",
                       o.def->to_string());
  for (size_t i = 0; i < flat.leaves.size(); ++i)
    flat.leaves[i] =
        std::apply([&](auto&... o) { return f(flat.leaves[i], o.leaves[i]...); }, others);
  return unflatten<T>(*flat.def, flat.leaves);
}

}  // namespace covector::tree

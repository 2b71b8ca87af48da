#include "covector/core/params.h"

#include <bit>

#include "covector/core/jaxpr.h"

namespace covector {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

size_t hash_bits(double x) { return std::bit_cast<uint64_t>(x); }

// As ClosedJaxpr::operator== compares: by identity.
size_t hash_jaxpr(const ClosedJaxpr& c) {
  size_t h = std::hash<const void*>()(c.jaxpr.get());
  for (const Value& v : c.consts) h = hash_mix(h, std::hash<const void*>()(v.node()));
  return h;
}

size_t hash_tuple(const Param::Tuple& t) {
  size_t h = t.list;
  for (const Param& p : t.items) h = hash_mix(h, p.hash());
  return hash_mix(h, t.items.size());
}

size_t hash_record(const Param::Record& r) {
  size_t h = hash_of(r.type);
  for (const auto& [name, value] : r.fields) h = hash_mix(hash_mix(h, hash_of(name)), value.hash());
  return h;
}

// The bits of a scalar that the host knows; empty for any other value.
std::string_view scalar_bytes(const Value& v) {
  const Array* a = v.array();
  if (!a || !a->scalar()) return {};
  return {reinterpret_cast<const char*>(a->scalar()->bytes), a->aval.dtype()->itemsize};
}

size_t hash_value(const Value& v) {
  std::string_view bytes = scalar_bytes(v);
  if (bytes.empty()) return std::hash<const void*>()(v.node());
  return hash_mix(v.aval().hash(), hash_of(bytes));
}

bool equal_values(const Value& x, const Value& y) {
  if (x == y) return true;
  std::string_view a = scalar_bytes(x), b = scalar_bytes(y);
  return !a.empty() && a == b && x.aval() == y.aval();
}

bool equal_objects(const Ref<const HostObject>& a, const Ref<const HostObject>& b) {
  return a == b || (a && b && a->equals(*b));
}

// What parameters that own their parts and those that borrow them have in common.
const auto kHashSimple = Overloaded{
    [](Param::None) -> size_t { return 0; },
    [](bool x) -> size_t { return x; },
    [](int64_t x) -> size_t { return static_cast<size_t>(x); },
    [](double x) { return hash_bits(x); },
    [](std::string_view x) { return hash_of(x); },
    [](DType x) { return std::hash<DType>()(x); },
};

}  // namespace

bool Param::operator==(const Param& o) const {
  if (v.index() != o.v.index()) return false;
  return std::visit(
      Overloaded{
          [](const auto& x, const auto& y) {
            if constexpr (std::same_as<decltype(x), decltype(y)>) return x == y;
            return false;
          },
          [](const double& x, const double& y) { return hash_bits(x) == hash_bits(y); },
          [](const Value& x, const Value& y) { return equal_values(x, y); },
          [](const Ref<const HostObject>& x, const Ref<const HostObject>& y) {
            return equal_objects(x, y);
          },
      },
      v, o.v);
}

size_t Param::hash() const {
  size_t h =
      std::visit(Overloaded{
                     kHashSimple,
                     [](const Axes& x) { return hash_range(x); },
                     [](const Tuple& x) { return hash_tuple(x); },
                     [](const Record& x) { return hash_record(x); },
                     [](const Enum& x) { return hash_mix(hash_of(x.type), hash_of(x.member)); },
                     [](const Value& x) { return hash_value(x); },
                     [](const Ref<const HostObject>& x) { return x ? x->hash() : 0; },
                 },
                 v);
  return hash_mix(v.index(), h);
}

size_t hash_field(size_t seed, const FieldValue& f) {
  size_t h = std::visit(Overloaded{
                            kHashSimple,
                            [](const Axes* x) { return hash_range(*x); },
                            [](const Param* x) { return x->hash(); },
                            [](const ClosedJaxpr* x) { return hash_jaxpr(*x); },
                            [](const std::vector<ClosedJaxpr>* x) {
                              size_t s = x->size();
                              for (const ClosedJaxpr& c : *x) s = hash_mix(s, hash_jaxpr(c));
                              return s;
                            },
                        },
                        f);
  return hash_mix(seed, hash_mix(f.index(), h));
}

}  // namespace covector

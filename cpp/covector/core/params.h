#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "covector/base/hash.h"
#include "covector/core/value.h"

namespace covector {

class Jaxpr;
struct ClosedJaxpr;

// A parameter that owns its parts: tuples, records with named fields,
// enumerators. The general form, for parameters with inner structure and for
// parameters that come from a front end.
struct Param {
  struct None {
    bool operator==(const None&) const = default;
  };
  struct Tuple {
    std::vector<Param> items;
    bool list = false;  // prints with brackets
    bool operator==(const Tuple&) const = default;
  };
  // An instance of a public record class, e.g. GatherDimensionNumbers.
  struct Record {
    std::string_view type;  // static storage
    std::vector<std::pair<std::string_view, Param>> fields;
    bool operator==(const Record&) const = default;
  };
  // A member of a public enumeration, e.g. GatherScatterMode.CLIP.
  struct Enum {
    std::string_view type, member;  // static storage
    bool operator==(const Enum&) const = default;
  };
  std::variant<None, bool, int64_t, double, std::string, DType, Axes, Tuple, Record, Enum, Value,
               Ref<const HostObject>>
      v;

  Param() = default;
  template <class T>
    requires(!std::same_as<std::remove_cvref_t<T>, Param>)
  Param(T&& x) : v(std::forward<T>(x)) {}
  Param(const char* s) : v(std::string(s)) {}
  Param(int x) : v(static_cast<int64_t>(x)) {}

  // Numbers are equal if their bits are: a fill value of -0.0 makes another
  // program than 0.0, and a NaN is equal to itself.
  bool operator==(const Param& o) const;
  size_t hash() const;
};

// A parameter as a visitor sees it; borrowed for the length of the visit.
using FieldValue =
    std::variant<Param::None, bool, int64_t, double, std::string_view, DType, const Axes*,
                 const Param*, const ClosedJaxpr*, const std::vector<ClosedJaxpr>*>;

// Fields are printed by name, but a `name` that is listed first stays first. A
// field `jaxpr` beside it is what is called by this name: its text uses the
// variables of the caller.
class FieldVisitor {
 public:
  void operator()(std::string_view name, const FieldValue& v) { field(name, v, true); }
  // A parameter that is part of the equation but that jaxprs do not print
  // (because it is at its default, or shown by the result's type).
  void quiet(std::string_view name, const FieldValue& v) { field(name, v, false); }
  // Picks by `shown`.
  void maybe(bool shown, std::string_view name, const FieldValue& v) { field(name, v, shown); }

 protected:
  ~FieldVisitor() = default;
  virtual void field(std::string_view name, const FieldValue& v, bool printed) = 0;
};

size_t hash_field(size_t seed, const FieldValue&);

class ParamsBase : public RefCounted {
 public:
  virtual bool equals(const ParamsBase&) const = 0;
  virtual size_t hash() const = 0;
  virtual void visit(FieldVisitor&) const = 0;
};

// A primitive declares its parameters as a plain struct with a defaulted
// operator== and one `void fields(FieldVisitor&) const`. Printing, hashing, the
// dictionary a front end shows and the walk over inner jaxprs follow from them.
template <class P>
class ParamsOf final : public ParamsBase {
 public:
  explicit ParamsOf(P v) : value(std::move(v)) {}
  bool equals(const ParamsBase& o) const override {
    auto* p = dynamic_cast<const ParamsOf*>(&o);
    return p && p->value == value;
  }
  size_t hash() const override {
    struct Hasher final : FieldVisitor {
      void field(std::string_view, const FieldValue& v, bool) override { h = hash_field(h, v); }
      size_t h = 0;
    } hasher;
    value.fields(hasher);
    return hasher.h;
  }
  void visit(FieldVisitor& f) const override { value.fields(f); }

  const P value;
};

using Params = Ref<const ParamsBase>;

inline bool params_equal(const Params& a, const Params& b) {
  return a == b || (a && b && a->equals(*b));
}

}  // namespace covector

#pragma once

// Finds random keys that are used twice. Each operation takes from some of its
// operands what makes them random (it consumes them), makes keys that are new, or
// hands keys on; a program does what its equations do together. Programs are
// checked when they are traced, values when they are used.

#include <optional>
#include <vector>

#include "covector/base/error.h"
#include "covector/core/config.h"
#include "covector/core/jaxpr.h"

namespace covector {

struct KeyReuseError : TypeError {
  using TypeError::TypeError;
};
// A key is not what assert_consumed says; for tests.
struct KeyAssertionError : Error {
  using Error::Error;
};

namespace key_reuse {

// Elements of an array of keys: all, none, or some of them in row-major order.
class Elements {
 public:
  Elements(bool all = false) : all_(all) {}
  explicit Elements(std::vector<bool> some);

  bool any() const { return all_ || !some_.empty(); }
  bool all() const { return all_; }
  // Empty unless they are some and not all.
  const std::vector<bool>& some() const { return some_; }
  bool overlaps(const Elements&) const;
  Elements& operator|=(const Elements&);
  Elements& operator&=(const Elements&);
  Elements operator!() const;
  bool operator==(const Elements&) const = default;

 private:
  bool all_ = false;
  std::vector<bool> some_;
};

struct Use {
  size_t index;
  Elements elements = true;
};
struct Forward {
  size_t in, out;
};

// What is done with operands (and, in programs, with constants after them).
struct Uses {
  std::vector<Use> sinks;    // operands that are consumed
  std::vector<Use> sources;  // results that are new keys
  std::vector<Forward> forwards;
};

Uses uses_of(const Op&, AvalSpan in);
// What a primitive does with keys whatever its parameters are; none if they matter.
std::optional<Uses> fixed_uses(std::string_view primitive);
// Kept with the jaxpr. Raises KeyReuseError if it uses a key twice.
const Uses& uses_of(const Jaxpr&);

// Whether keys are checked.
inline bool enabled() { return flag(Option::kDebugKeyReuse); }

// Raises KeyReuseError if a key that `uses` consumes has been consumed.
void check_operands(const Uses&, Args operands, std::string_view what);
// Remembers what has become of the keys among the operands and the results.
void record(const Uses&, Args operands, Args results);
Elements consumed(const Value& key);

// The key, which counts as used from here on.
Value consume(const Value& key);
// Checked in programs: whether the key has been used at this point.
Value assert_consumed(const Value& key, const Elements&);

}  // namespace key_reuse
}  // namespace covector

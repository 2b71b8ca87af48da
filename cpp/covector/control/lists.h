#pragma once

// Parts of lists. The operands of primitives that hold jaxprs come in groups,
// and masks say which of them take part in a transformation.

#include <initializer_list>
#include <numeric>
#include <span>
#include <string>

#include "covector/core/jaxpr.h"

namespace covector::lists {

using Flags = std::span<const bool>;
using Order = SmallVector<uint32_t, 16>;

inline Flags flags(const Mask& m) { return {m.data(), m.size()}; }
inline Mask mask(Flags f) { return Mask(f.begin(), f.end()); }
inline size_t count(Flags f) { return static_cast<size_t>(std::count(f.begin(), f.end(), true)); }
inline bool all(Flags f) { return std::find(f.begin(), f.end(), false) == f.end(); }
inline bool any(Flags f) { return std::find(f.begin(), f.end(), true) != f.end(); }

inline Values joined(std::initializer_list<Args> parts) {
  Values r;
  for (Args p : parts) r.append(p);
  return r;
}
inline Mask joined(std::initializer_list<Flags> parts) {
  Mask r;
  for (Flags p : parts) r.append(p);
  return r;
}
inline Avals joined(std::initializer_list<AvalSpan> parts) {
  Avals r;
  for (AvalSpan p : parts) r.append(p);
  return r;
}

// Those that the mask marks.
inline Values kept(Args v, Flags keep) {
  Values r;
  for (size_t i = 0; i < v.size(); ++i)
    if (keep[i]) r.push_back(v[i]);
  return r;
}
inline Avals kept(AvalSpan v, Flags keep) {
  Avals r;
  for (size_t i = 0; i < v.size(); ++i)
    if (keep[i]) r.push_back(v[i]);
  return r;
}
// Values at the places that the mask marks, null elsewhere.
inline Values spread(Args values, Flags at) {
  Values r;
  size_t k = 0;
  for (bool m : at) r.push_back(m ? values[k++] : Value());
  return r;
}
inline Mask nonnull(Args v) {
  Mask m;
  for (const Value& x : v) m.push_back(static_cast<bool>(x));
  return m;
}
inline Mask inverted(Flags f) {
  Mask m;
  for (bool x : f) m.push_back(!x);
  return m;
}
inline Mask either(Flags a, Flags b) {
  Mask m;
  for (size_t i = 0; i < a.size(); ++i) m.push_back(a[i] || b[i]);
  return m;
}
inline Avals avals_of(Args v) {
  Avals r;
  for (const Value& x : v) r.push_back(x.aval());
  return r;
}

// from, from + 1, ..., of which there are n.
inline void add_range(Order& to, size_t from, size_t n) {
  for (size_t i = 0; i < n; ++i) to.push_back(static_cast<uint32_t>(from + i));
}
inline Order range(size_t from, size_t n) {
  Order r;
  add_range(r, from, n);
  return r;
}
inline void add_marked(Order& to, Flags f, size_t from = 0) {
  for (size_t i = 0; i < f.size(); ++i)
    if (f[i]) to.push_back(static_cast<uint32_t>(from + i));
}

// A part of the key of a memo.
inline void add_key(std::string& key, Flags f) {
  for (bool x : f) key += x ? '1' : '0';
  key += '/';
}
inline void add_key(std::string& key, int64_t n) {
  append_to(key, n);
  key += '/';
}
// A further jaxpr that a result depends on.
void add_key(std::string& key, const Jaxpr&);

}  // namespace covector::lists

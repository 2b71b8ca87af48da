#pragma once

#include <string>

#include "covector/base/ref.h"

namespace covector {

// A foreign value that passes through the library without being looked into:
// a Python callable, a static argument, the aux data of a tree node. The front
// end derives its own kind; the core only compares, hashes and prints it.
//
// Ownership: a HostObject may own objects of a garbage-collected front end, and
// C++ ownership cannot be traversed by that collector. So HostObjects stand only
// in params, tree definitions and cache keys, none of which the foreign value
// can own in turn.
class HostObject : public RefCounted {
 public:
  virtual bool equals(const HostObject&) const = 0;
  virtual size_t hash() const = 0;
  virtual std::string repr() const = 0;
};

}  // namespace covector

#pragma once

// An operation that is named for compilers and defined by a jaxpr.

#include <string>

#include "covector/core/jaxpr.h"
#include "covector/core/trace.h"

namespace covector {

struct CompositeParams {
  std::string name;
  ClosedJaxpr jaxpr;
  Param attributes;  // pairs of a name and a value
  int64_t version = 0;
  void fields(FieldVisitor&) const;
  bool operator==(const CompositeParams&) const = default;
};
Values composite(const CompositeParams&, Args);

}  // namespace covector

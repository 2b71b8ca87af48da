#pragma once

// How sort is lowered.

#include "covector/hlo/builder.h"

namespace covector::rules {

struct SortParams {
  int64_t dimension = 0;
  bool is_stable = true;
  int64_t num_keys = 1;
  void fields(FieldVisitor& f) const {
    f("dimension", dimension), f("is_stable", is_stable), f("num_keys", num_keys);
  }
  bool operator==(const SortParams&) const = default;
};

hlo::Results sort_lower(const Op&, hlo::Builder&, hlo::Operands, AvalSpan out);

}  // namespace covector::rules

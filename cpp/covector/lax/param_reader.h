#pragma once

// Reads structured arguments of front-end calls: nested sequences, records and
// enumerators that CallArgs::param delivers.

#include <string_view>
#include <vector>

#include "covector/core/params.h"

namespace covector::rules {

// The items of a sequence. A missing one (None) has no items.
std::vector<Param> items_of(const Param&, std::string_view what);
int64_t int_of(const Param&, std::string_view what);
Axes ints_of(const Param&, std::string_view what);
// A field of a record, by name.
const Param& field_of(const Param&, std::string_view field, std::string_view what);
// The name behind an enumerator ("PROMISE_IN_BOUNDS") or a string; empty for None.
std::string name_of(const Param&, std::string_view what);

}  // namespace covector::rules

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "covector/core/source_info.h"

namespace covector {

// Names that the user gives to parts of the program, for profiles: what runs in
// this thread between the two is in the scope `name`.
void push_scope(std::string_view name);
void pop_scope();

// Outside of all scopes while it exists: a function that is traced on its own, as
// by jit, does not belong to the scopes of its first caller.
class OutsideScopes {
 public:
  OutsideScopes();
  ~OutsideScopes();
  OutsideScopes(const OutsideScopes&) = delete;
  OutsideScopes& operator=(const OutsideScopes&) = delete;

 private:
  std::vector<std::string> outer_;
};

// The scopes in which a line was staged, outermost first, as "encoder/attention";
// nothing where there are none.
std::string_view scopes_of(Source);
// The line in the scopes of this thread, around those that it has already.
Source in_scopes(Source);

}  // namespace covector

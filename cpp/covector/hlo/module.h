#pragma once

#include "covector/hlo/builder.h"

namespace covector::hlo {

struct ModuleOptions {
  std::string name = "main";  // of the module: jit_<name>
  bool locations = false;
  std::string_view platform = "cpu";
  // For each argument (constants of the jaxpr first): the result it must alias,
  // or -1. kDonor: the compiler picks.
  static constexpr int kNoAlias = -1, kDonor = -2;
  std::vector<int> aliases = {};
  // Names of inputs (constants have none; written as locations) and of results,
  // for readers; may be empty.
  std::vector<std::string> arg_names = {}, result_names = {};
};

struct Module {
  std::string text;
  std::vector<Ref<const RefCounted>> kept;  // what must live as long as it runs
};

// The module whose public function @main has the jaxpr's constants as leading
// arguments, then its inputs. Large constants thus never enter the text.
Module make_module(const ClosedJaxpr&, const ModuleOptions&);
inline std::string lower_module(const ClosedJaxpr& c, const ModuleOptions& o) {
  return make_module(c, o).text;
}

}  // namespace covector::hlo

#pragma once

// Programs as StableHLO that lives outside of the process: written from a jaxpr,
// with its constants inside, and called from other programs.

#include <map>
#include <string>
#include <vector>

#include "covector/core/jaxpr.h"

namespace covector {

struct ExportedProgram : RefCounted {
  std::string name;
  Avals in, out;
  std::vector<uint32_t> kept;                // inputs that the modules take
  std::map<std::string, std::string> texts;  // a module for each platform: "cpu", "gpu", "tpu"
};

// Raises NotImplemented where the program calls the host, which is another one then.
Ref<const ExportedProgram> export_program(const ClosedJaxpr&, std::string name,
                                          const std::vector<std::string>& platforms,
                                          bool keep_unused);

// Runs it. A program for a platform that it was not exported for fails to lower.
Values call_exported(const Ref<const ExportedProgram>&, Args);

}  // namespace covector

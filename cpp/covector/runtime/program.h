#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "covector/core/jaxpr.h"
#include "covector/hlo/module.h"
#include "covector/pjrt/loaded_executable.h"
#include "covector/runtime/transfer.h"

namespace covector::runtime {

struct ProgramOptions {
  std::string name = "f";
  Mask donated;  // of the inputs; empty: none
  bool keep_unused = false;
  // Written for readers of the lowered text.
  std::vector<std::string> arg_names;
};

// A staged function on its way to a device: what is computed, which results
// are known without, and what the device program takes and gives.
class Lowered : public RefCounted {
 public:
  Lowered(const ClosedJaxpr&, ProgramOptions);

  // The text is the same for the same program, wherever it was written; with
  // locations it also says where.
  // `platform` is "cpu", "gpu" or "tpu".
  hlo::Module module(bool locations = false, std::string_view platform = "cpu") const;
  std::string text(bool locations = false, std::string_view platform = "cpu") const {
    return module(locations, platform).text;
  }

  const ClosedJaxpr& jaxpr() const { return jaxpr_; }
  const ProgramOptions& options() const { return options_; }
  const Avals& out_avals() const { return out_avals_; }
  // Inputs that the device program takes, in order.
  const std::vector<uint32_t>& kept() const { return kept_; }
  // Donated inputs whose memory no result can take over.
  const std::vector<uint32_t>& unusable_donations() const { return unusable_; }

 private:
  friend class Program;

  // Where a result comes from.
  struct Source {
    enum Kind : uint8_t { kComputed, kInput, kKnown } kind = kComputed;
    uint32_t index = 0;  // of the device program's result or the input
    Value known;
  };
  bool donates(uint32_t input) const;
  void route_outputs(const ClosedJaxpr&);
  void assign_donations(const ClosedJaxpr& program);

  ClosedJaxpr jaxpr_;    // as given
  ClosedJaxpr program_;  // physical, without what is not computed
  ProgramOptions options_;
  Avals out_avals_;
  std::vector<Source> sources_;
  std::vector<uint32_t> kept_, unusable_;
  std::vector<int> aliases_;
};

// A lowered function, compiled for the devices of one client. Runs on any of them.
class Program : public RefCounted {
 public:
  static Ref<const Program> make(
      Ref<const Lowered>, const pjrt::Client&,
      const std::map<std::string, pjrt::CompileOptions::Override>& compiler_options = {});

  const Lowered& lowered() const { return *lowered_; }
  const pjrt::Client& client() const { return *client_; }
  // Null if nothing is computed on a device.
  const pjrt::LoadedExecutable* executable() const { return executable_.get(); }

  // Runs on `device`. The arguments are concrete arrays of the input types.
  // Does not wait for the results.
  Values run(Args, const pjrt::Device& device, bool committed) const;

 private:
  Program() = default;
  void launch(Args, const pjrt::Device&, PJRT_Buffer** outs) const;
  void execute(std::span<PJRT_Buffer* const>, const pjrt::Device&, PJRT_Buffer** outs) const;

  Ref<const Lowered> lowered_;
  const pjrt::Client* client_ = nullptr;
  Ref<pjrt::LoadedExecutable> executable_;
  std::vector<Aval> computed_;                 // types of the device program's results
  std::vector<Ref<const RefCounted>> called_;  // what it calls on the host
};

// The device that a computation on these arrays runs on: theirs where the user
// chose it, else the default one. Throws ValueError if the user chose several.
struct Placement {
  const pjrt::Device* device = nullptr;
  bool committed = false;
};
Placement placement(Args);

// Runs a program, where its arguments say or at a place found already; checks
// for NaNs if the options ask.
Values run(const Program&, Args);
Values run(const Program&, Args, const Placement&);

// Installs the evaluator of eager operations. Front ends call it once.
void start();
// Drops the evaluator's programs.
void clear_eager_cache();

}  // namespace covector::runtime

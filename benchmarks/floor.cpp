// What a plugin costs through the PJRT C API alone: no library can dispatch a program quicker.
//
//   floor [PLUGIN]
//
// Programs like those of cases.py are run as the library runs them: portable, each output
// destroyed again. A line is the median over batches, in microseconds.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "covector/pjrt/api.h"
#include "covector/pjrt/buffer.h"
#include "covector/pjrt/client.h"
#include "covector/pjrt/compile_options.h"
#include "covector/pjrt/discovery.h"
#include "covector/pjrt/event.h"
#include "covector/pjrt/program.h"
#include "covector/pjrt/transfer.h"

namespace {

namespace pjrt = covector::pjrt;
using covector::Ref;
using covector::str;

constexpr int64_t kElements = 10;
constexpr int kBatches = 25;
constexpr int kCalls = 5000;

template <class F>
void measure(const char* name, F f) {
  for (int i = 0; i < kCalls / 5; ++i) f();
  std::vector<double> times;
  for (int batch = 0; batch < kBatches; ++batch) {
    auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kCalls; ++i) f();
    std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
    times.push_back(took.count() / kCalls);
  }
  std::nth_element(times.begin(), times.begin() + kBatches / 2, times.end());
  std::printf("%-34s %10.2f us\n", name, times[kBatches / 2]);
}

// Adds up its arguments; one argument is added to itself.
std::string sum_module(int arguments) {
  const std::string type = str("tensor<", kElements, "xf32>");
  std::string text = "func.func public @main(";
  for (int i = 0; i < arguments; ++i) text += str(i ? ", " : "", "%a", i, ": ", type);
  text += str(") -> ", type, " {\n");
  std::string sum = "%a0";
  for (int i = arguments == 1 ? 0 : 1; i < arguments; ++i) {
    text += str("  %s", i, " = stablehlo.add ", sum, ", %a", i, " : ", type, "\n");
    sum = str("%s", i);
  }
  return text + str("  return ", sum, " : ", type, "\n}\n");
}

PJRT_LoadedExecutable* compile(const pjrt::Client& client, const std::string& text) {
  pjrt::CompileOptions options;
  options.portable = true;
  const std::string option_bytes = options.serialize();
  pjrt::Args<PJRT_Program> program = pjrt::borrow_program(text, "mlir");
  pjrt::Args<PJRT_Client_Compile_Args> args;
  args.client = client.raw();
  args.program = &program;
  args.compile_options = option_bytes.data();
  args.compile_options_size = option_bytes.size();
  pjrt::call<&PJRT_Api::PJRT_Client_Compile>(client.api(), args);
  return args.executable;
}

// A program with one output, and everything a launch of it needs.
class Launch {
 public:
  Launch(const pjrt::Client& client, int arguments)
      : api_(client.api()), executable_(compile(client, sum_module(arguments))) {
    static constexpr float kOnes[kElements] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    static constexpr int64_t kDims[] = {kElements};
    const pjrt::Device& device = *client.devices()[0];
    for (int i = 0; i < arguments; ++i) {
      inputs_.push_back(pjrt::to_device({kOnes, pjrt::ElementType::kF32, kDims}, device));
      inputs_.back()->await();
      raw_.push_back(inputs_.back()->raw());
    }
    argument_list_ = raw_.data();
    output_list_ = &output_;
    args_.executable = executable_;
    args_.options = &options_;
    args_.argument_lists = &argument_list_;
    args_.num_devices = 1;
    args_.num_args = raw_.size();
    args_.output_lists = &output_list_;
    args_.execute_device = device.raw();
  }
  Launch(const Launch&) = delete;
  Launch& operator=(const Launch&) = delete;
  ~Launch() {
    pjrt::Args<PJRT_LoadedExecutable_Destroy_Args> args;
    args.executable = executable_;
    pjrt::call_quietly<&PJRT_Api::PJRT_LoadedExecutable_Destroy>(api_, args);
  }

  void run() { pjrt::call<&PJRT_Api::PJRT_LoadedExecutable_Execute>(api_, args_); }

  void wait() {
    pjrt::Args<PJRT_Buffer_ReadyEvent_Args> ready;
    ready.buffer = output_;
    pjrt::call<&PJRT_Api::PJRT_Buffer_ReadyEvent>(api_, ready);
    pjrt::Args<PJRT_Event_Await_Args> await;
    await.event = ready.event;
    pjrt::call<&PJRT_Api::PJRT_Event_Await>(api_, await);
    pjrt::Args<PJRT_Event_Destroy_Args> destroy;
    destroy.event = ready.event;
    pjrt::call<&PJRT_Api::PJRT_Event_Destroy>(api_, destroy);
  }

  void destroy_output() {
    pjrt::Args<PJRT_Buffer_Destroy_Args> args;
    args.buffer = output_;
    pjrt::call<&PJRT_Api::PJRT_Buffer_Destroy>(api_, args);
  }

 private:
  const PJRT_Api* const api_;
  PJRT_LoadedExecutable* const executable_;
  std::vector<Ref<pjrt::Buffer>> inputs_;
  std::vector<PJRT_Buffer*> raw_;
  PJRT_Buffer* output_ = nullptr;
  PJRT_Buffer* const* argument_list_ = nullptr;
  PJRT_Buffer** output_list_ = nullptr;
  pjrt::Args<PJRT_ExecuteOptions> options_;
  pjrt::Args<PJRT_LoadedExecutable_Execute_Args> args_;
};

void measure_launches(const pjrt::Client& client) {
  for (int arguments : {1, 8, 100}) {
    Launch launch(client, arguments);
    const std::string name = str("run, ", arguments, arguments == 1 ? " argument" : " arguments");
    measure(name.c_str(), [&] {
      launch.run();
      launch.destroy_output();
    });
    measure((name + ", waiting").c_str(), [&] {
      launch.run();
      launch.wait();
      launch.destroy_output();
    });
  }
}

void measure_transfers(const pjrt::Client& client) {
  alignas(pjrt::kHostAlignment) float data[kElements] = {};
  const int64_t dims[] = {kElements};
  const pjrt::HostArray host{data, pjrt::ElementType::kF32, dims};
  const pjrt::Device& device = *client.devices()[0];
  measure("to the device, copied", [&] { pjrt::to_device(host, device); });
  measure("to the device, in place", [&] {
    pjrt::to_device(host, device, nullptr, pjrt::HostSemantics::kImmutableZeroCopy, [] {});
  });
  Ref<pjrt::Buffer> buffer = pjrt::to_device(host, device);
  float back[kElements];
  measure("to the host", [&] { buffer->to_host(std::as_writable_bytes(std::span<float>(back))); });
}

std::string plugin_path(int argc, char** argv) {
  if (argc > 1) return argv[1];
  pjrt::PluginLocation found = pjrt::find_plugin("cpu", {});
  return found.found() ? found.path : COVECTOR_CPU_PLUGIN;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const pjrt::Plugin& plugin = pjrt::Plugin::load(plugin_path(argc, argv));
    const pjrt::Client& client = pjrt::Client::create(plugin, pjrt::cpu_client_options(1));
    measure_launches(client);
    measure_transfers(client);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "floor: %s\n", e.what());
    return 1;
  }
}

#include "pjrt/pjrt_testing.h"

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "covector/pjrt/discovery.h"

namespace covector::pjrt::testing {

std::string cpu_plugin_path() {
  if (PluginLocation p = find_plugin("cpu", {}); p.found()) return p.path;
  return COVECTOR_TEST_CPU_PLUGIN;
}

const Plugin& cpu_plugin() {
  static const Plugin& plugin = Plugin::load(cpu_plugin_path());
  return plugin;
}

const Client& cpu_client() {
  static const Client& client = Client::create(cpu_plugin(), cpu_client_options(1));
  return client;
}

const Client& async_client() {
  static const std::vector<ClientOption> options = {{{"cpu_device_count", int64_t{1}}}};
  static const Client& client = Client::create(cpu_plugin(), options);
  return client;
}

const Client& four_devices() {
  static const Client& client = Client::create(cpu_plugin(), cpu_client_options(4));
  return client;
}

std::string fake_plugin(std::string_view fault) {
  namespace fs = std::filesystem;
  static const fs::path directory = [] {
    std::string name = fs::temp_directory_path() / "covector_fake_XXXXXX";
    return fs::path(mkdtemp(name.data()));
  }();
  fs::path copy = directory / (std::string(fault) + ".so");
  fs::copy_file(COVECTOR_TEST_FAKE_PLUGIN, copy, fs::copy_options::skip_existing);
  return copy;
}

Ref<Buffer> put(const Client& client, const std::vector<float>& data, std::vector<int64_t> dims,
                int device) {
  if (dims.empty()) dims = {static_cast<int64_t>(data.size())};
  return to_device({data.data(), ElementType::kF32, dims}, client.device(device));
}

std::vector<float> get(const Buffer& buffer) {
  std::vector<float> out(host_size(buffer.element_type(), buffer.dims()) / sizeof(float));
  buffer.to_host(std::as_writable_bytes(std::span(out)));
  return out;
}

Ref<LoadedExecutable> compile(const Client& client, std::string_view module,
                              const CompileOptions& options) {
  return LoadedExecutable::compile(client, module, options);
}

std::string double_module(int64_t n) {
  std::string t = str("tensor<", n, "xf32>");
  return str("func.func public @main(%a: ", t, ") -> ", t, " {\n  %0 = stablehlo.add %a, %a : ", t,
             "\n  return %0 : ", t, "\n}\n");
}

std::vector<Ref<Buffer>> run(const LoadedExecutable& executable,
                             const std::vector<Ref<Buffer>>& args, const Device* device,
                             std::span<const int64_t> non_donatable) {
  std::vector<PJRT_Buffer*> raw, outs(executable.num_outputs());
  for (const auto& a : args) raw.push_back(a->raw());
  executable.execute(raw, device, outs.data(), non_donatable);
  std::vector<Ref<Buffer>> out;
  for (PJRT_Buffer* b : outs) out.push_back(make_ref<Buffer>(executable.client(), b));
  return out;
}

bool true_in_child(const std::function<bool()>& f) {
  pid_t child = fork();
  if (child == 0) {
    alarm(20);
    bool ok = false;
    try {
      ok = f();
    } catch (...) {
    }
    _exit(ok ? 0 : 1);
  }
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

}  // namespace covector::pjrt::testing

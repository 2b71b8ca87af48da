#include "covector/pjrt/environment.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

namespace covector::pjrt {

namespace {

namespace fs = std::filesystem;

constexpr int kKeep = 0;  // setenv: an existing value stays

std::string first_word(const fs::path& file) {
  std::unique_ptr<FILE, int (*)(FILE*)> f(std::fopen(file.c_str(), "r"), std::fclose);
  char word[32] = "";
  if (!f || std::fscanf(f.get(), "%31s", word) != 1) return {};
  return word;
}

// TPU chips are PCI devices of Google; so is the network card of other VMs there.
bool has_tpu_chip() {
  constexpr std::string_view kGoogle = "0x1ae0", kNetworkCard = "0x0042";
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/sys/bus/pci/devices", error)) {
    if (first_word(entry.path() / "vendor") == kGoogle &&
        first_word(entry.path() / "device") != kNetworkCard)
      return true;
  }
  return false;
}

}  // namespace

void prepare_environment(const std::string& plugin_path) {
  setenv("TF_CPP_MIN_LOG_LEVEL", "2", kKeep);
  bool is_tpu = fs::path(plugin_path).filename().string().find("tpu") != std::string::npos;
  if (is_tpu && !has_tpu_chip()) setenv("TPU_SKIP_MDS_QUERY", "1", kKeep);
}

}  // namespace covector::pjrt

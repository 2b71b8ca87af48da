#include "covector/pjrt/discovery.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "pjrt/pjrt_testing.h"

namespace covector::pjrt {
namespace {

namespace fs = std::filesystem;
using testing::throws;

// A directory that looks like site-packages, and an environment to be changed.
class Discovery : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::path(::testing::TempDir()) / "covector_discovery";
    fs::remove_all(root_);
    for (const char* name : {"COVECTOR_PLUGINS", "LD_LIBRARY_PATH"}) {
      const char* old = std::getenv(name);
      saved_.emplace_back(name, old ? std::optional<std::string>(old) : std::nullopt);
      unsetenv(name);
    }
  }
  void TearDown() override {
    for (const auto& [name, value] : saved_)
      value ? setenv(name.c_str(), value->c_str(), 1) : unsetenv(name.c_str());
    fs::remove_all(root_);
  }
  std::string add(const std::string& file) {
    fs::path p = root_ / file;
    fs::create_directories(p.parent_path());
    std::fclose(std::fopen(p.c_str(), "w"));
    return p;
  }
  PluginLocation find(std::string_view platform) {
    std::vector<std::string> directories = {"/no/such/directory", root_};
    return find_plugin(platform, directories);
  }

  fs::path root_;
  std::vector<std::pair<std::string, std::optional<std::string>>> saved_;
};

TEST_F(Discovery, FindsTheKnownWheels) {
  std::string cpu = add("xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so");
  std::string cuda = add("jax_plugins/xla_cuda12/xla_cuda_plugin.so");
  std::string tpu = add("libtpu/libtpu.so");
  EXPECT_EQ(find("cpu").path, cpu);
  EXPECT_EQ(find("cuda").path, cuda);
  EXPECT_EQ(find("gpu").path, cuda);
  EXPECT_EQ(find("gpu").platform, "cuda");
  EXPECT_EQ(find("tpu").path, tpu);
  std::string newer = add("jax_plugins/xla_cuda13/xla_cuda_plugin.so");
  EXPECT_EQ(find("cuda").path, newer);
}

TEST_F(Discovery, SaysWhatToInstall) {
  EXPECT_TRUE(find("cuda").reason.starts_with(
      "cuda: the plugin wheel jax-cuda13-pjrt is not installed: pip install jax-cuda13-pjrt"));
  EXPECT_TRUE(find("tpu").reason.starts_with("tpu: the plugin wheel libtpu is not installed"));
  EXPECT_TRUE(find("cpu").reason.starts_with("cpu: the plugin wheel xla-cpu-pjrt is not"));
  EXPECT_TRUE(find("abacus").reason.starts_with("abacus: no PJRT plugin is known"));
  EXPECT_FALSE(find("abacus").found());
}

TEST_F(Discovery, TheEnvironmentComesFirst) {
  add("xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so");
  std::string own = add("own.so"), other = add("other.so");
  setenv("COVECTOR_PLUGINS", ("cpu=" + own + ";gpu=" + other + ";mine=" + own).c_str(), 1);
  EXPECT_EQ(find("cpu").path, own);
  EXPECT_EQ(find("cuda").path, other);
  EXPECT_EQ(find("mine").path, own);
}

TEST_F(Discovery, AWrongChoiceIsNotPassedOver) {
  add("xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so");
  setenv("COVECTOR_PLUGINS", "cpu=/no/such/plugin.so", 1);
  EXPECT_EQ(find("cpu").reason, "cpu: COVECTOR_PLUGINS names /no/such/plugin.so, which is no file");
  EXPECT_FALSE(find("cpu").found());
}

TEST_F(Discovery, AMalformedEnvironmentIsAnError) {
  for (const char* bad : {"/path/to/plugin.so", "cpu=", "=/a.so", "cpu=/a.so;b"}) {
    setenv("COVECTOR_PLUGINS", bad, 1);
    EXPECT_TRUE(throws<ValueError>([&] { find("cpu"); }, "must be of the form")) << bad;
  }
  setenv("COVECTOR_PLUGINS", "", 1);
  EXPECT_NO_THROW(find("cpu"));
}

TEST_F(Discovery, LooksInTheLibraryPath) {
  std::string cpu = add("lib/xla_cpu_pjrt.so");
  setenv("LD_LIBRARY_PATH", ("/no/such/place:" + (root_ / "lib").string()).c_str(), 1);
  EXPECT_EQ(find_plugin("cpu", {}).path, cpu);
}

TEST_F(Discovery, RegisteredPluginsAreFound) {
  std::string first = add("first.so"), second = add("second.so");
  register_plugin("quantum", first);
  EXPECT_EQ(find("quantum").path, first);
  register_plugin("quantum", second);
  EXPECT_EQ(find("quantum").path, second);
  register_plugin("quantum", "/no/such/plugin.so");
  EXPECT_EQ(find("quantum").reason,
            "quantum: register_plugin names /no/such/plugin.so, which is no file");
}

TEST_F(Discovery, ListsEveryPlatformOnce) {
  std::string own = add("own.so");
  setenv("COVECTOR_PLUGINS", ("mine=" + own + ";cpu=" + own + ";tpu=" + own).c_str(), 1);
  std::vector<std::string> names;
  for (const PluginLocation& p : find_plugins({})) names.push_back(p.platform);
  EXPECT_EQ(names.back(), "cpu");
  for (const char* name : {"mine", "tpu", "cuda", "cpu"})
    EXPECT_EQ(std::ranges::count(names, name), 1) << name;
}

}  // namespace
}  // namespace covector::pjrt

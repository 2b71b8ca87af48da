#include "covector/pjrt/xla_flags.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "covector/pjrt/mapped_file.h"
#include "pjrt/pjrt_testing.h"

namespace covector::pjrt {
namespace {

using testing::cpu_plugin_path;
using testing::throws;
using Flags = std::vector<std::string>;

TEST(XlaFlags, SplitsAtSpacesOutsideQuotes) {
  EXPECT_EQ(split_xla_flags(""), Flags{});
  EXPECT_EQ(split_xla_flags("  \n"), Flags{});
  EXPECT_EQ(split_xla_flags("--a=1  --b\n--c='x y'"), (Flags{"--a=1", "--b", "--c='x y'"}));
  EXPECT_EQ(split_xla_flags("--a=\"it's one\" --b"), (Flags{"--a=\"it's one\"", "--b"}));
}

TEST(XlaFlags, ReadsAFile) {
  std::string path = ::testing::TempDir() + "covector_xla_flags";
  FILE* f = std::fopen(path.c_str(), "w");
  std::fputs("--xla_a=1\n--xla_b\n", f);
  std::fclose(f);
  EXPECT_EQ(split_xla_flags(" " + path + "\n"), (Flags{"--xla_a=1", "--xla_b"}));
  std::remove(path.c_str());
  EXPECT_EQ(split_xla_flags(path), Flags{});
}

TEST(XlaFlags, TakesTheNameOutOfAFlag) {
  EXPECT_EQ(xla_flag_name("--xla_foo=1"), "xla_foo");
  EXPECT_EQ(xla_flag_name("-xla_foo"), "xla_foo");
  EXPECT_EQ(xla_flag_name("--"), "");
  EXPECT_EQ(xla_flag_name("--xla_foo=--xla_bar=2"), "xla_foo");
}

TEST(XlaFlags, ReadsTheNumberOfHostDevices) {
  EXPECT_EQ(host_device_count({}), std::nullopt);
  EXPECT_EQ(host_device_count({"--xla_other=3"}), std::nullopt);
  EXPECT_EQ(host_device_count({"--xla_force_host_platform_device_count=8"}), 8);
  EXPECT_EQ(host_device_count({"--xla_force_host_platform_device_count=8",
                               "--xla_force_host_platform_device_count=2"}),
            2);
  for (const char* bad : {"0", "-1", "x", "3x", ""})
    EXPECT_TRUE(throws<ValueError>(
        [&] { host_device_count({str("--xla_force_host_platform_device_count=", bad)}); },
        "positive integer"))
        << bad;
}

TEST(XlaFlags, KeepsWhatThePluginKnows) {
  FilteredFlags f =
      filter_xla_flags({"--xla_cpu_enable_fast_math=false", "--xla_bogus=1",
                        "--xla_force_host_platform_device_count=2", "--xla_cpu_enable_fast_mat"},
                       cpu_plugin_path());
  EXPECT_EQ(f.kept, (Flags{"--xla_cpu_enable_fast_math=false",
                           "--xla_force_host_platform_device_count=2"}));
  EXPECT_EQ(f.dropped, (Flags{"--xla_bogus=1", "--xla_cpu_enable_fast_mat"}));
}

TEST(XlaFlags, KeepsNothingWithoutAFile) {
  FilteredFlags f = filter_xla_flags({"--xla_a"}, "/no/such/plugin.so");
  EXPECT_TRUE(f.kept.empty());
  EXPECT_EQ(f.dropped, Flags{"--xla_a"});
}

TEST(XlaFlags, ChangesTheEnvironmentForAScopeOnly) {
  const char* old = std::getenv("XLA_FLAGS");
  std::string saved = old ? old : "";
  setenv("XLA_FLAGS", "--xla_a --xla_b", 1);
  {
    ScopedXlaFlags guard({{"--xla_a"}, {"--xla_b"}});
    EXPECT_STREQ(std::getenv("XLA_FLAGS"), "--xla_a");
  }
  EXPECT_STREQ(std::getenv("XLA_FLAGS"), "--xla_a --xla_b");
  {
    ScopedXlaFlags guard({{"--xla_a", "--xla_b"}, {}});
    EXPECT_STREQ(std::getenv("XLA_FLAGS"), "--xla_a --xla_b");
  }
  old ? setenv("XLA_FLAGS", saved.c_str(), 1) : unsetenv("XLA_FLAGS");
}

// A flag that XLA does not know ends the process when the first client is made;
// so this needs a process of its own.
TEST(XlaFlagsDeathTest, UnknownFlagsDoNotEndTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        setenv("XLA_FLAGS", "--xla_bogus=1 --xla_cpu_enable_fast_math=false", 1);
        const Plugin& plugin = Plugin::load(cpu_plugin_path());
        const Client& client = Client::create(plugin, cpu_client_options(1));
        bool ok = client.xla_flags().dropped == Flags{"--xla_bogus=1"} &&
                  std::getenv("XLA_FLAGS") ==
                      std::string("--xla_bogus=1 --xla_cpu_enable_fast_math=false");
        _exit(ok ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST(MappedFile, FindsTheReadOnlyDataOfAPlugin) {
  MappedFile file(cpu_plugin_path());
  std::string_view data = read_only_data(file.bytes());
  EXPECT_GT(data.size(), 0u);
  EXPECT_LT(data.size(), file.bytes().size() / 2);
}

TEST(MappedFile, TakesWhateverItIsGiven) {
  EXPECT_TRUE(MappedFile("/no/such/file").bytes().empty());
  EXPECT_TRUE(MappedFile("/").bytes().empty());
  EXPECT_EQ(read_only_data("no ELF"), "no ELF");
  EXPECT_EQ(read_only_data(""), "");
  MappedFile file(cpu_plugin_path());
  std::string_view head = file.bytes().substr(0, 4096);  // its sections are not in it
  EXPECT_EQ(read_only_data(head).size(), head.size());
}

}  // namespace
}  // namespace covector::pjrt

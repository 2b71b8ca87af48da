#include "covector/pjrt/plugin.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "covector/pjrt/client.h"
#include "pjrt/pjrt_testing.h"

namespace covector::pjrt {
namespace {

using testing::cpu_plugin;
using testing::cpu_plugin_path;
using testing::fake_plugin;
using testing::throws;

bool is_one_line(const std::string& path) {
  try {
    Plugin::load(path);
  } catch (const RuntimeError& e) {
    return std::string_view(e.what()).find('\n') == std::string_view::npos;
  }
  return false;
}

TEST(Plugin, LoadsEachFileOnce) {
  EXPECT_EQ(&Plugin::load(cpu_plugin_path()), &cpu_plugin());
  std::string link = ::testing::TempDir() + "covector_plugin_link.so";
  std::filesystem::remove(link);
  std::filesystem::create_symlink(cpu_plugin_path(), link);
  EXPECT_EQ(&Plugin::load(link), &cpu_plugin());
  std::filesystem::remove(link);
}

TEST(Plugin, DescribesItself) {
  const Plugin& p = cpu_plugin();
  EXPECT_EQ(p.pjrt_version().major, 0);
  EXPECT_GE(p.pjrt_version().minor, 81);
  ASSERT_TRUE(p.stablehlo_version().has_value());
  EXPECT_GE(*p.stablehlo_version(), (Version{1, 0, 0}));
  ASSERT_TRUE(p.minimum_stablehlo_version().has_value());
  EXPECT_LT(*p.minimum_stablehlo_version(), *p.stablehlo_version());
  EXPECT_FALSE(p.attributes().empty());
}

TEST(Plugin, ListsItsExtensions) {
  auto types = cpu_plugin().extension_types();
  EXPECT_NE(std::ranges::find(types, 5), types.end()) << "foreign functions";
  EXPECT_NE(cpu_plugin().extension(5), nullptr);
  EXPECT_EQ(cpu_plugin().extension(4711), nullptr);
}

TEST(Plugin, IdentityHoldsFileAndVersions) {
  const Plugin& p = cpu_plugin();
  EXPECT_TRUE(p.identity().starts_with(p.path() + ";size="));
  EXPECT_NE(p.identity().find(";mtime="), std::string::npos);
  EXPECT_NE(p.identity().find(str(";pjrt=", p.pjrt_version())), std::string::npos);
  EXPECT_NE(p.identity().find(str(";stablehlo=", *p.stablehlo_version())), std::string::npos);
}

TEST(Plugin, IdentityDiffersBetweenCopies) {
  EXPECT_NE(Plugin::load(fake_plugin("strict")).identity(),
            Plugin::load(fake_plugin("short")).identity());
}

TEST(Plugin, QuietensItsLog) {
  cpu_plugin();
  EXPECT_STRNE(std::getenv("TF_CPP_MIN_LOG_LEVEL"), nullptr);
}

TEST(Plugin, WrongPathsAreErrorsOfOneLine) {
  EXPECT_TRUE(throws<RuntimeError>([] { Plugin::load("/no/such/plugin.so"); },
                                   "cannot load PJRT plugin /no/such/plugin.so: No such file"));
  EXPECT_TRUE(throws<RuntimeError>([] { Plugin::load("/"); }, "cannot load PJRT plugin /"));
  EXPECT_TRUE(is_one_line("/no/such/plugin.so"));
}

TEST(Plugin, OtherFilesAreErrorsOfOneLine) {
  EXPECT_TRUE(throws<RuntimeError>([] { Plugin::load("/etc/passwd"); },
                                   "cannot load PJRT plugin /etc/passwd: "));
  EXPECT_TRUE(is_one_line("/etc/passwd"));
}

TEST(Plugin, OtherLibrariesAreErrorsOfOneLine) {
  // A library that every program is linked with.
  std::string libc;
  for (const char* p : {"/lib/x86_64-linux-gnu/libm.so.6", "/lib/aarch64-linux-gnu/libm.so.6",
                        "/lib64/libm.so.6", "/usr/lib/libm.so.6"}) {
    if (access(p, R_OK) == 0) libc = p;
  }
  if (libc.empty()) GTEST_SKIP() << "no libm found";
  EXPECT_TRUE(throws<RuntimeError>([&] { Plugin::load(libc); }, "not a PJRT plugin: "));
  EXPECT_TRUE(throws<RuntimeError>([&] { Plugin::load(libc); }, "has no GetPjrtApi"));
  EXPECT_TRUE(is_one_line(libc));
}

TEST(Plugin, IncompatibleVersionsNameBothSides) {
  EXPECT_TRUE(throws<RuntimeError>([] { Plugin::load(fake_plugin("old")); }, "is of PJRT 0.3"));
  EXPECT_TRUE(throws<RuntimeError>([] { Plugin::load(fake_plugin("old")); },
                                   "cannot use: the plugin is too old"));
  EXPECT_TRUE(throws<RuntimeError>([] { Plugin::load(fake_plugin("major")); },
                                   "covector, built with PJRT 0."));
  EXPECT_TRUE(throws<RuntimeError>([] { Plugin::load(fake_plugin("major")); },
                                   "the major versions differ"));
  EXPECT_TRUE(throws<RuntimeError>([] { Plugin::load(fake_plugin("null")); }, "returned nothing"));
}

TEST(Plugin, FailureToStartIsAnError) {
  EXPECT_TRUE(throws<RuntimeError>([] { Plugin::load(fake_plugin("init_fails")); },
                                   "failed to start: INTERNAL: no luck today"));
  // And is one again, instead of a plugin half made.
  EXPECT_TRUE(throws<RuntimeError>([] { Plugin::load(fake_plugin("init_fails")); },
                                   "failed to start: INTERNAL: no luck today"));
}

TEST(Plugin, AnOlderTableIsUsable) {
  const Plugin& p = Plugin::load(fake_plugin("short"));
  EXPECT_EQ(p.stablehlo_version(), (Version{1, 2, 3}));
  EXPECT_EQ(p.minimum_stablehlo_version(), std::nullopt);
  EXPECT_EQ(p.attributes().size(), 1u);
  EXPECT_TRUE(p.extension_types().empty());
  EXPECT_EQ(Client::create(p).platform_name(), "fake");
}

}  // namespace
}  // namespace covector::pjrt

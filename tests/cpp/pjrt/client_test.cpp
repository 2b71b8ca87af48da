#include "covector/pjrt/client.h"

#include <algorithm>

#include "pjrt/pjrt_testing.h"

namespace covector::pjrt {
namespace {

using testing::async_client;
using testing::cpu_client;
using testing::fake_plugin;
using testing::four_devices;
using testing::throws;
using Names = std::vector<std::string>;

TEST(Client, DescribesItsPlatform) {
  EXPECT_EQ(cpu_client().platform_name(), "cpu");
  EXPECT_FALSE(cpu_client().platform_version().empty());
  EXPECT_TRUE(cpu_client().is_cpu());
  EXPECT_EQ(cpu_client().process_index(), 0);
  EXPECT_EQ(&cpu_client().plugin(), &testing::cpu_plugin());
}

TEST(Client, HasAsManyDevicesAsAsked) {
  EXPECT_EQ(cpu_client().devices().size(), 1u);
  EXPECT_EQ(four_devices().devices().size(), 4u);
  EXPECT_EQ(four_devices().addressable_devices().size(), 4u);
}

TEST(Client, FindsDevicesById) {
  for (int id = 0; id < 4; ++id) {
    const Device& d = four_devices().device(id);
    EXPECT_EQ(d.id(), id);
    EXPECT_EQ(&four_devices().device(d.raw()), &d);
  }
  EXPECT_TRUE(throws<ValueError>([] { four_devices().device(4); },
                                 "no device has id 4: the cpu client has 4 devices"));
}

TEST(Device, DescribesItself) {
  const Device& d = four_devices().device(2);
  EXPECT_EQ(&d.client(), &four_devices());
  EXPECT_EQ(d.kind(), "cpu");
  EXPECT_EQ(d.process_index(), 0);
  EXPECT_TRUE(d.is_addressable());
  EXPECT_EQ(d.local_hardware_id(), 2);
  EXPECT_NE(d.description().debug_string.find("2"), std::string::npos);
  EXPECT_NE(d.description().to_string.find("2"), std::string::npos);
}

TEST(Device, HasMemories) {
  const Device& d = four_devices().device(1);
  ASSERT_NE(d.default_memory(), nullptr);
  EXPECT_FALSE(d.memories().empty());
  EXPECT_NE(std::ranges::find(d.memories(), d.default_memory()), d.memories().end());
  EXPECT_EQ(&d.memory(d.default_memory()->kind()), d.default_memory());
  EXPECT_FALSE(d.default_memory()->debug_string().empty());
  EXPECT_TRUE(throws<ValueError>([&] { d.memory("drum"); }, "has no memory of kind drum; its"));
}

TEST(Device, MayNotCountItsMemory) {
  EXPECT_EQ(cpu_client().device(0).memory_stats(), std::nullopt);
}

TEST(ClientOptions, TheUnknownAndTheMistypedAreLeftOut) {
  const Plugin& plugin = Plugin::load(fake_plugin("strict"));
  std::vector<ClientOption> options = {
      {{"count", int64_t{1}}}, {{"bogus", int64_t{1}}}, {{"flag", int64_t{1}}}, {{"counts", true}}};
  EXPECT_EQ(Client::create(plugin, options).refused_options(), (Names{"bogus", "flag", "counts"}));
  options = {{{"count", int64_t{1}}}, {{"flag", true}}};
  EXPECT_TRUE(Client::create(plugin, options).refused_options().empty());
}

TEST(ClientOptions, TheRequiredAreNot) {
  const Plugin& plugin = Plugin::load(fake_plugin("strict"));
  std::vector<ClientOption> options = {{{"bogus", true}, true}};
  EXPECT_TRUE(throws<DeviceError>([&] { Client::create(plugin, options); },
                                  "INVALID_ARGUMENT: Unexpected option name"));
  options = {{{"flag", 1.5f}, true}};
  EXPECT_TRUE(throws<DeviceError>([&] { Client::create(plugin, options); }, "type index"));
}

TEST(ClientOptions, OtherFailuresAreErrors) {
  const Plugin& plugin = Plugin::load(fake_plugin("down"));
  EXPECT_TRUE(throws<DeviceError>([&] { Client::create(plugin); },
                                  "FAILED_PRECONDITION: No visible devices."));
}

TEST(Fork, AClientOfTheParentSaysWhatToDo) {
  const Client& client = async_client();
  auto program = testing::compile(client, testing::double_module(4096));
  auto x = testing::put(client, std::vector<float>(4096, 1.0f));
  auto refuses = [](auto f) {
    return bool(throws<RuntimeError>(f, "the cpu client was used before this process was forked"));
  };
  EXPECT_TRUE(client.is_usable());
  EXPECT_TRUE(testing::true_in_child([&] {
    return !client.is_usable() && refuses([&] { testing::run(*program, {x}); }) &&
           refuses([&] { testing::compile(client, testing::double_module(3)); }) &&
           refuses([&] { testing::put(client, {1.0f}); }) &&
           refuses([&] { x->copy_to(client.device(0)); });
  }));
  EXPECT_TRUE(client.is_usable());
  EXPECT_EQ(testing::get(*testing::run(*program, {x})[0])[7], 2.0f);
}

TEST(Fork, WhatWasReadyCanBeReadAndDropped) {
  auto x = testing::put(cpu_client(), {1.0f, 2.0f});
  x->await();
  EXPECT_TRUE(testing::true_in_child([&] {
    std::vector<float> data = testing::get(*x);
    x = nullptr;
    return data == std::vector<float>{1.0f, 2.0f};
  }));
  EXPECT_EQ(testing::get(*x)[1], 2.0f);
}

TEST(Fork, AChildCannotUseThePluginOfItsParent) {
  cpu_client();
  EXPECT_TRUE(testing::true_in_child([] {
    return throws<RuntimeError>(
        [] { Client::create(testing::cpu_plugin(), cpu_client_options(1)); },
        ".so was used before this process was forked, and its threads");
  }));
}

TEST(Fork, AChildCanUseAPluginFirst) {
  const Plugin& plugin = Plugin::load(fake_plugin("fork"));
  EXPECT_TRUE(testing::true_in_child([&] { return Client::create(plugin).is_usable(); }));
  EXPECT_TRUE(Client::create(plugin).is_usable());
}

// As AChildCanUseAPluginFirst with a real one: needs a process that has not.
TEST(ForkDeathTest, ForkingBeforeTheFirstUseIsFine) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        testing::cpu_plugin();
        _exit(testing::true_in_child([] {
          auto x = testing::put(cpu_client(), std::vector<float>(4096, 1.5f));
          auto program = testing::compile(cpu_client(), testing::double_module(4096));
          return testing::get(*testing::run(*program, {x})[0])[4095] == 3.0f;
        })
                  ? 0
                  : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace covector::pjrt

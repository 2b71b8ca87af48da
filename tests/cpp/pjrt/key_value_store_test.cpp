#include "covector/pjrt/key_value_store.h"

#include <map>

#include "pjrt/pjrt_testing.h"

namespace covector::pjrt {
namespace {

using testing::throws;

struct MapStore : KeyValueStore {
  std::optional<std::string> get(std::string_view key, std::chrono::milliseconds timeout) override {
    waited = timeout;
    return try_get(key);
  }
  std::optional<std::string> try_get(std::string_view key) override {
    auto at = values.find(std::string(key));
    return at == values.end() ? std::nullopt : std::optional(at->second);
  }
  void put(std::string_view key, std::string_view value) override {
    if (read_only) throw RuntimeError("nothing is written here");
    values.emplace(key, value);
  }

  std::map<std::string, std::string> values;
  std::chrono::milliseconds waited{0};
  bool read_only = false;
};

const Plugin& plugin() { return Plugin::load(testing::fake_plugin("store")); }

TEST(KeyValueStore, ServesAClientThatComesUp) {
  auto store = std::make_shared<MapStore>();
  store->values["later"] = "!";
  EXPECT_EQ(Client::create(plugin(), {}, store).platform_name(), std::string("v\0w!", 4));
  EXPECT_EQ(store->values["k"], std::string("v\0w", 3));
  EXPECT_EQ(store->waited, std::chrono::milliseconds(250));
  EXPECT_GT(store.use_count(), 1);
}

TEST(KeyValueStore, AMissingKeyIsNotFound) {
  EXPECT_TRUE(
      throws<DeviceError>([] { Client::create(plugin(), {}, std::make_shared<MapStore>()); },
                          "NOT_FOUND: no value for key later"));
}

TEST(KeyValueStore, WhatItThrowsIsTheClientsError) {
  auto store = std::make_shared<MapStore>();
  store->read_only = true;
  EXPECT_TRUE(throws<DeviceError>([&] { Client::create(plugin(), {}, store); },
                                  "INTERNAL: nothing is written here"));
}

TEST(KeyValueStore, WaitingEnds) {
  struct Forgetful : MapStore {
    void put(std::string_view, std::string_view) override {}
  };
  EXPECT_TRUE(
      throws<DeviceError>([] { Client::create(plugin(), {}, std::make_shared<Forgetful>()); },
                          "DEADLINE_EXCEEDED: no value for key k within 250 ms"));
}

}  // namespace
}  // namespace covector::pjrt

#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "covector/pjrt/c_types.h"

struct PJRT_Client_Create_Args;

namespace covector::pjrt {

// What the processes of one program tell each other while their clients come up
// (GPU plugins; others bring a way of their own). Called from any thread. An
// exception becomes the plugin's error.
class KeyValueStore {
 public:
  virtual ~KeyValueStore() = default;
  // Waits for the key; nothing after the timeout.
  virtual std::optional<std::string> get(std::string_view key,
                                         std::chrono::milliseconds timeout) = 0;
  // Nothing if it is not there now.
  virtual std::optional<std::string> try_get(std::string_view key) = 0;
  virtual void put(std::string_view key, std::string_view value) = 0;
};

// Makes a client that is created with `args` use the store, which must live as
// long as the client: forever.
void use_store(PJRT_Client_Create_Args& args, KeyValueStore& store);

}  // namespace covector::pjrt

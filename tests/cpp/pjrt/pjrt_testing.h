#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "covector/base/error.h"
#include "covector/pjrt/buffer.h"
#include "covector/pjrt/client.h"
#include "covector/pjrt/loaded_executable.h"
#include "covector/pjrt/plugin.h"
#include "covector/pjrt/transfer.h"

namespace covector::pjrt::testing {

// The CPU plugin under test: COVECTOR_PLUGINS names it, else the build does.
std::string cpu_plugin_path();
const Plugin& cpu_plugin();
// One device; programs may run in the caller's thread.
const Client& cpu_client();
// One device; programs that are not tiny run in a thread of the client.
const Client& async_client();
// Four devices.
const Client& four_devices();

// A copy of the fake plugin under another name, by which it chooses its fault:
// see fake_plugin.cpp.
std::string fake_plugin(std::string_view fault);

Ref<Buffer> put(const Client& client, const std::vector<float>& data,
                std::vector<int64_t> dims = {}, int device = 0);
std::vector<float> get(const Buffer& buffer);

// "func.func public @main(...)" with `body` in it; compiled for one device.
Ref<LoadedExecutable> compile(const Client& client, std::string_view module,
                              const CompileOptions& options = {});
// x + x on f32[n].
std::string double_module(int64_t n);
// The outputs of a run on one device.
std::vector<Ref<Buffer>> run(const LoadedExecutable& executable,
                             const std::vector<Ref<Buffer>>& args, const Device* device = nullptr,
                             std::span<const int64_t> non_donatable = {});

// Whether `f` throws an E whose text contains `text`; tells what it did instead.
template <class E, class F>
::testing::AssertionResult throws(F&& f, std::string_view text) {
  try {
    f();
  } catch (const E& e) {
    if (std::string_view(e.what()).find(text) != std::string_view::npos)
      return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << "text: " << e.what();
  } catch (const std::exception& e) {
    return ::testing::AssertionFailure() << "another class, text: " << e.what();
  }
  return ::testing::AssertionFailure() << "no exception";
}

// Runs `f` in a forked child, which must neither crash nor hang: true if f was.
bool true_in_child(const std::function<bool()>& f);

}  // namespace covector::pjrt::testing

// Guards against transfers that nobody asked for.

#include "covector/runtime/transfer_guard.h"

#include <string>
#include <thread>

#include "covector/core/stage.h"
#include "covector/runtime/backend.h"
#include "covector/runtime/transfer.h"
#include "transforms/transforms_testing.h"

namespace covector::runtime {
namespace {

using namespace covector::transforms_testing;

std::string& logged() {
  static std::string text;
  return text;
}

class TransferGuard : public Computing {
 public:
  TransferGuard() {
    logged().clear();
    set_transfer_log([](std::string_view text) { logged() += text; });
  }
  ~TransferGuard() override {
    set_transfer_log(nullptr);
    for (int i = 0; i < kTransferKinds; ++i) {
      set_transfer_guard(static_cast<Transfer>(i), std::nullopt);
      set_thread_transfer_guard(static_cast<Transfer>(i), std::nullopt);
    }
  }

 protected:
  const Aval type_ = Aval(kFloat64, {3});
  const Transfer import_ = Transfer::kHostToDevice;
};

constexpr const char* kRefused = "INVALID_ARGUMENT: Disallowed host-to-device transfer: aval=";

TEST_F(TransferGuard, AllowsByDefault) { guard_import(type_); }

TEST_F(TransferGuard, DisallowsWhatIsImplicit) {
  set_thread_transfer_guard(import_, GuardLevel::kDisallow);
  EXPECT_TRUE(throws<DeviceError>([&] { guard_import(type_); }, kRefused));
  {
    ExplicitTransfers scope;
    guard_import(type_);
  }
  set_thread_transfer_guard(import_, GuardLevel::kDisallowExplicit);
  ExplicitTransfers scope;
  EXPECT_TRUE(throws<DeviceError>([&] { guard_import(type_); }, kRefused));
}

TEST_F(TransferGuard, Logs) {
  set_thread_transfer_guard(import_, GuardLevel::kLog);
  {
    ExplicitTransfers scope;
    guard_import(type_);
    EXPECT_EQ(logged(), "");
  }
  guard_import(type_);
  EXPECT_NE(logged().find("host-to-device transfer: aval="), std::string::npos);
  logged().clear();
  set_thread_transfer_guard(import_, GuardLevel::kLogExplicit);
  ExplicitTransfers scope;
  guard_import(type_);
  EXPECT_NE(logged(), "");
}

TEST_F(TransferGuard, AThreadsLevelHidesTheOneOfAll) {
  set_transfer_guard(import_, GuardLevel::kDisallow);
  set_thread_transfer_guard(import_, GuardLevel::kAllow);
  guard_import(type_);
  bool refused = false;
  std::thread([&] {
    try {
      guard_import(type_);
    } catch (const DeviceError&) {
      refused = true;
    }
  }).join();
  EXPECT_TRUE(refused);
}

TEST_F(TransferGuard, WhatIsStagedIsNoTransfer) {
  set_thread_transfer_guard(import_, GuardLevel::kDisallow);
  stage(
      [&](Args a) {
        guard_import(type_);
        return list({a[0]});
      },
      Avals{type_});
}

TEST_F(TransferGuard, BetweenDevices) {
  auto two = devices("cpu");
  ASSERT_GE(two.size(), 2u);
  Value x = put(vec({1, 2, 3}), *two[0]);
  set_thread_transfer_guard(Transfer::kDeviceToDevice, GuardLevel::kDisallow);
  EXPECT_TRUE(throws<DeviceError>([&] { put(x, *two[1]); }, "Disallowed device-to-device"));
  EXPECT_EQ(put(x, *two[0]), x);
  ExplicitTransfers scope;
  EXPECT_TRUE(near(put(x, *two[1]), vec({1, 2, 3})));
}

// Memory that the host can read is not copied.
TEST_F(TransferGuard, ReadingOnTheHostsOwnDeviceIsNoTransfer) {
  Value x = put(vec({1, 2, 3}), default_device());
  set_thread_transfer_guard(Transfer::kDeviceToHost, GuardLevel::kDisallowExplicit);
  EXPECT_EQ(get(x), (Doubles{1, 2, 3}));
}

}  // namespace
}  // namespace covector::runtime

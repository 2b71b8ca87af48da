#include "covector/pjrt/error.h"

#include "covector/pjrt/api.h"
#include "pjrt/pjrt_testing.h"

namespace covector::pjrt {
namespace {

using testing::cpu_client;
using testing::cpu_plugin;
using testing::throws;

TEST(Error, NamesCodesAsAbseilDoes) {
  EXPECT_EQ(error_code_name(ErrorCode::kOk), "OK");
  EXPECT_EQ(error_code_name(ErrorCode::kInvalidArgument), "INVALID_ARGUMENT");
  EXPECT_EQ(error_code_name(ErrorCode::kResourceExhausted), "RESOURCE_EXHAUSTED");
  EXPECT_EQ(error_code_name(ErrorCode::kUnauthenticated), "UNAUTHENTICATED");
  EXPECT_EQ(error_code_name(static_cast<ErrorCode>(17)), "UNKNOWN");
  EXPECT_EQ(error_code_name(static_cast<ErrorCode>(-1)), "UNKNOWN");
}

TEST(Error, NullIsNoError) {
  EXPECT_NO_THROW(check(cpu_plugin().api(), nullptr));
  EXPECT_TRUE(take_error(cpu_plugin().api(), nullptr).ok());
}

TEST(Error, CarriesCodeAndTextOfThePlugin) {
  try {
    LoadedExecutable::compile(cpu_client(), "nonsense", {}, "no such format");
    FAIL() << "no exception";
  } catch (const DeviceError& e) {
    EXPECT_EQ(e.code, static_cast<int>(ErrorCode::kInvalidArgument));
    EXPECT_TRUE(std::string_view(e.what()).starts_with("INVALID_ARGUMENT: ")) << e.what();
    EXPECT_NE(std::string_view(e.what()).find("no such format"), std::string_view::npos);
  }
}

TEST(Error, DeviceErrorsAreRuntimeErrors) {
  EXPECT_TRUE(throws<RuntimeError>([] { testing::compile(cpu_client(), "nonsense"); }, "UNKNOWN"));
}

TEST(Error, KeepsTheTextOfExhaustedMemory) {
  auto huge =
      "func.func public @main() -> tensor<1000000000000xf32> {\n"
      "  %0 = stablehlo.iota dim = 0 : tensor<1000000000000xf32>\n"
      "  return %0 : tensor<1000000000000xf32>\n}\n";
  auto executable = testing::compile(cpu_client(), huge);
  EXPECT_TRUE(throws<DeviceError>(
      [&] {
        for (const auto& out : testing::run(*executable, {})) out->await();
      },
      "RESOURCE_EXHAUSTED: Out of memory allocating 4000000000000 bytes"));
}

TEST(Api, ZeroesPaddingToo) {
  Args<PJRT_Event_IsReady_Args> args;
  EXPECT_EQ(args.struct_size, sizeof(PJRT_Event_IsReady_Args));
  const auto* bytes = reinterpret_cast<const unsigned char*>(&args);
  for (size_t i = sizeof(size_t); i < sizeof args; ++i) EXPECT_EQ(bytes[i], 0) << i;
}

TEST(Api, KnowsHowFarATableReaches) {
  PJRT_Api api = *cpu_plugin().api();
  EXPECT_TRUE(has(&api, &PJRT_Api::PJRT_Compile));
  EXPECT_TRUE(has(&api, &PJRT_Api::PJRT_Executable_Fingerprint));
  api.struct_size = offsetof(PJRT_Api, PJRT_Executable_Fingerprint);
  EXPECT_FALSE(has(&api, &PJRT_Api::PJRT_Executable_Fingerprint));
  EXPECT_TRUE(has(&api, &PJRT_Api::PJRT_Client_CreateViewOfDeviceBuffer));
  api.PJRT_Compile = nullptr;
  EXPECT_FALSE(has(&api, &PJRT_Api::PJRT_Compile));
}

TEST(Api, NamesAMissingFunction) {
  PJRT_Api api = *cpu_plugin().api();
  api.PJRT_Event_Await = nullptr;
  Args<PJRT_Event_Await_Args> args;
  EXPECT_TRUE(throws<DeviceError>([&] { call<&PJRT_Api::PJRT_Event_Await>(&api, args); },
                                  "does not provide PJRT_Event_Await"));
  EXPECT_NO_THROW(call_quietly<&PJRT_Api::PJRT_Event_Await>(&api, args));
}

}  // namespace
}  // namespace covector::pjrt

#include "covector/pjrt/ffi.h"

#include <cstring>
#include <string>

#include "pjrt/pjrt_testing.h"

#if __has_include(<xla/ffi/api/c_api.h>)
#include <xla/ffi/api/c_api.h>
#define COVECTOR_TEST_XLA_FFI 1
#endif

namespace covector::pjrt {
namespace {

using testing::compile;
using testing::cpu_client;
using testing::cpu_plugin;
using testing::get;
using testing::put;
using testing::run;
using testing::throws;
using Floats = std::vector<float>;

// A handler that reports version 0.`minor` and multiplies by the attribute k.
template <int minor>
ffi::Error* scale(ffi::CallFrame* frame) {
  if (auto* query = ffi::metadata_query(*frame)) {
    query->metadata->version.major = 0;
    query->metadata->version.minor = minor;
    if (minor >= 3) query->metadata->state_type_id = 0;  // beyond what older plugins made room for
    return nullptr;
  }
  int64_t k = 0;
  const ffi::AttrList& attrs = frame->attributes;
  for (int64_t i = 0; i < attrs.size; ++i) {
    if (std::string_view(attrs.names[i]->data, attrs.names[i]->size) == "k")
      k = *static_cast<int64_t*>(static_cast<ffi::Scalar*>(attrs.items[i])->value);
  }
  const auto& in = *static_cast<ffi::BufferView*>(frame->operands.items[0]);
  const auto& out = *static_cast<ffi::BufferView*>(frame->results.items[0]);
  if (in.type != ffi::DataType::kF32 || in.rank != 1)
    return ffi::make_error(*frame, 3, "scale wants f32[n]");
  for (int64_t i = 0; i < in.dims[0]; ++i)
    static_cast<float*>(out.data)[i] = static_cast<float>(k) * static_cast<float*>(in.data)[i];
  return nullptr;
}

std::string call_module(std::string_view target, std::string_view type = "tensor<3xf32>") {
  return str("func.func public @main(%a: ", type, ") -> ", type, " {\n",
             "  %0 = stablehlo.custom_call @", target,
             "(%a) {api_version = 4 : i32, backend_config = {k = 3 : i64}} : (", type, ") -> ",
             type, "\n  return %0 : ", type, "\n}\n");
}

TEST(Ffi, KnowsThePluginsVersion) {
  auto v = ffi::interface_version(cpu_plugin());
  EXPECT_EQ(v.major, 0);
  EXPECT_GE(v.minor, 1);
}

TEST(Ffi, CallsAHandler) {
  ffi::register_handler(cpu_plugin(), "covector_test_scale", "Host", {.execute = scale<1>});
  auto p = compile(cpu_client(), call_module("covector_test_scale"));
  EXPECT_EQ(get(*run(*p, {put(cpu_client(), {1, 2, 3})})[0]), (Floats{3, 6, 9}));
}

TEST(Ffi, CallsAHandlerNewerThanThePlugin) {
  ffi::register_handler(cpu_plugin(), "covector_test_newer", "Host", {.execute = scale<9>});
  auto p = compile(cpu_client(), call_module("covector_test_newer"));
  EXPECT_EQ(get(*run(*p, {put(cpu_client(), {1, 2, 3})})[0]), (Floats{3, 6, 9}));
}

TEST(Ffi, RegisteringAgainDoesNothing) {
  for (int i = 0; i < 2; ++i) {
    EXPECT_NO_THROW(
        ffi::register_handler(cpu_plugin(), "covector_test_again", "Host", {.execute = scale<1>}));
    EXPECT_NO_THROW(ffi::register_handler(cpu_plugin(), "covector_test_again_newer", "Host",
                                          {.execute = scale<9>}));
  }
}

TEST(Ffi, AnotherHandlerOfTheSameNameIsAnError) {
  ffi::register_handler(cpu_plugin(), "covector_test_taken", "Host", {.execute = scale<1>});
  EXPECT_TRUE(throws<DeviceError>(
      [] {
        ffi::register_handler(cpu_plugin(), "covector_test_taken", "Host", {.execute = scale<2>});
      },
      "foreign function covector_test_taken: "));
}

TEST(Ffi, ThePluginsReasonComesThrough) {
  auto of_another_major = [](ffi::CallFrame* frame) -> ffi::Error* {
    if (auto* query = ffi::metadata_query(*frame)) query->metadata->version.major = 7;
    return nullptr;
  };
  EXPECT_TRUE(throws<DeviceError>(
      [&] {
        ffi::register_handler(cpu_plugin(), "covector_test_major", "Host",
                              {.execute = +of_another_major});
      },
      "API version (7."));
}

TEST(Ffi, ErrorsOfHandlersAreErrorsOfPrograms) {
  ffi::register_handler(cpu_plugin(), "covector_test_scale", "Host", {.execute = scale<1>});
  auto p = compile(cpu_client(), call_module("covector_test_scale", "tensor<1x2xf32>"));
  EXPECT_TRUE(throws<DeviceError>([&] { get(*run(*p, {put(cpu_client(), {1, 2}, {1, 2})})[0]); },
                                  "scale wants f32[n]"));
}

TEST(Ffi, UnregisteredNamesDoNotCompile) {
  EXPECT_TRUE(throws<DeviceError>([] { compile(cpu_client(), call_module("covector_test_none")); },
                                  "covector_test_none"));
}

TEST(Ffi, NeedsSomethingToExecute) {
  EXPECT_TRUE(throws<ValueError>([] { ffi::register_handler(cpu_plugin(), "nothing", "Host", {}); },
                                 "has no handler"));
}

TEST(Ffi, SomePluginsHaveNone) {
  const Plugin& plugin = Plugin::load(testing::fake_plugin("strict"));
  EXPECT_TRUE(throws<RuntimeError>(
      [&] { ffi::register_handler(plugin, "x", "Host", {.execute = scale<1>}); },
      "has no foreign functions"));
}

#ifdef COVECTOR_TEST_XLA_FFI
// Our declarations and XLA's own describe the same bytes.
TEST(FfiAbi, AgreesWithXlasHeader) {
  static_assert(sizeof(ffi::CallFrame) == sizeof(XLA_FFI_CallFrame));
  static_assert(offsetof(ffi::CallFrame, stage) == offsetof(XLA_FFI_CallFrame, stage));
  static_assert(offsetof(ffi::CallFrame, operands) == offsetof(XLA_FFI_CallFrame, args));
  static_assert(offsetof(ffi::CallFrame, results) == offsetof(XLA_FFI_CallFrame, rets));
  static_assert(offsetof(ffi::CallFrame, attributes) == offsetof(XLA_FFI_CallFrame, attrs));
  static_assert(sizeof(ffi::BufferList) == sizeof(XLA_FFI_Args));
  static_assert(offsetof(ffi::BufferList, items) == offsetof(XLA_FFI_Args, args));
  static_assert(offsetof(ffi::BufferList, items) == offsetof(XLA_FFI_Rets, rets));
  static_assert(sizeof(ffi::AttrList) == sizeof(XLA_FFI_Attrs));
  static_assert(offsetof(ffi::AttrList, items) == offsetof(XLA_FFI_Attrs, attrs));
  static_assert(sizeof(ffi::BufferView) == sizeof(XLA_FFI_Buffer));
  static_assert(offsetof(ffi::BufferView, dims) == offsetof(XLA_FFI_Buffer, dims));
  static_assert(sizeof(ffi::Scalar) == sizeof(XLA_FFI_Scalar));
  static_assert(sizeof(ffi::Array) == sizeof(XLA_FFI_Array));
  static_assert(sizeof(ffi::Metadata) == sizeof(XLA_FFI_Metadata));
  static_assert(offsetof(ffi::Metadata, state_type_id) ==
                offsetof(XLA_FFI_Metadata, state_type_id));
  static_assert(offsetof(ffi::Metadata, traits) == offsetof(XLA_FFI_Metadata, traits));
  static_assert(sizeof(ffi::RegisterArgs) == sizeof(XLA_FFI_Handler_Register_Args));
  static_assert(offsetof(ffi::RegisterArgs, bundle) ==
                offsetof(XLA_FFI_Handler_Register_Args, bundle));
  static_assert(offsetof(ffi::Api, error_create) == offsetof(XLA_FFI_Api, XLA_FFI_Error_Create));
  static_assert(offsetof(ffi::Api, register_handler) ==
                offsetof(XLA_FFI_Api, XLA_FFI_Handler_Register));
  static_assert(static_cast<int>(ffi::DataType::kC128) == XLA_FFI_DataType_C128);
  static_assert(static_cast<int>(ffi::DataType::kBF16) == XLA_FFI_DataType_BF16);
  static_assert(static_cast<int>(ffi::Stage::kExecute) == XLA_FFI_ExecutionStage_EXECUTE);
  static_assert(ffi::kMetadataExtension == XLA_FFI_Extension_Metadata);
}
#endif

}  // namespace
}  // namespace covector::pjrt

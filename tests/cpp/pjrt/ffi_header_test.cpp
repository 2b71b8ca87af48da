// Handlers written with XLA's own header, where that is installed: they are
// stricter about what they are called with than those of ffi_test.cpp.

#if __has_include(<xla/ffi/api/ffi.h>)

#include <xla/ffi/api/ffi.h>

#include "covector/pjrt/ffi.h"
#include "pjrt/pjrt_testing.h"

namespace covector::pjrt {
namespace {

namespace xf = xla::ffi;
using testing::cpu_client;
using testing::cpu_plugin;
using testing::get;
using testing::put;

xf::Error twice(int32_t extra, xf::Buffer<xf::F32> x, xf::ResultBuffer<xf::F32> y) {
  for (size_t i = 0; i < x.element_count(); ++i)
    y->typed_data()[i] = 2 * x.typed_data()[i] + static_cast<float>(extra);
  return extra < 0 ? xf::Error::InvalidArgument("extra is negative") : xf::Error::Success();
}

ffi::Error* handler(ffi::CallFrame* frame) {
  static auto bound = xf::Ffi::Bind()
                          .Attr<int32_t>("extra")
                          .Arg<xf::Buffer<xf::F32>>()
                          .Ret<xf::Buffer<xf::F32>>()
                          .To(twice);
  return reinterpret_cast<ffi::Error*>(bound->Call(reinterpret_cast<XLA_FFI_CallFrame*>(frame)));
}

Ref<LoadedExecutable> program(int extra) {
  ffi::register_handler(cpu_plugin(), "covector_test_header", "Host", {.execute = handler});
  return testing::compile(
      cpu_client(),
      str("func.func public @main(%a: tensor<3xf32>) -> tensor<3xf32> {\n",
          "  %0 = stablehlo.custom_call @covector_test_header(%a) {api_version = 4 : i32, "
          "backend_config = {extra = ",
          extra, " : i32}} : (tensor<3xf32>) -> tensor<3xf32>\n  return %0 : tensor<3xf32>\n}\n"));
}

TEST(FfiHeader, ItsHandlersAreCalledWhateverTheirVersion) {
  auto y = testing::run(*program(5), {put(cpu_client(), {1, 2, 3})})[0];
  EXPECT_EQ(get(*y), (std::vector<float>{7, 9, 11}));
}

TEST(FfiHeader, TheirErrorsComeThrough) {
  EXPECT_TRUE(testing::throws<DeviceError>(
      [] { get(*testing::run(*program(-1), {put(cpu_client(), {1, 2, 3})})[0]); },
      "extra is negative"));
}

}  // namespace
}  // namespace covector::pjrt

#endif

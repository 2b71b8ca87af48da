// Programs that call functions outside of the compiler.

#include "covector/runtime/foreign.h"
#include "covector/core/stage.h"
#include "covector/hlo/custom_call.h"
#include "covector/runtime/backend.h"
#include "covector/runtime/program.h"
#include "transforms/transforms_testing.h"

namespace covector::runtime {
namespace {

using namespace covector::transforms_testing;
namespace ffi = pjrt::ffi;

const Aval kVector(kFloat64, {3});

struct Target {
  Param name;
  void fields(FieldVisitor& f) const { f("name", &name); }
  bool operator==(const Target&) const = default;
};

const Primitive foreign_p{{
    .name = "test_foreign",
    .abstract_eval = [](const Op&, AvalSpan in) -> Avals { return {in[0]}; },
    .lower = [](const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) -> hlo::Results {
      const std::string& name = std::get<std::string>(op.get<Target>().name.v);
      return hlo::custom_call(b, {.target = name}, in, out);
    },
}};

ffi::Error* negate(ffi::CallFrame* frame) {
  if (ffi::MetadataExtension* query = ffi::metadata_query(*frame)) {
    query->metadata->version.major = frame->api->version.major;
    query->metadata->version.minor = frame->api->version.minor;
    return nullptr;
  }
  auto data = [](const ffi::BufferList& l) {
    return static_cast<double*>(static_cast<ffi::BufferView*>(l.items[0])->data);
  };
  for (int i = 0; i < 3; ++i) data(frame->results)[i] = -data(frame->operands)[i];
  return nullptr;
}

class Foreign : public Computing {
 protected:
  ~Foreign() override { set_foreign_function_loader(nullptr); }

  static Value call(const std::string& name, const Value& x) {
    return foreign_p.with(Target{name}).bind1({x});
  }
  static std::string message(const std::string& name) {
    try {
      call(name, vec({1, 2, 3}));
    } catch (const RuntimeError& e) {
      return e.what();
    }
    return "";
  }
};

TEST_F(Foreign, AFunctionThatWasAddedIsCalled) {
  add_foreign_function({.name = "covector_test_negate", .handlers = {.execute = negate}});
  add_foreign_function({.name = "covector_test_negate", .handlers = {.execute = negate}});
  EXPECT_EQ(get(call("covector_test_negate", vec({1, 2, 3}))), (Doubles{-1, -2, -3}));
}

TEST_F(Foreign, TheLoaderIsAskedForOthers) {
  static int asked = 0;
  set_foreign_function_loader([](std::string_view name, std::string_view platform) {
    EXPECT_EQ(platform, "cpu");
    ++asked;
    if (name == "covector_test_late")
      add_foreign_function({.name = std::string(name), .handlers = {.execute = negate}});
  });
  EXPECT_EQ(get(call("covector_test_late", vec({1, 2, 3}))), (Doubles{-1, -2, -3}));
  EXPECT_EQ(get(call("covector_test_late", call("covector_test_late", vec({1, 2, 3})))),
            (Doubles{1, 2, 3}));
  EXPECT_EQ(asked, 1);
  EXPECT_NE(message("covector_test_none").find("'covector_test_none'"), std::string::npos);
}

TEST_F(Foreign, WithoutALoaderTheErrorSaysWhatToDo) {
  EXPECT_NE(message("covector_test_nobody").find("add_foreign_function"), std::string::npos);
}

TEST_F(Foreign, AnotherHandlerUnderTheNameIsAnError) {
  add_foreign_function({.name = "covector_test_taken", .handlers = {.execute = negate}});
  EXPECT_THROW(add_foreign_function({.name = "covector_test_taken",
                                     .handlers = {.instantiate = negate, .execute = negate}}),
               ValueError);
}

}  // namespace
}  // namespace covector::runtime

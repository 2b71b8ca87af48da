// How a staged function becomes a device program, and where its results come from.

#include "covector/core/stage.h"
#include "covector/pjrt/buffer.h"
#include "covector/runtime/backend.h"
#include "covector/runtime/compile.h"
#include "covector/runtime/jit.h"
#include "transforms/transforms_testing.h"

namespace covector::runtime {
namespace {

using namespace covector::transforms_testing;

class Programs : public Computing {
 protected:
  static Ref<const Program> program(const Fun& f, Avals in, ProgramOptions options = {}) {
    auto lowered = make_ref<const Lowered>(stage(f, in), std::move(options));
    return Program::make(lowered, default_client());
  }
  const Aval vector{kFloat64, {3}}, scalar{kFloat64, {}};
  const Value x = vec({1, 2, 3}), y = vec({4, 5, 6});
};

using Kept = std::vector<uint32_t>;

TEST_F(Programs, KnownResultsSkipTheDevice) {
  Value k = scalar_of(kFloat64, 7.0);
  auto p = program([k](Args) { return list({k, 2.5}); }, {vector, vector});
  EXPECT_EQ(p->executable(), nullptr);
  EXPECT_TRUE(p->lowered().kept().empty());
  Values r = run(*p, list({x, y}));
  EXPECT_TRUE(near(r, list({k, scalar_of(kFloat64, 2.5)})));
  EXPECT_NE(r[0], k) << "an array of its own, that may be donated";
  EXPECT_NE(run(*p, list({x, y}))[1], r[1]);
}

TEST_F(Programs, InputsAndConstantsAmongTheResultsAreCopied) {
  Value k = vec({7, 8, 9});
  auto p = program([k](Args a) { return list({a[1], sin(a[0]), k, 2.5, a[0] + k, a[0], a[1]}); },
                   {vector, vector});
  EXPECT_EQ(p->lowered().kept(), (Kept{0, 1}));
  ASSERT_NE(p->executable(), nullptr);
  EXPECT_EQ(p->executable()->num_outputs(), 6u);
  Values in = list({put(x, default_device()), put(vec({4, 5, 6}), default_device())});
  Values r = run(*p, in);
  EXPECT_TRUE(near(r, list({y, sin(x), k, scalar_of(kFloat64, 2.5), x + k, x, y})));
  delete_array(*in[1].array());
  delete_array(*r[0].array());
  EXPECT_TRUE(near(r[6], y));
  delete_array(*r[2].array());
  EXPECT_TRUE(near(run(*p, list({x, y}))[2], k));
}

TEST_F(Programs, UnusedInputsAreDropped) {
  Fun f = [](Args a) { return list({sin(a[1])}); };
  auto p = program(f, {vector, vector, scalar});
  EXPECT_EQ(p->lowered().kept(), Kept{1});
  EXPECT_EQ(p->lowered().text().find("%arg1"), std::string::npos) << p->lowered().text();
  auto all_kept = program(f, {vector, vector, scalar},
                          {.name = "f", .donated = {}, .keep_unused = true, .arg_names = {}});
  EXPECT_EQ(all_kept->lowered().kept(), (Kept{0, 1, 2}));
  Values in = list({x, y, scalar_of(kFloat64, 1.0)});
  EXPECT_TRUE(near(run(*p, in), list({sin(y)})));
  EXPECT_TRUE(near(run(*all_kept, in), list({sin(y)})));
}

TEST_F(Programs, OneResultTwice) {
  auto p = program(
      [](Args a) {
        Value s = sin(a[0]);
        return list({s, s});
      },
      {vector});
  EXPECT_TRUE(near(run(*p, list({x})), list({sin(x), sin(x)})));
}

TEST_F(Programs, LargeConstantsStayOutOfTheText) {
  Value big = irregular({4096}, 1);
  auto p = program([big](Args a) { return list({a[0] * big}); }, {big.aval()});
  EXPECT_LT(p->lowered().text().size(), 2000u);
  EXPECT_TRUE(near(run(*p, list({big})), list({big * big})));
}

TEST_F(Programs, TextSaysNothingOfWhereItWasWritten) {
  auto text = [&](const char* name) {
    Fun f = [](Args a) { return list({sin(a[0]) + vec({1, 2, 3})}); };
    return make_ref<const Lowered>(stage(f, Avals{vector}),
                                   ProgramOptions{.name = name, .donated = {}, .arg_names = {}})
        ->text();
  };
  EXPECT_EQ(text("f"), text("f"));
}

// The same program, traced from another function, is not compiled again.
TEST_F(Programs, CompileCacheFindsAnIdenticalProgram) {
  auto make = [] { return jit([](Args a) { return list({tanh(a[0]) * 17.25}); }); };
  make()(list({x}));
  CompileCacheStats before = compile_cache_stats();
  Values again = make()(list({x}));
  CompileCacheStats after = compile_cache_stats();
  EXPECT_EQ(after.hits, before.hits + 1);
  EXPECT_EQ(after.misses, before.misses);
  EXPECT_EQ(after.entries, before.entries);
  EXPECT_TRUE(near(again, list({tanh(x) * 17.25})));
  after = compile_cache_stats();
  jit([](Args a) { return list({tanh(a[0]) * 17.5}); })(list({x}));
  EXPECT_EQ(compile_cache_stats().misses, after.misses + 1) << "another literal";
}

TEST_F(Programs, MemoryMapsAreCounted) {
  MemoryMaps m = memory_maps();
  EXPECT_GT(m.used, 10);
  EXPECT_LT(m.used, m.limit);
}

TEST_F(Programs, CachedProgramsMakeRoomWhereMemoryMapsRunOut) {
  jit([](Args a) { return list({tanh(a[0]) * 18.25}); })(list({x}));
  EXPECT_GT(compile_cache_stats().entries, 0);
  std::string text = std::string(300'000, '/') + "\nmodule {}";
  CompileRequest request{"large", text, &default_client(), {}};
  set_memory_map_counter([] { return MemoryMaps{65'000, 65'530}; });
  EXPECT_THROW(compile(request), RuntimeError);
  set_memory_map_counter(nullptr);
  EXPECT_EQ(compile_cache_stats().entries, 0);
}

TEST_F(Programs, CompileListenerHearsOfEachCompilation) {
  static int heard;
  static std::string name;
  heard = 0;
  set_compile_listener([](const CompileEvent& e) {
    ++heard;
    name = e.name;
  });
  Fun f = jit([](Args a) { return list({a[0] * 99.125}); }, {.name = "listened"});
  f(list({x}));
  f(list({x}));
  set_compile_listener(nullptr);
  EXPECT_EQ(heard, 1);
  EXPECT_EQ(name, "listened");
}

TEST_F(Programs, BuffersAreFreed) {
  Value in = irregular({8}, 1) + 0.0;
  Fun f = jit([](Args a) { return list({sin(a[0]), a[0] * a[0], a[0]}); });
  Fun g = grad([f](Args a) { return list({total(f(a)[0])}); });
  f(Values{in});
  g(Values{in});
  int64_t before = pjrt::Buffer::live_count();
  for (int i = 0; i < 10; ++i) {
    Values r = f(Values{in});
    EXPECT_EQ(pjrt::Buffer::live_count(), before + 3);
    g(Values{in});
  }
  EXPECT_EQ(pjrt::Buffer::live_count(), before);
}

}  // namespace
}  // namespace covector::runtime

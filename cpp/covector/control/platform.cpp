// What is decided when a program is lowered for a platform.

#include "covector/control/platform.h"

#include "covector/hlo/builder.h"
#include "covector/lax/lax.h"

namespace covector {

namespace {

struct PlatformParams {
  Param platforms;
  void fields(FieldVisitor& f) const { f("platforms", &platforms); }
  bool operator==(const PlatformParams&) const = default;
};

// Programs for graphics cards are the same whosever they are.
bool names(const Param& name, std::string_view platform) {
  const std::string& s = std::get<std::string>(name.v);
  return s == platform || (platform == "gpu" && (s == "cuda" || s == "rocm"));
}

}  // namespace

size_t branch_for(const Param& platforms, std::string_view platform) {
  const auto& branches = std::get<Param::Tuple>(platforms.v).items;
  for (size_t i = 0; i < branches.size(); ++i) {
    auto* of = std::get_if<Param::Tuple>(&branches[i].v);
    if (!of) return i;
    for (const Param& name : of->items)
      if (names(name, platform)) return i;
  }
  fail<NotImplemented>("platform_dependent has no branch for platform '", platform,
                       "' and no default");
}

const Primitive platform_index_p{{
    .name = "platform_index",
    .abstract_eval = [](const Op&, AvalSpan) { return Avals{Aval(kInt32, {})}; },
    .lower =
        [](const Op& op, hlo::Builder& b, hlo::Operands, AvalSpan) {
          size_t i = branch_for(op.get<PlatformParams>().platforms, b.platform());
          return hlo::Results{b.constant_i32(static_cast<int64_t>(i))};
        },
}};

Value platform_index(const Param& platforms) {
  return platform_index_p.with(PlatformParams{platforms}).bind1({});
}

}  // namespace covector

#include "covector/core/primitive.h"

#include <mutex>

#include "covector/core/reference.h"
#include "covector/core/trace.h"

namespace covector {
namespace {

struct Registry {
  std::mutex mutex;
  std::vector<const Primitive*> all;
};

// Never destroyed: primitives of other libraries may be used while exiting.
Registry& registry() {
  static Registry* r = new Registry;
  return *r;
}

}  // namespace

Primitive::Primitive(PrimitiveDef def) : def_(std::move(def)) {
  Registry& r = registry();
  std::lock_guard lock(r.mutex);
  r.all.push_back(this);
}

std::vector<const Primitive*> Primitive::all() {
  Registry& r = registry();
  std::lock_guard lock(r.mutex);
  return r.all;
}

Values Op::bind(Args args) const {
  const PrimitiveDef& def = prim->def();
  if (def.discharge && must_discharge(*this, args)) [[unlikely]]
    return def.discharge(*this, args);
  return current_trace().process(*this, args);
}

size_t Op::hash() const {
  size_t h = std::hash<const void*>()(prim);
  return params ? hash_mix(h, params->hash()) : h;
}

std::string_view Op::name() const { return prim->def().name; }

void missing_rule(const char* rule, const Op& op) {
  fail<NotImplemented>(rule, " rule for '", op.name(), "' not implemented");
}

}  // namespace covector

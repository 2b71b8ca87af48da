#include "covector/lax/param_reader.h"

#include "covector/base/error.h"

namespace covector::rules {

std::vector<Param> items_of(const Param& p, std::string_view what) {
  if (std::holds_alternative<Param::None>(p.v)) return {};
  if (auto* t = std::get_if<Param::Tuple>(&p.v)) return t->items;
  if (auto* a = std::get_if<Axes>(&p.v)) return std::vector<Param>(a->begin(), a->end());
  fail<TypeError>(what, " must be a sequence");
}

int64_t int_of(const Param& p, std::string_view what) {
  if (auto* i = std::get_if<int64_t>(&p.v)) return *i;
  if (auto* b = std::get_if<bool>(&p.v)) return *b;
  fail<TypeError>(what, " must be an integer");
}

Axes ints_of(const Param& p, std::string_view what) {
  if (auto* a = std::get_if<Axes>(&p.v)) return *a;
  Axes r;
  for (const Param& x : items_of(p, what)) r.push_back(int_of(x, what));
  return r;
}

const Param& field_of(const Param& p, std::string_view field, std::string_view what) {
  if (auto* r = std::get_if<Param::Record>(&p.v))
    for (auto& [name, value] : r->fields)
      if (name == field) return value;
  fail<TypeError>(what, " must be a record with a field ", field);
}

std::string name_of(const Param& p, std::string_view what) {
  if (std::holds_alternative<Param::None>(p.v)) return {};
  if (auto* s = std::get_if<std::string>(&p.v)) return *s;
  if (auto* e = std::get_if<Param::Enum>(&p.v)) return std::string(e->member);
  fail<TypeError>(what, " must be a name or an enumerator");
}

}  // namespace covector::rules

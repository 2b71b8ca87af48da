#include "covector/core/name_stack.h"

#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace covector {
namespace {

thread_local std::vector<std::string> stack;  // each entry the whole path

// A line in scopes is a line of its own, known by what it was made of. Never
// destroyed: equations hold lines by pointer.
struct Lines {
  std::mutex mutex;
  std::map<std::pair<Source, std::string>, Source> made;
  std::unordered_map<Source, std::string> scopes;
};
Lines& lines() {
  static Lines* l = new Lines;
  return *l;
}

std::string join(std::string_view outer, std::string_view inner) {
  std::string s(outer);
  if (!outer.empty() && !inner.empty()) s += '/';
  s += inner;
  return s;
}

}  // namespace

void push_scope(std::string_view name) {
  stack.push_back(join(stack.empty() ? std::string_view() : stack.back(), name));
}

void pop_scope() { stack.pop_back(); }

OutsideScopes::OutsideScopes() { outer_.swap(stack); }
OutsideScopes::~OutsideScopes() { stack = std::move(outer_); }

std::string_view scopes_of(Source s) {
  std::lock_guard lock(lines().mutex);
  auto it = lines().scopes.find(s);
  return it == lines().scopes.end() ? std::string_view() : std::string_view(it->second);
}

Source in_scopes(Source s) {
  if (!s || stack.empty()) return s;
  Lines& l = lines();
  std::lock_guard lock(l.mutex);
  auto [it, fresh] = l.made.try_emplace({s, stack.back()}, nullptr);
  if (fresh) {
    auto inner = l.scopes.find(s);
    std::string path =
        join(stack.back(), inner == l.scopes.end() ? std::string_view() : inner->second);
    it->second = new SourceLine(*s);
    l.scopes.emplace(it->second, std::move(path));
  }
  return it->second;
}

}  // namespace covector

#pragma once

#include <deque>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "covector/core/jaxpr.h"

namespace covector {

// Which of the jaxprs inside a program are printed once, before it, and by name:
// those that occur several times and those that are long. Names are the `name`
// parameter that stands beside the jaxpr, made unique.
class SharedJaxprs {
 public:
  explicit SharedJaxprs(const Jaxpr& top);

  const std::vector<Ref<const Jaxpr>>& order() const { return shared_; }
  // Null if it is printed where it stands.
  const std::string* name(const Jaxpr* j) const;
  bool taken(const std::string& name) const { return taken_.contains(name); }

 private:
  struct Use {
    int paths = 0;  // that lead to it from the top; 2 stands for more, too
    std::string label;
  };
  void push(const Eqn&);
  void give_names();

  std::unordered_map<const Jaxpr*, Use> uses_;
  std::deque<Ref<const Jaxpr>> queue_;
  std::vector<Ref<const Jaxpr>> found_, shared_;
  std::unordered_map<const Jaxpr*, std::string> names_;
  std::unordered_set<std::string> taken_;
};

}  // namespace covector

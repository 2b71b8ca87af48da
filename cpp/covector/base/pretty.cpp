#include "covector/base/pretty.h"

namespace covector {

void Pretty::push(Kind kind, std::string_view s) {
  tokens_.push_back({kind, 0, pool_.size(), s.size()});
  pool_ += s;
}

void Pretty::text(std::string_view s) { push(Kind::kText, s); }
void Pretty::brk(std::string_view flat) { push(Kind::kBreak, flat); }
void Pretty::nest(int n) { tokens_.push_back({Kind::kNest, n, 0, 0}); }

// While a group is open its token remembers where its text starts.
void Pretty::open_group() {
  open_.push_back(tokens_.size());
  tokens_.push_back({Kind::kOpen, 0, pool_.size(), 0});
}

void Pretty::close_group() {
  Token& open = tokens_[open_.back()];
  open.width = pool_.size() - open.offset;
  open_.pop_back();
  tokens_.push_back({Kind::kClose, 0, 0, 0});
}

void Pretty::fill_break() {
  open_group();
  brk();
  close_group();
}

std::string Pretty::render(size_t width) const {
  std::string out;
  size_t line_start = 0, indent = 0;
  std::vector<bool> flat{false};
  for (const Token& t : tokens_) {
    switch (t.kind) {
      case Kind::kText:
        out.append(pool_, t.offset, t.width);
        break;
      case Kind::kBreak:
        if (flat.back()) {
          out.append(pool_, t.offset, t.width);
          break;
        }
        out += '\n';
        line_start = out.size();
        out.append(indent, ' ');
        break;
      case Kind::kOpen:
        flat.push_back(flat.back() || out.size() - line_start + t.width <= width);
        break;
      case Kind::kClose:
        flat.pop_back();
        break;
      case Kind::kNest:
        indent += static_cast<size_t>(t.nest);
        break;
    }
  }
  return out;
}

}  // namespace covector

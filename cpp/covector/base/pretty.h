#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace covector {

// Lays text out in lines of limited width, after P. Wadler's "A prettier
// printer". A group is written on one line if it fits there, else each break
// that stands directly in it starts a new line. The document is a flat list of
// tokens, so neither building nor rendering recurses, and both are linear.
class Pretty {
 public:
  // Without line breaks in it.
  void text(std::string_view);
  // A new line where the group around it does not fit, else `flat`.
  void brk(std::string_view flat = " ");
  void open_group();
  void close_group();
  // Lines started from here on are indented by n columns more (or fewer).
  void nest(int n);
  // Several of the above at once: a break that is a group of its own, so that
  // as many items as possible share a line.
  void fill_break();

  std::string render(size_t width = 80) const;

 private:
  enum class Kind : uint8_t { kText, kBreak, kOpen, kClose, kNest };
  struct Token {
    Kind kind;
    int32_t nest;   // kNest: by how much
    size_t offset;  // kText, kBreak: where in pool_
    size_t width;   // of the text, or of a whole group on one line
  };
  void push(Kind, std::string_view);

  std::vector<Token> tokens_;
  std::string pool_;
  std::vector<size_t> open_;  // groups that are not closed yet
};

}  // namespace covector

#pragma once

#include <string>
#include <string_view>

namespace covector::pjrt {

// A file mapped read-only; empty if it can't be read.
class MappedFile {
 public:
  explicit MappedFile(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::string_view bytes() const noexcept { return bytes_; }

 private:
  std::string_view bytes_;
};

// The section of string literals of a 64-bit ELF image (".rodata"); the whole
// image if it has no such section.
std::string_view read_only_data(std::string_view elf);

}  // namespace covector::pjrt

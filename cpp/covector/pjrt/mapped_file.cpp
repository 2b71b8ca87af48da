#include "covector/pjrt/mapped_file.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <optional>

namespace covector::pjrt {

namespace {

// A copy of the T at `offset`, if the image reaches that far.
template <class T>
std::optional<T> read_at(std::string_view image, uint64_t offset) {
  if (offset > image.size() || image.size() - offset < sizeof(T)) return std::nullopt;
  T x;
  std::memcpy(&x, image.data() + offset, sizeof(T));
  return x;
}

std::string_view slice(std::string_view image, uint64_t offset, uint64_t size) {
  if (offset > image.size() || image.size() - offset < size) return {};
  return image.substr(offset, size);
}

}  // namespace

MappedFile::MappedFile(const std::string& path) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  struct stat st;
  if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
    auto size = static_cast<size_t>(st.st_size);
    void* p = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p != MAP_FAILED) bytes_ = {static_cast<const char*>(p), size};
  }
  close(fd);
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

std::string_view read_only_data(std::string_view elf) {
  auto header = read_at<Elf64_Ehdr>(elf, 0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return elf;
  auto section = [&](uint64_t i) {
    return read_at<Elf64_Shdr>(elf, header->e_shoff + i * header->e_shentsize);
  };
  auto names = section(header->e_shstrndx);
  if (!names) return elf;
  std::string_view name_table = slice(elf, names->sh_offset, names->sh_size);
  for (uint64_t i = 0; i < header->e_shnum; ++i) {
    auto s = section(i);
    if (!s || s->sh_name >= name_table.size()) continue;
    if (name_table.substr(s->sh_name).starts_with(std::string_view(".rodata\0", 8)))
      return slice(elf, s->sh_offset, s->sh_size);
  }
  return elf;
}

}  // namespace covector::pjrt

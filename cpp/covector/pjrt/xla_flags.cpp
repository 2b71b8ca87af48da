#include "covector/pjrt/xla_flags.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "covector/base/error.h"
#include "covector/pjrt/mapped_file.h"

namespace covector::pjrt {

namespace {

constexpr const char* kVariable = "XLA_FLAGS";
constexpr std::string_view kSpace = " \t\r\n";

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  char quote = 0;
  for (char c : text) {
    if (quote == 0 && kSpace.find(c) != std::string_view::npos) {
      if (!word.empty()) words.push_back(std::move(word));
      word.clear();
      continue;
    }
    if (quote == c)
      quote = 0;
    else if (quote == 0 && (c == '"' || c == '\''))
      quote = c;
    word += c;
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

// A flag's name is a whole string literal of the plugin. Parts of longer
// literals (descriptors, help texts) are no evidence of a flag.
bool has_literal(std::string_view data, std::string_view name) {
  if (data.empty()) return false;
  std::string needle(1, '\0');
  needle.append(name).push_back('\0');
  return memmem(data.data(), data.size(), needle.data(), needle.size()) != nullptr;
}

// Held while the variable is changed.
std::mutex& environment_mutex() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace

std::vector<std::string> split_xla_flags(std::string_view text) {
  size_t start = text.find_first_not_of(kSpace);
  if (start == std::string_view::npos) return {};
  if (text[start] == '-') return split_words(text);
  size_t end = text.find_last_not_of(kSpace) + 1;
  MappedFile file(std::string(text.substr(start, end - start)));
  return split_words(file.bytes());
}

std::string_view xla_flag_name(std::string_view flag) {
  flag.remove_prefix(std::min(flag.find_first_not_of('-'), flag.size()));
  return flag.substr(0, flag.find('='));
}

std::optional<int64_t> host_device_count(const std::vector<std::string>& flags) {
  std::optional<int64_t> count;
  for (std::string_view flag : flags) {
    if (xla_flag_name(flag) != "xla_force_host_platform_device_count") continue;
    size_t eq = flag.find('=');
    if (eq == std::string_view::npos) continue;
    std::string_view digits = flag.substr(eq + 1);
    int64_t n = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
    require<ValueError>(error == std::errc() && end == digits.data() + digits.size() && n >= 1,
                        "XLA_FLAGS: the number of host devices must be a positive integer, got ",
                        flag);
    count = n;
  }
  return count;
}

FilteredFlags filter_xla_flags(const std::vector<std::string>& flags,
                               const std::string& plugin_path) {
  FilteredFlags out;
  if (flags.empty()) return out;
  MappedFile file(plugin_path);
  std::string_view data = read_only_data(file.bytes());
  for (const std::string& flag : flags)
    (has_literal(data, xla_flag_name(flag)) ? out.kept : out.dropped).push_back(flag);
  return out;
}

ScopedXlaFlags::ScopedXlaFlags(const FilteredFlags& flags) {
  if (flags.dropped.empty()) return;
  lock_ = std::unique_lock(environment_mutex());
  const char* value = std::getenv(kVariable);
  if (!value) return;
  saved_ = value;
  std::string kept;
  for (const std::string& flag : flags.kept) kept.append(kept.empty() ? "" : " ").append(flag);
  setenv(kVariable, kept.c_str(), 1);
}

ScopedXlaFlags::~ScopedXlaFlags() {
  if (saved_) setenv(kVariable, saved_->c_str(), 1);
}

}  // namespace covector::pjrt

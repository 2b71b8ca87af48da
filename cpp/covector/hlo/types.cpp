// Texts of types, attributes and names.

#include "covector/hlo/builder.h"
#include "covector/hlo/text.h"

namespace covector::hlo {

const std::string& Builder::type(const Aval& a) {
  const std::atomic<const std::string*>& slot = a.record()->hlo_text;
  if (const std::string* s = slot.load(std::memory_order_acquire)) return *s;
  auto text = std::make_unique<std::string>("tensor<");
  auto add_dim = [&](int64_t d) {
    append_int(*text, d);
    *text += 'x';
  };
  for (int64_t d : a.shape()) add_dim(d);
  DType dtype = a.dtype();
  if (is_extended(dtype)) {
    for (int64_t d : dtype->element_shape) add_dim(d);
    dtype = DType(dtype->physical);
  }
  *text += dtype->hlo;
  *text += '>';
  // Two threads may get here; the first one's text stays, for good.
  const std::string* expected = nullptr;
  if (a.record()->hlo_text.compare_exchange_strong(expected, text.get())) return *text.release();
  return *expected;
}

void Builder::name(const Operand& o) {
  if (o.id < 0) {
    text_ += "%arg";
    append_int(text_, -1 - o.id);
    return;
  }
  text_ += '%';
  append_int(text_, o.id);
  if (o.index < 0) return;
  text_ += '#';
  append_int(text_, o.index);
}

void Builder::names(Operands in) {
  for (size_t i = 0; i < in.size(); ++i) {
    if (i) text_ += ", ";
    name(in[i]);
  }
}

void Builder::types(Operands in) {
  for (size_t i = 0; i < in.size(); ++i) {
    if (i) text_ += ", ";
    text_ += type(in[i].aval);
  }
}

std::string list(std::span<const int64_t> v) {
  std::string s = "[";
  for (size_t i = 0; i < v.size(); ++i) {
    if (i) s += ", ";
    append_int(s, v[i]);
  }
  return s + "]";
}

std::string array_attr(std::string_view name, std::span<const int64_t> v) {
  std::string s(name);
  s += " = array<i64";
  for (size_t i = 0; i < v.size(); ++i) {
    s += i ? ", " : ": ";
    append_int(s, v[i]);
  }
  return s + ">";
}

std::string int_attr(std::string_view name, int64_t x) {
  std::string s(name);
  s += " = ";
  append_int(s, x);
  return s + " : i64";
}

std::string symbol(std::string_view name) {
  std::string s;
  for (char c : name) {
    bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    s += word || c == '_' || c == '.' ? c : '_';
  }
  if (s.empty() || (s[0] >= '0' && s[0] <= '9') || s[0] == '.') s.insert(s.begin(), '_');
  return s;
}

std::string quoted(std::string_view text) {
  constexpr const char* kHex = "0123456789ABCDEF";
  std::string s = "\"";
  for (unsigned char c : text) {
    if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
      s += static_cast<char>(c);
      continue;
    }
    s += '\\';
    s += kHex[c >> 4];
    s += kHex[c & 15];
  }
  return s + "\"";
}

}  // namespace covector::hlo

// Texts of types, attributes and names.

#include "covector/hlo/builder.h"
#include "covector/hlo/text.h"

namespace covector::hlo {

Aval stored(const Aval& a) {
  DType d = a.dtype();
  if (is_extended(d)) {
    Shape s = a.shape();
    s.append(d->element_shape);
    return Aval(DType(d->physical), s);
  }
  return d == kFloat0 ? Aval(kBool, a.shape()) : a.strong();
}

namespace {

std::string type_text(const Aval& a) {
  std::string s = "tensor<";
  for (int64_t d : a.shape()) {
    append_int(s, d);
    s += 'x';
  }
  s += a.dtype()->hlo;
  return s + '>';
}

// Texts are never freed: avals are not, and hold them.
const std::string& make_type(const Aval& a) {
  const std::string* text = nullptr;
  if (Aval plain = stored(a); plain == a)
    text = new std::string(type_text(a));
  else
    text = &Builder::type(plain);
  const std::string* expected = nullptr;
  if (a.record()->hlo_text.compare_exchange_strong(expected, text, std::memory_order_acq_rel))
    return *text;
  // Another thread was first; only a text made here is no one else's.
  if (text != expected) delete text;
  return *expected;
}

}  // namespace

const std::string& Builder::type(const Aval& a) {
  static const std::string kToken = "!stablehlo.token";
  if (!a) return kToken;
  const std::string* s = a.record()->hlo_text.load(std::memory_order_acquire);
  return s ? *s : make_type(a);
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

void append_quoted(std::string& s, std::string_view text) {
  constexpr const char* kHex = "0123456789ABCDEF";
  s += '"';
  for (unsigned char c : text) {
    if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
      s += static_cast<char>(c);
      continue;
    }
    s += '\\';
    s += kHex[c >> 4];
    s += kHex[c & 15];
  }
  s += '"';
}

}  // namespace covector::hlo

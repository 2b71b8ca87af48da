// Parameters and literals as Python prints them.

#include <cctype>
#include <cmath>
#include <complex>

#include "covector/core/jaxpr.h"
#include "covector/core/print.h"

namespace covector {
namespace {

// Digits as few as identify the double; an exponent where Python writes one.
void append_shortest(std::string& s, double x) {
  if (std::isnan(x)) {
    s += "nan";
    return;
  }
  if (std::isinf(x)) {
    s += x < 0 ? "-inf" : "inf";
    return;
  }
  double magnitude = std::fabs(x);
  bool plain = magnitude == 0 || (magnitude >= 1e-4 && magnitude < 1e16);
  char buf[40];
  auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
  s.append(buf, std::to_chars(buf, buf + sizeof buf, x, format).ptr);
}

void append_complex(std::string& s, std::complex<double> z) {
  bool imaginary = z.real() == 0 && !std::signbit(z.real());
  if (!imaginary) {
    s += '(';
    append_shortest(s, z.real());
    if (std::isnan(z.imag()) || !std::signbit(z.imag())) s += '+';
  }
  append_shortest(s, z.imag());
  s += imaginary ? "j" : "j)";
}

std::complex<double> complex_of(DType d, const Scalar& x) {
  if (d == kComplex128) return x.as<std::complex<double>>();
  return std::complex<double>(x.as<std::complex<float>>());
}

void append_escaped(std::string& s, char c, char quote) {
  constexpr char kHex[] = "0123456789abcdef";
  auto u = static_cast<unsigned char>(c);
  if (c == quote || c == '\\') {
    s += '\\';
    s += c;
  } else if (c == '\n') {
    s += "\\n";
  } else if (c == '\t') {
    s += "\\t";
  } else if (c == '\r') {
    s += "\\r";
  } else if (u < 0x20 || u == 0x7f) {
    s += "\\x";
    s += kHex[u >> 4];
    s += kHex[u & 15];
  } else {
    s += c;
  }
}

void append_quoted(std::string& s, std::string_view x) {
  bool has_single = x.find('\'') != x.npos, has_double = x.find('"') != x.npos;
  char quote = has_single && !has_double ? '"' : '\'';
  s += quote;
  for (char c : x) append_escaped(s, c, quote);
  s += quote;
}

// Writes repr(x) or, for the parameter itself, str(x): they differ for strings.
struct ParamWriter {
  std::string& s;
  bool quoted;

  void operator()(Param::None) const { s += "None"; }
  void operator()(bool x) const { append_to(s, x); }
  void operator()(int64_t x) const { append_to(s, x); }
  void operator()(double x) const { append_python(s, x); }
  void operator()(std::string_view x) const {
    if (quoted)
      append_quoted(s, x);
    else
      s += x;
  }
  void operator()(DType x) const { s += x ? x->name : "None"; }
  void operator()(const Axes& x) const { append_to(s, x); }
  void operator()(const Param::Tuple& t) const {
    s += t.list ? '[' : '(';
    for (size_t i = 0; i < t.items.size(); ++i) {
      if (i) s += ", ";
      std::visit(ParamWriter{s, true}, t.items[i].v);
    }
    if (!t.list && t.items.size() == 1) s += ',';
    s += t.list ? ']' : ')';
  }
  void operator()(const Param::Record& r) const {
    s += r.type;
    s += '(';
    for (size_t i = 0; i < r.fields.size(); ++i) {
      if (i) s += ", ";
      s += r.fields[i].first;
      s += '=';
      std::visit(ParamWriter{s, true}, r.fields[i].second.v);
    }
    s += ')';
  }
  void operator()(const Param::Enum& e) const {
    if (!e.type.empty()) s.append(e.type).append(".");
    s += e.member;
  }
  void operator()(const Value& v) const {
    if (!v)
      s += "None";
    else if (v.array() && v.rank() == 0 && !is_extended(v.dtype()))
      append_literal(s, *v.array());
    else
      append_to(s, v.aval());
  }
  void operator()(const Ref<const HostObject>& o) const {
    s += o ? o->repr() : std::string("None");
  }
  void operator()(const Axes* x) const { append_to(s, *x); }
  void operator()(const Param* p) const { std::visit(*this, p->v); }
  void operator()(const ClosedJaxpr* c) const { s += to_string(*c->jaxpr); }
  void operator()(const std::vector<ClosedJaxpr>* v) const {
    s += '(';
    for (size_t i = 0; i < v->size(); ++i) {
      if (i) s += ' ';
      s += to_string(*(*v)[i].jaxpr);
    }
    s += ')';
  }
};

// Addresses in what foreign objects print would make every text different.
void mask_addresses(std::string& s) {
  constexpr std::string_view kMark = " at 0x";
  for (size_t at = s.find(kMark); at != s.npos; at = s.find(kMark, at))
    for (at += kMark.size(); at < s.size() && std::isxdigit(static_cast<unsigned char>(s[at]));
         ++at)
      s[at] = 'X';
}

}  // namespace

void append_python(std::string& s, double x) {
  size_t start = s.size();
  append_shortest(s, x);
  // "5" and "-5" are integers; "5e+20", "inf" and "nan" are not.
  if (s.find_first_not_of("-0123456789", start) == s.npos) s += ".0";
}

void append_literal(std::string& s, const Array& a) {
  DType d = a.aval.dtype();
  Scalar x;
  if (a.scalar())
    x = *a.scalar();
  else
    a.buffer()->read(x.bytes);
  if (is_complex(d))
    append_complex(s, complex_of(d, x));
  else if (is_bool(d) || d == kFloat0)
    append_to(s, x.as<bool>());
  else if (d == kUint64)
    append_to(s, x.as<uint64_t>());
  else if (is_integer(d))
    append_to(s, to_int64(a));
  else
    append_python(s, to_double(a));
}

std::string to_string(const FieldValue& v) {
  std::string s;
  std::visit(ParamWriter{s, false}, v);
  mask_addresses(s);
  return s;
}

}  // namespace covector

#pragma once

#include <charconv>
#include <concepts>
#include <stdexcept>
#include <string>
#include <string_view>

namespace covector {

// Text is built by appending. A type becomes printable with an `append_to` in
// its own namespace; there is no iostream on any path.
inline void append_to(std::string& s, std::string_view x) { s += x; }
inline void append_to(std::string& s, const char* x) { s += x; }
inline void append_to(std::string& s, const std::string& x) { s += x; }
inline void append_to(std::string& s, char x) { s += x; }
inline void append_to(std::string& s, bool x) { s += x ? "True" : "False"; }
template <class T>
  requires(std::integral<T> || std::floating_point<T>)
void append_to(std::string& s, T x) {
  char buf[40];
  s.append(buf, std::to_chars(buf, buf + sizeof buf, x).ptr);
}

template <class... A>
std::string str(const A&... a) {
  std::string s;
  (append_to(s, a), ...);
  return s;
}

// One C++ class per Python exception class; the bindings translate by class.
// The tree is JAX's: a ConcretizationTypeError is a TypeError, and so on.
struct Error : std::runtime_error {
  using runtime_error::runtime_error;
};
struct TypeError : Error {
  using Error::Error;
};
struct ValueError : Error {
  using Error::Error;
};
struct NameError : Error {
  using Error::Error;
};
struct IndexError : Error {
  using Error::Error;
};
struct KeyError : Error {
  using Error::Error;
};
struct AttributeError : Error {
  using Error::Error;
};
struct OverflowError : Error {
  using Error::Error;
};
struct ZeroDivisionError : Error {
  using Error::Error;
};
struct NotImplemented : Error {
  using Error::Error;
};
struct RuntimeError : Error {
  using Error::Error;
};
struct RecursionError : RuntimeError {
  using RuntimeError::RuntimeError;
};
// A fault that a device, its compiler or its plugin reports.
struct DeviceError : RuntimeError {
  DeviceError(const std::string& what, int code) : RuntimeError(what), code(code) {}
  const int code;  // the PJRT error code
};
struct FloatingPointError : Error {
  using Error::Error;
};
struct ConcretizationTypeError : TypeError {
  using TypeError::TypeError;
};
struct TracerArrayConversionError : TypeError {
  using TypeError::TypeError;
};
struct TracerIntegerConversionError : TypeError {
  using TypeError::TypeError;
};
struct TracerBoolConversionError : ConcretizationTypeError {
  using ConcretizationTypeError::ConcretizationTypeError;
};
struct NonConcreteBooleanIndexError : IndexError {
  using IndexError::IndexError;
};
struct UnexpectedTracerError : TypeError {
  using TypeError::TypeError;
};
struct TypePromotionError : ValueError {
  using ValueError::ValueError;
};
// A broken invariant of this library, never a mistake of the caller.
struct InternalError : RuntimeError {
  using RuntimeError::RuntimeError;
};

template <class E, class... A>
[[noreturn, gnu::cold, gnu::noinline]] void fail(const A&... a) {
  throw E(str(a...));
}

// Guards against misuse by the caller; the text is built only on failure.
template <class E, class... A>
void require(bool ok, const A&... a) {
  if (!ok) [[unlikely]]
    fail<E>(a...);
}

// Guards an invariant of this library.
template <class... A>
void invariant(bool ok, const A&... a) {
  if (!ok) [[unlikely]]
    fail<InternalError>("internal error (this is a bug in covector, please report it): ", a...);
}

}  // namespace covector

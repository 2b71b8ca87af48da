#pragma once

// Private to the sources of this folder: the only header that includes the C API.

#include <pjrt_c_api.h>

#include <cstddef>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "covector/pjrt/error.h"

namespace covector::pjrt {

// An argument struct, zeroed with its padding, that states its size. A plugin
// compares the size with the one it was built with: a larger one is fine, the
// fields it does not know are ignored, those we do not know are zero.
template <class T>
struct Args : T {
  Args() noexcept {
    static_assert(std::is_trivially_copyable_v<T>);
    std::memset(static_cast<T*>(this), 0, sizeof(T));
    this->struct_size = sizeof(T);
  }
};

// Whether the plugin's table reaches to the function and has it. The table
// only ever grows at its end, so its size is the version that counts.
template <class Fn>
bool has(const PJRT_Api* api, Fn* PJRT_Api::* fn) noexcept {
  const auto* entry = reinterpret_cast<const char*>(&(api->*fn));
  auto offset = static_cast<size_t>(entry - reinterpret_cast<const char*>(api));
  return offset + sizeof(Fn*) <= api->struct_size && api->*fn != nullptr;
}

// The number in an enum that the plugin wrote. It may be of a later version of
// the API, and then no value of the enum's type.
template <class E>
  requires std::is_enum_v<E>
int number_of(const E& value) noexcept {
  static_assert(sizeof(E) == sizeof(int));
  int number;
  std::memcpy(&number, &value, sizeof number);
  return number;
}

// `signature` is a compiler's text of call<&PJRT_Api::X>.
[[noreturn]] void raise_missing_function(const PJRT_Api* api, std::string_view signature);

// call<&PJRT_Api::PJRT_Event_Await>(api, args): checks that the function is
// there, calls it and checks the result.
template <auto fn, class A>
void call(const PJRT_Api* api, A& args) {
  if (!has(api, fn)) [[unlikely]]
    raise_missing_function(api, __PRETTY_FUNCTION__);
  check(api, (api->*fn)(&args));
}

// The same for destructors: an error is freed and forgotten.
template <auto fn, class A>
void call_quietly(const PJRT_Api* api, A& args) noexcept {
  if (has(api, fn)) discard_error(api, (api->*fn)(&args));
}

}  // namespace covector::pjrt

#include "covector/pjrt/key_value_store.h"

#include <cstdlib>
#include <cstring>
#include <exception>

#include "covector/pjrt/api.h"

namespace covector::pjrt {

namespace {

KeyValueStore& store_of(void* user_arg) { return *static_cast<KeyValueStore*>(user_arg); }

PJRT_Error* error(PJRT_CallbackError* make, PJRT_Error_Code code, std::string_view text) {
  return (*make)(code, text.data(), text.size());
}

// Runs `f` and turns what it throws into an error of the plugin's.
template <class F>
PJRT_Error* guarded(PJRT_CallbackError* make, F f) noexcept {
  try {
    return f();
  } catch (const std::exception& e) {
    return error(make, PJRT_Error_Code_INTERNAL, e.what());
  } catch (...) {
    return error(make, PJRT_Error_Code_INTERNAL, "the key-value store failed");
  }
}

// The plugin copies the value, then has it freed. `A` is the argument struct of
// either getter.
template <class A>
void set_value(A& args, std::string_view value) {
  args.value = static_cast<char*>(std::malloc(value.size() + 1));
  if (!args.value) throw std::bad_alloc();
  std::memcpy(args.value, value.data(), value.size());
  args.value_size = value.size();
  args.value_deleter_callback = [](char* p) { std::free(p); };
}

PJRT_Error* get(PJRT_KeyValueGetCallback_Args* args) {
  return guarded(args->callback_error, [&]() -> PJRT_Error* {
    std::string_view key(args->key, args->key_size);
    std::chrono::milliseconds timeout(args->timeout_in_ms);
    auto value = store_of(args->user_arg).get(key, timeout);
    if (!value)
      return error(args->callback_error, PJRT_Error_Code_DEADLINE_EXCEEDED,
                   str("no value for key ", key, " within ", args->timeout_in_ms, " ms"));
    set_value(*args, *value);
    return nullptr;
  });
}

PJRT_Error* try_get(PJRT_KeyValueTryGetCallback_Args* args) {
  return guarded(args->callback_error, [&]() -> PJRT_Error* {
    std::string_view key(args->key, args->key_size);
    auto value = store_of(args->user_arg).try_get(key);
    if (!value)
      return error(args->callback_error, PJRT_Error_Code_NOT_FOUND, str("no value for key ", key));
    set_value(*args, *value);
    return nullptr;
  });
}

PJRT_Error* put(PJRT_KeyValuePutCallback_Args* args) {
  return guarded(args->callback_error, [&]() -> PJRT_Error* {
    store_of(args->user_arg).put({args->key, args->key_size}, {args->value, args->value_size});
    return nullptr;
  });
}

}  // namespace

void use_store(PJRT_Client_Create_Args& args, KeyValueStore& store) {
  args.kv_get_callback = get;
  args.kv_try_get_callback = try_get;
  args.kv_put_callback = put;
  args.kv_get_user_arg = args.kv_try_get_user_arg = args.kv_put_user_arg = &store;
}

}  // namespace covector::pjrt

// A plugin that does next to nothing, for faults that real ones do not have. The
// name of its file says which:
//   old          a table that ends before the functions every plugin has
//   major        another major version of the API
//   null         GetPjrtApi returns nothing
//   init_fails   PJRT_Plugin_Initialize returns an error
//   short        a table without what is newer than the oldest usable one
//   strict       knows the options count (int64) and flag (bool), refuses others
//   down         no client can be made
//   store        a client puts, gets and tries to get keys, and is called by what
//                it got

#include <dlfcn.h>
#include <pjrt_c_api.h>

#include <cstring>
#include <deque>
#include <string>
#include <string_view>

struct PJRT_Error {
  PJRT_Error_Code code;
  std::string text;
};
struct PJRT_Client {
  std::string name = "fake";
};

namespace {

std::string_view fault() {
  static const std::string name = [] {
    Dl_info info;
    dladdr(reinterpret_cast<void*>(&fault), &info);
    std::string path = info.dli_fname;
    path.erase(0, path.rfind('/') + 1);
    return path.substr(0, path.rfind('.'));
  }();
  return name;
}

PJRT_Error* error(PJRT_Error_Code code, std::string text) {
  return new PJRT_Error{code, std::move(text)};
}

PJRT_Error* initialize(PJRT_Plugin_Initialize_Args*) {
  if (fault() == "init_fails") return error(PJRT_Error_Code_INTERNAL, "no luck today");
  return nullptr;
}

PJRT_Error* attributes(PJRT_Plugin_Attributes_Args* args) {
  static const int64_t version[] = {1, 2, 3};
  static PJRT_NamedValue values[2];
  std::memset(values, 0, sizeof values);
  values[0].name = "stablehlo_current_version";
  values[0].type = PJRT_NamedValue_kInt64List;
  values[0].int64_array_value = version;
  values[0].value_size = 3;
  values[1].name = "future";
  values[1].type = static_cast<PJRT_NamedValue_Type>(99);
  for (PJRT_NamedValue& v : values) v.name_size = std::strlen(v.name);
  args->attributes = values;
  args->num_attributes = 2;
  return nullptr;
}

PJRT_Error* check_option(const PJRT_NamedValue& option) {
  std::string name(option.name, option.name_size);
  bool known = name == "count" || name == "flag";
  if (!known)
    return error(PJRT_Error_Code_INVALID_ARGUMENT,
                 "Unexpected option name passed to PJRT_Client_Create: " + name);
  PJRT_NamedValue_Type type = name == "count" ? PJRT_NamedValue_kInt64 : PJRT_NamedValue_kBool;
  if (option.type == type) return nullptr;
  return error(PJRT_Error_Code_INVALID_ARGUMENT,
               "Option passed to PJRT_Client_Create with name " + name +
                   " has type index 2 but expected type index is 4");
}

PJRT_CallbackError make_error = [](PJRT_Error_Code code, const char* text, size_t size) {
  return error(code, std::string(text, size));
};

// A takes one of the two kinds of getters.
template <class A, class Callback>
PJRT_Error* get_value(A args, Callback callback, void* user_arg, std::string_view key,
                      std::string& value) {
  args.callback_error = &make_error;
  args.user_arg = user_arg;
  args.key = key.data();
  args.key_size = key.size();
  if (PJRT_Error* e = callback(&args)) return e;
  value.append(args.value, args.value_size);
  args.value_deleter_callback(args.value);
  return nullptr;
}

PJRT_Error* use_store(const PJRT_Client_Create_Args& create, std::string& name) {
  PJRT_KeyValuePutCallback_Args put{};
  put.callback_error = &make_error;
  put.user_arg = create.kv_put_user_arg;
  put.key = "k";
  put.key_size = 1;
  put.value = "v\0w";
  put.value_size = 3;
  if (PJRT_Error* e = create.kv_put_callback(&put)) return e;
  PJRT_KeyValueGetCallback_Args get{};
  get.timeout_in_ms = 250;
  if (PJRT_Error* e = get_value(get, create.kv_get_callback, create.kv_get_user_arg, "k", name))
    return e;
  return get_value(PJRT_KeyValueTryGetCallback_Args{}, create.kv_try_get_callback,
                   create.kv_try_get_user_arg, "later", name);
}

PJRT_Error* create(PJRT_Client_Create_Args* args) {
  if (fault() == "down") return error(PJRT_Error_Code_FAILED_PRECONDITION, "No visible devices.");
  for (size_t i = 0; i < args->num_options; ++i) {
    if (PJRT_Error* e = check_option(args->create_options[i])) return e;
  }
  static std::deque<PJRT_Client> clients;
  args->client = &clients.emplace_back();
  if (fault() != "store") return nullptr;
  args->client->name.clear();
  return use_store(*args, args->client->name);
}

PJRT_Api make_api() {
  PJRT_Api api;
  std::memset(&api, 0, sizeof api);
  api.struct_size = PJRT_Api_STRUCT_SIZE;
  if (fault() == "old") api.struct_size = offsetof(PJRT_Api, PJRT_Client_Compile);
  if (fault() == "short") api.struct_size = offsetof(PJRT_Api, PJRT_Executable_Fingerprint);
  api.pjrt_api_version.major_version = fault() == "major" ? PJRT_API_MAJOR + 1 : PJRT_API_MAJOR;
  api.pjrt_api_version.minor_version = fault() == "old" ? 3 : PJRT_API_MINOR;
  api.PJRT_Error_Destroy = [](PJRT_Error_Destroy_Args* a) { delete a->error; };
  api.PJRT_Error_Message = [](PJRT_Error_Message_Args* a) {
    a->message = a->error->text.data();
    a->message_size = a->error->text.size();
  };
  api.PJRT_Error_GetCode = [](PJRT_Error_GetCode_Args* a) -> PJRT_Error* {
    a->code = a->error->code;
    return nullptr;
  };
  api.PJRT_Plugin_Initialize = initialize;
  api.PJRT_Plugin_Attributes = attributes;
  api.PJRT_Client_Create = create;
  api.PJRT_Client_PlatformName = [](PJRT_Client_PlatformName_Args* a) -> PJRT_Error* {
    a->platform_name = a->client->name.data();
    a->platform_name_size = a->client->name.size();
    return nullptr;
  };
  api.PJRT_Client_PlatformVersion = [](PJRT_Client_PlatformVersion_Args*) -> PJRT_Error* {
    return nullptr;
  };
  api.PJRT_Client_ProcessIndex = [](PJRT_Client_ProcessIndex_Args*) -> PJRT_Error* {
    return nullptr;
  };
  api.PJRT_Client_AddressableMemories = [](PJRT_Client_AddressableMemories_Args*) -> PJRT_Error* {
    return nullptr;
  };
  api.PJRT_Client_Devices = [](PJRT_Client_Devices_Args*) -> PJRT_Error* { return nullptr; };
  api.PJRT_Client_AddressableDevices = [](PJRT_Client_AddressableDevices_Args*) -> PJRT_Error* {
    return nullptr;
  };
  return api;
}

}  // namespace

extern "C" const PJRT_Api* GetPjrtApi() {
  static const PJRT_Api api = make_api();
  return fault() == "null" ? nullptr : &api;
}

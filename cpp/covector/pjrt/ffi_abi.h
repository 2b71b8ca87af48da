#pragma once

#include <cstddef>
#include <cstdint>

// The binary interface of XLA's foreign functions: what a custom call of the
// compiler hands to a handler, and what a handler hands back. Declared here so
// that neither this library nor a program that embeds it needs headers of XLA to
// write a handler; a test compares the layouts with XLA's own where those are
// installed. The layout is the same in versions 0.1 to 0.4.
namespace covector::pjrt::ffi {

enum class Stage : int { kInstantiate = 0, kPrepare = 1, kInitialize = 2, kExecute = 3 };

// Numbers of xla::PrimitiveType; see element_type_of_primitive.
enum class DataType : int {
  kInvalid = 0,
  kPred = 1,
  kS8 = 2,
  kS16 = 3,
  kS32 = 4,
  kS64 = 5,
  kU8 = 6,
  kU16 = 7,
  kU32 = 8,
  kU64 = 9,
  kF16 = 10,
  kF32 = 11,
  kF64 = 12,
  kC64 = 15,
  kBF16 = 16,
  kToken = 17,
  kC128 = 18,
  kF8E5M2 = 19,
  kF8E4M3FN = 20,
  kS4 = 21,
  kU4 = 22,
  kF8E4M3B11FNUZ = 23,
  kF8E5M2FNUZ = 24,
  kF8E4M3FNUZ = 25,
  kS2 = 26,
  kU2 = 27,
  kF8E4M3 = 28,
  kF8E3M4 = 29,
  kF4E2M1FN = 32,
  kF8E8M0FNU = 33,
};

enum class AttrType : int { kArray = 1, kDictionary = 2, kScalar = 3, kString = 4 };

struct Error;    // opaque, made and freed by XLA
struct Context;  // opaque, of one execution
struct CallFrame;

// Returns null for success. Runs on any thread and must not throw.
using Handler = Error*(CallFrame*);

struct Extension {
  size_t struct_size;
  int type;
  Extension* next;
};
inline constexpr int kMetadataExtension = 1;

struct ApiVersion {
  size_t struct_size;
  Extension* extensions;
  int major, minor;
};

struct Bytes {
  const char* data;
  size_t size;
};

struct Scalar {
  DataType type;
  void* value;
};

struct Array {
  DataType type;
  size_t size;
  void* data;
};

// An operand or a result; tokens are among them, with rank 0.
struct BufferView {
  size_t struct_size;
  Extension* extensions;
  DataType type;
  void* data;
  int64_t rank;
  int64_t* dims;
};

// Operands and results alike; every item is a BufferView.
struct BufferList {
  size_t struct_size;
  Extension* extensions;
  int64_t size;
  int* types;
  void** items;
};

// Sorted by name. Items by type: Array, AttrList, Scalar, Bytes.
struct AttrList {
  size_t struct_size;
  Extension* extensions;
  int64_t size;
  AttrType* types;
  Bytes** names;
  void** items;
};

struct Bundle {
  Handler* instantiate = nullptr;
  Handler* prepare = nullptr;
  Handler* initialize = nullptr;
  Handler* execute = nullptr;
};

struct ErrorCreateArgs {
  size_t struct_size;
  Extension* extensions;
  const char* message;
  int code;  // an ErrorCode
};

struct ErrorMessageArgs {
  size_t struct_size;
  Extension* extensions;
  Error* error;
  const char* message;  // out
};

struct ErrorDestroyArgs {
  size_t struct_size;
  Extension* extensions;
  Error* error;
};

struct RegisterArgs {
  size_t struct_size;
  Extension* extensions;
  Bytes name, platform;
  Bundle bundle;
  uint32_t traits;
};

// XLA's side: the beginning of its table of functions.
struct Api {
  size_t struct_size;
  Extension* extensions;
  ApiVersion version;
  const void* internal;
  Error* (*error_create)(ErrorCreateArgs*);
  void (*error_message)(ErrorMessageArgs*);
  void (*error_destroy)(ErrorDestroyArgs*);
  Error* (*register_handler)(RegisterArgs*);
};

struct CallFrame {
  size_t struct_size;
  Extension* extensions;
  const Api* api;
  Context* context;
  Stage stage;
  BufferList operands;
  BufferList results;
  AttrList attributes;
  void* future;
};

// Asks a handler which version of this interface it was built with.
struct Metadata {
  size_t struct_size;
  ApiVersion version;
  uint32_t traits;
  int64_t state_type_id;  // since 0.3
};

struct MetadataExtension {
  Extension base;
  Metadata* metadata;
};

// The extension if XLA asks for metadata instead of running the handler.
inline MetadataExtension* metadata_query(const CallFrame& frame) {
  Extension* e = frame.extensions;
  bool asks = e && e->type == kMetadataExtension;
  return asks ? reinterpret_cast<MetadataExtension*>(e) : nullptr;
}

// For handlers that fail.
inline Error* make_error(const CallFrame& frame, int code, const char* message) {
  ErrorCreateArgs args{sizeof(ErrorCreateArgs), nullptr, message, code};
  return frame.api->error_create(&args);
}

}  // namespace covector::pjrt::ffi

#include "covector/pjrt/memory.h"

#include "covector/pjrt/api.h"

namespace covector::pjrt {

Memory::Memory(const PJRT_Api* api, PJRT_Memory* raw) : raw_(raw) {
  Args<PJRT_Memory_Id_Args> id;
  id.memory = raw;
  call<&PJRT_Api::PJRT_Memory_Id>(api, id);
  id_ = id.id;
  Args<PJRT_Memory_Kind_Args> kind;
  kind.memory = raw;
  call<&PJRT_Api::PJRT_Memory_Kind>(api, kind);
  kind_.assign(kind.kind, kind.kind_size);
  Args<PJRT_Memory_DebugString_Args> text;
  text.memory = raw;
  call<&PJRT_Api::PJRT_Memory_DebugString>(api, text);
  debug_string_.assign(text.debug_string, text.debug_string_size);
}

}  // namespace covector::pjrt

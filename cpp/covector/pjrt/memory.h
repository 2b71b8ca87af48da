#pragma once

#include <string>

#include "covector/pjrt/c_types.h"

namespace covector::pjrt {

// A memory space that devices of a client can address. Owned by its client,
// lives as long as the process.
class Memory {
 public:
  Memory(const PJRT_Api* api, PJRT_Memory* raw);
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  PJRT_Memory* raw() const noexcept { return raw_; }
  int id() const noexcept { return id_; }
  // "device", "pinned_host", "unpinned_host".
  const std::string& kind() const noexcept { return kind_; }
  const std::string& debug_string() const noexcept { return debug_string_; }

 private:
  PJRT_Memory* raw_;
  int id_;
  std::string kind_, debug_string_;
};

}  // namespace covector::pjrt

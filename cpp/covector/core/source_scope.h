#pragma once

#include "covector/core/source_info.h"

namespace covector {

// While it exists, this line is the one that runs in this thread: what a jaxpr's
// evaluation does is done for the lines that its equations come from. A null
// source changes nothing.
class WithSource {
 public:
  explicit WithSource(Source);
  ~WithSource();
  WithSource(const WithSource&) = delete;
  WithSource& operator=(const WithSource&) = delete;

 private:
  const Source previous_;
};

}  // namespace covector

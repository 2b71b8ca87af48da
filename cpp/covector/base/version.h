#pragma once

namespace covector {

// "major.minor.patch" of the library in use, which may be newer than the headers.
const char* version() noexcept;

}  // namespace covector

#pragma once

#include <string>

namespace covector {

// What is done, but is probably not meant. Shown by the means of the front end;
// without one, nobody is told.
enum class Warning { kUser, kFuture, kComplex };
// May throw, if the user wants warnings to be errors.
using WarningHook = void (*)(Warning, const std::string&);
void set_warning_hook(WarningHook);
void warn(Warning, const std::string&);

}  // namespace covector

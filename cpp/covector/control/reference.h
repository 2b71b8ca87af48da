#pragma once

#include "covector/control/control.h"
#include "covector/core/reference.h"

namespace covector {

// A new reference to an array that holds `init`. `kind` is for jaxprs to show.
Value new_reference(const Value& init, Param kind = {});
// What it holds; it must not be used any more.
Value freeze_reference(const Value&);
void free_reference(const Value&);

// A part of what a reference holds, as pure functions of that, of the value to be written, and of
// further operands (traced positions); and how jaxprs write the part: `0,:`, where `{1}` is the
// operand of that number.
struct ReferencePart {
  Fun read;   // (content, positions...) -> value
  Fun write;  // (content, value, positions...) -> content
  Values positions;
  std::string text = "...";
};
Value read_reference(const Value& ref, const ReferencePart& = {});
// Gives what was there before.
Value swap_reference(const Value& ref, const Value& x, const ReferencePart& = {});
// Here `write` gives the content with the value added.
void add_to_reference(const Value& ref, const Value& x, const ReferencePart&);

// Some operands of an operation, of which those that are references were replaced by what they
// hold. `set` writes them, where `written` says so, in order.
struct ReferenceContents {
  explicit ReferenceContents(Args operands);
  void set(Args finals, const Mask& written) const;

  Values operands, contents;
};

}  // namespace covector

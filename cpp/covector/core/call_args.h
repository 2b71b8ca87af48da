#pragma once

#include "covector/core/params.h"

namespace covector {

// Arguments of a call that comes from a front end, bound to the parameters of a
// FunctionDef's signature and read by position. A reader that does not find
// what it asks for raises TypeError naming the function and the parameter.
class CallArgs {
 public:
  virtual size_t size() const = 0;
  virtual bool is_none(size_t i) const = 0;
  virtual Value value(size_t i) const = 0;    // anything array-like
  virtual Values values(size_t i) const = 0;  // a sequence of array-likes
  virtual bool boolean(size_t i) const = 0;
  virtual int64_t integer(size_t i) const = 0;
  virtual double number(size_t i) const = 0;
  virtual std::string text(size_t i) const = 0;
  virtual DType dtype(size_t i) const = 0;
  virtual Axes axes(size_t i) const = 0;    // a sequence of integers, or one integer
  virtual Param param(size_t i) const = 0;  // nested tuples of the above

  // The argument, or what stands for None.
  DType dtype_or(size_t i, DType d) const { return is_none(i) ? d : dtype(i); }
  int64_t integer_or(size_t i, int64_t x) const { return is_none(i) ? x : integer(i); }
  Axes axes_or(size_t i, Axes a) const { return is_none(i) ? a : axes(i); }

 protected:
  ~CallArgs() = default;
};

}  // namespace covector

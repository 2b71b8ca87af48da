#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "covector/hlo/module.h"

namespace covector::hlo_testing {

using Body = std::function<hlo::Results(hlo::Builder&, hlo::Operands)>;
using Bytes = std::vector<std::byte>;

// A program of one equation, whose lowering is `body`.
ClosedJaxpr program(AvalSpan in, AvalSpan out, Body body);
// What `body` writes, a line an element, without indentation.
std::vector<std::string> lines(AvalSpan in, AvalSpan out, const Body& body,
                               hlo::ModuleOptions options = {});

// Compiles a module for the CPU plugin and runs it on the bytes of the arguments.
std::vector<Bytes> run(const std::string& module, AvalSpan in, const std::vector<Bytes>& args);
std::vector<Bytes> run(AvalSpan in, AvalSpan out, const Body& body,
                       const std::vector<Bytes>& args = {});

template <class T>
Bytes bytes(const std::vector<T>& v) {
  auto* p = reinterpret_cast<const std::byte*>(v.data());
  return {p, p + v.size() * sizeof(T)};
}
template <class T>
std::vector<T> as(const Bytes& b) {
  std::vector<T> v(b.size() / sizeof(T));
  std::memcpy(v.data(), b.data(), b.size());
  return v;
}

}  // namespace covector::hlo_testing

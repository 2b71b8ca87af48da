#include "covector/pjrt/hlo_proto.h"

#include <cstdint>

namespace covector::pjrt {

namespace {

// Field numbers of xla/service/hlo.proto and xla/xla_data.proto.
constexpr int kModuleOfModuleWithConfig = 1;
constexpr int kProgramShapeOfModule = 4;
constexpr int kParametersOfProgramShape = 1;
enum ShapeField { kElementType = 2, kDimensions = 3 };

enum WireType { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };

// Goes through the fields of a protocol-buffer message.
class ProtoReader {
 public:
  explicit ProtoReader(std::string_view message) : rest_(message) {}

  // False at the end and, with failed(), at a malformed field.
  bool next() {
    if (rest_.empty() || failed_) return false;
    uint64_t key = varint();
    field_ = static_cast<int>(key >> 3);
    wire_type_ = static_cast<int>(key & 7);
    switch (wire_type_) {
      case kVarint:
        integer_ = varint();
        break;
      case kFixed64:
        bytes_ = take(8);
        break;
      case kLengthDelimited:
        bytes_ = take(varint());
        break;
      case kFixed32:
        bytes_ = take(4);
        break;
      default:
        failed_ = true;
    }
    return !failed_;
  }
  bool failed() const { return failed_; }
  bool at_end() const { return rest_.empty() || failed_; }
  // The field's number and, by its wire type, its value.
  bool is(int field, WireType type) const { return field_ == field && wire_type_ == type; }
  uint64_t integer() const { return integer_; }
  std::string_view bytes() const { return bytes_; }

  uint64_t varint() {
    uint64_t x = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) break;
      auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      x |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return x;
    }
    failed_ = true;
    return 0;
  }

 private:
  std::string_view take(uint64_t size) {
    failed_ |= size > rest_.size();
    if (failed_) return {};
    std::string_view out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return out;
  }

  std::string_view rest_, bytes_;
  uint64_t integer_ = 0;
  int field_ = 0, wire_type_ = 0;
  bool failed_ = false;
};

// The last message in field `field`.
std::optional<std::string_view> submessage(std::string_view message, int field) {
  std::optional<std::string_view> out;
  ProtoReader r(message);
  while (r.next()) {
    if (r.is(field, kLengthDelimited)) out = r.bytes();
  }
  return r.failed() ? std::nullopt : out;
}

std::optional<ParameterSpec> read_shape(std::string_view message) {
  ParameterSpec out;
  ProtoReader r(message);
  while (r.next()) {
    if (r.is(kElementType, kVarint)) {
      out.type = element_type_of_primitive(static_cast<int>(r.integer()));
    } else if (r.is(kDimensions, kVarint)) {
      out.dims.push_back(static_cast<int64_t>(r.integer()));
    } else if (r.is(kDimensions, kLengthDelimited)) {
      ProtoReader packed(r.bytes());
      while (!packed.at_end()) out.dims.push_back(static_cast<int64_t>(packed.varint()));
      if (packed.failed()) return std::nullopt;
    }
  }
  if (r.failed() || bit_width(out.type) == 0) return std::nullopt;
  return out;
}

}  // namespace

std::optional<std::vector<ParameterSpec>> read_parameters(const Program& program) {
  std::optional<std::string_view> module;
  if (program.format == "hlo") module = program.code;
  if (program.format == "hlo_with_config")
    module = submessage(program.code, kModuleOfModuleWithConfig);
  if (!module) return std::nullopt;
  auto shape = submessage(*module, kProgramShapeOfModule);
  if (!shape) return std::nullopt;
  std::vector<ParameterSpec> out;
  ProtoReader r(*shape);
  while (r.next()) {
    if (!r.is(kParametersOfProgramShape, kLengthDelimited)) continue;
    auto parameter = read_shape(r.bytes());
    if (!parameter) return std::nullopt;
    out.push_back(std::move(*parameter));
  }
  if (r.failed()) return std::nullopt;
  return out;
}

}  // namespace covector::pjrt

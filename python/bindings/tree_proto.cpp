#include <unordered_map>

#include "tree_def_type.h"

// Treedefs as protocol buffers. A message is a list of nodes in post-order (field
// 1) and a table of the strings they use (field 2); a node has its arity (1), type
// (2) and, for a dict, the numbers of its keys in the table (3, packed in 1).
namespace covector::bindings {
namespace {

enum NodeCode : uint64_t { kLeafCode = 1, kListCode, kNoneCode, kTupleCode, kDictCode };
enum Wire : uint64_t { kVarint = 0, kBytes = 2 };

constexpr const char* kCustomNodes =
    "User-defined nodes are not supported when serializing pytrees as protocol buffers. You "
    "should either convert the user-defined nodes to another type or use pickle instead.";

void put_varint(std::string& s, uint64_t x) {
  for (; x >= 0x80; x >>= 7) s += static_cast<char>(x | 0x80);
  s += static_cast<char>(x);
}

void put_field(std::string& s, uint64_t field, uint64_t x) {
  put_varint(s, field << 3 | kVarint);
  put_varint(s, x);
}

void put_field(std::string& s, uint64_t field, const std::string& x) {
  put_varint(s, field << 3 | kBytes);
  put_varint(s, x.size());
  s += x;
}

struct Writer {
  std::string nodes, strings;
  std::unordered_map<std::string, uint64_t> numbers;

  uint64_t number_of(PyObject* key) {
    require<ValueError>(PyUnicode_Check(key),
                        "Only string keys are supported in proto pytree serialization.");
    std::string text = to_utf8(Py_NewRef(key));
    auto [it, is_new] = numbers.try_emplace(text, numbers.size());
    if (is_new) put_field(strings, 2, text);
    return it->second;
  }

  static NodeCode code_of(const TreeDef& def) {
    switch (def.kind()) {
      case NodeKind::kLeaf:
        return kLeafCode;
      case NodeKind::kList:
        return kListCode;
      case NodeKind::kNone:
        return kNoneCode;
      case NodeKind::kTuple:
        return kTupleCode;
      case NodeKind::kDict:
        return kDictCode;
      default:
        fail<ValueError>(kCustomNodes);
    }
  }

  void write(const TreeDef& def) {
    for (const auto& c : def.children()) write(*c);
    std::string node;
    if (def.arity()) put_field(node, 1, def.arity());
    put_field(node, 2, code_of(def));
    if (def.kind() == NodeKind::kDict && def.arity()) {
      std::string packed, keys;
      for (PyObject* k : static_cast<const PyValues*>(def.data())->items())
        put_varint(packed, number_of(k));
      put_field(keys, 1, packed);
      put_field(node, 3, keys);
    }
    put_field(nodes, 1, node);
  }
};

[[noreturn]] void fail_corrupt() { fail<RuntimeError>("Could not deserialize PyTreeDefProto."); }

struct Reader {
  const char* at;
  const char* end;

  bool done() const { return at == end; }
  uint64_t varint() {
    uint64_t x = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (done()) fail_corrupt();
      auto byte = static_cast<unsigned char>(*at++);
      x |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return x;
    }
    fail_corrupt();
  }
  Reader bytes() {
    uint64_t n = varint();
    if (n > static_cast<uint64_t>(end - at)) fail_corrupt();
    const char* start = at;
    at += n;
    return {start, at};
  }
  // The number of the next field, which must have this wire type.
  uint64_t tag(uint64_t& wire) {
    uint64_t t = varint();
    wire = t & 7;
    if (wire != kVarint && wire != kBytes) fail_corrupt();
    return t >> 3;
  }
};

struct Node {
  uint64_t arity = 0, code = 0;
  std::vector<uint64_t> keys;
};

Node read_node(Reader r) {
  Node n;
  while (!r.done()) {
    uint64_t wire, field = r.tag(wire);
    if (wire == kVarint) {
      uint64_t x = r.varint();
      if (field == 1) n.arity = x;
      if (field == 2) n.code = x;
      continue;
    }
    Reader keys = r.bytes();
    if (field != 3 || keys.done()) continue;
    if (keys.varint() != (1 << 3 | kBytes)) fail_corrupt();
    for (Reader packed = keys.bytes(); !packed.done();) n.keys.push_back(packed.varint());
  }
  return n;
}

Ref<const PyValues> read_keys(const Node& n, const std::vector<py::object>& strings) {
  if (n.keys.size() != n.arity) fail_corrupt();
  std::vector<PyObject*> keys;
  for (uint64_t i : n.keys) {
    if (i >= strings.size()) fail_corrupt();
    keys.push_back(strings[i].ptr());
  }
  return PyValues::intern(keys);
}

Ref<const TreeDef> read_def(const Node& n, const std::vector<py::object>& strings,
                            TreeDef::Children children) {
  switch (n.code) {
    case kLeafCode:
      return TreeDef::leaf();
    case kNoneCode:
      return TreeDef::none();
    case kListCode:
      return TreeDef::list(children);
    case kTupleCode:
      return TreeDef::tuple(children);
    case kDictCode:
      return TreeDef::node(NodeKind::kDict, nullptr, read_keys(n, strings).get(), children);
    default:
      fail_corrupt();
  }
}

}  // namespace

py::bytes treedef_to_proto(const TreeDef& def) {
  Writer w;
  w.write(def);
  return py::bytes(w.nodes + w.strings);
}

Ref<const TreeDef> treedef_from_proto(const std::string& data) {
  std::vector<Node> nodes;
  std::vector<py::object> strings;
  for (Reader r{data.data(), data.data() + data.size()}; !r.done();) {
    uint64_t wire, field = r.tag(wire);
    if (wire == kVarint) {
      r.varint();
      continue;
    }
    Reader value = r.bytes();
    if (field == 1) nodes.push_back(read_node(value));
    if (field == 2) strings.push_back(from_utf8({value.at, value.end}));
  }
  std::vector<Ref<const TreeDef>> stack;
  for (const Node& n : nodes) {
    if (n.arity > stack.size()) fail_corrupt();
    auto children = stack.end() - static_cast<std::ptrdiff_t>(n.arity);
    auto def = read_def(n, strings, {children, stack.end()});
    stack.erase(children, stack.end());
    stack.push_back(std::move(def));
  }
  require<RuntimeError>(stack.size() == 1, "PyTreeDef traversal did not yield a singleton.");
  return stack[0];
}

}  // namespace covector::bindings

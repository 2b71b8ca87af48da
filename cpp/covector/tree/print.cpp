#include "covector/tree/treedef.h"

namespace covector {
namespace {

void print(std::string& s, const TreeDef& d);

void print_children(std::string& s, const TreeDef& d, char open, char close) {
  s += open;
  for (size_t i = 0; i < d.arity(); ++i) {
    if (i) s += ", ";
    if (d.kind() == NodeKind::kDict) {
      s += d.data()->key_repr(i);
      s += ": ";
    }
    print(s, d.child(i));
  }
  if (d.kind() == NodeKind::kTuple && d.arity() == 1) s += ',';
  s += close;
}

void print(std::string& s, const TreeDef& d) {
  switch (d.kind()) {
    case NodeKind::kLeaf:
      s += '*';
      return;
    case NodeKind::kNone:
      s += "None";
      return;
    case NodeKind::kTuple:
      return print_children(s, d, '(', ')');
    case NodeKind::kList:
      return print_children(s, d, '[', ']');
    case NodeKind::kDict:
      return print_children(s, d, '{', '}');
    default:
      s += "CustomNode(";
      s += d.type()->describe(d.data());
      s += ", ";
      print_children(s, d, '[', ']');
      s += ')';
  }
}

}  // namespace

std::string TreeDef::to_string() const {
  std::string s;
  print(s, *this);
  return s;
}

}  // namespace covector

// Jaxprs as text, laid out and named as JAX does it.

#include "covector/core/print.h"

#include <algorithm>

#include "covector/base/pretty.h"
#include "covector/core/jaxpr.h"
#include "covector/core/shared_jaxprs.h"

namespace covector {
namespace {

// A parameter of an equation, ready to be written: as text, or as jaxprs.
struct Field {
  std::string name, text;
  std::vector<Ref<const Jaxpr>> jaxprs;
  bool tuple = false;  // of jaxprs
};

struct FieldCollector final : FieldVisitor {
  void field(std::string_view name, const FieldValue& v, bool printed) override {
    if (!printed) return;
    Field& f = all.emplace_back();
    f.name = name;
    if (auto* one = std::get_if<const ClosedJaxpr*>(&v)) {
      f.jaxprs.push_back((*one)->jaxpr);
    } else if (auto* many = std::get_if<const std::vector<ClosedJaxpr>*>(&v)) {
      f.tuple = true;
      for (const ClosedJaxpr& c : **many) f.jaxprs.push_back(c.jaxpr);
    } else {
      f.text = to_string(v);
    }
  }
  std::vector<Field> all;
};

// In the order in which they are printed: by name, but a `name` that the
// primitive lists first stays first.
std::vector<Field> fields_of(const Op& op) {
  FieldCollector c;
  if (op.params) op.params->visit(c);
  bool named = !c.all.empty() && c.all[0].name == "name";
  std::sort(c.all.begin() + named, c.all.end(),
            [](const Field& a, const Field& b) { return a.name < b.name; });
  return std::move(c.all);
}

// The body of a call by name, such as jit.
const Jaxpr* callee(const std::vector<Field>& fields) {
  if (fields.empty() || fields[0].name != "name") return nullptr;
  for (const Field& f : fields)
    if (f.name == "jaxpr" && f.jaxprs.size() == 1) return f.jaxprs[0].get();
  return nullptr;
}

// a, b, ..., z, ba, bb, ...
std::string letters(size_t n) {
  std::string s;
  do {
    s.insert(s.begin(), static_cast<char>('a' + n % 26));
    n /= 26;
  } while (n);
  return s;
}

using Names = std::vector<std::string>;  // of a jaxpr's variables; empty: not yet named

// A jaxpr that is being written. Jaxprs nest without bound, so the printer keeps
// its own stack of these.
struct Frame {
  const Jaxpr* jaxpr;
  Names names;
  size_t eqn = 0;  // the next one, or the one being written
  bool in_eqn = false;
  std::vector<Field> fields = {};  // of the equation being written
  size_t field = 0, item = 0;      // the next jaxpr of the next field
  const Jaxpr* callee = nullptr;
  Names callee_names = {};
  std::vector<bool> used = {};  // variables; filled when it is first asked for
};

class Printer {
 public:
  explicit Printer(const Jaxpr& top) : shared_(top) {
    for (const Ref<const Jaxpr>& j : shared_.order()) {
      out_.text("let ");
      out_.text(*shared_.name(j.get()));
      out_.text(" = ");
      write(*j, Names(j->vars.size()));
      out_.text(" in");
      out_.brk();
    }
    write(top, names_of_unused(top));
  }
  std::string text() const { return out_.render(); }

 private:
  static Names names_of_unused(const Jaxpr&);
  const std::string& name(Frame&, VarId);
  Names names_like_caller(Frame&, const Jaxpr& callee);

  void write(const Jaxpr&, Names);
  void open(const Jaxpr&, Names);
  void close(Frame&);
  void step(Frame&);
  void begin_eqn(Frame&);
  void access(Frame&, Access);
  std::string place(Frame&, const Eqn&, size_t positions);
  void end_eqn(Frame&);
  void begin_field(const Field&);
  void end_field(Frame&);
  void inner(Frame&, const Jaxpr&);
  void binders(Frame&, std::span<const VarId>);
  void atoms(Frame&, std::span<const Atom>, std::string_view separator);
  void atom(Frame&, const Atom&);

  SharedJaxprs shared_;
  Pretty out_;
  size_t next_name_ = 0;
  std::vector<Frame> frames_;
};

std::vector<bool> used_variables(const Jaxpr& j) {
  std::vector<bool> used(j.vars.size());
  auto mark = [&](const Atom& a) {
    if (!a.literal) used[a.var] = true;
  };
  std::for_each(j.outs.begin(), j.outs.end(), mark);
  for (const Eqn& e : j.eqns) std::for_each(e.in.begin(), e.in.end(), mark);
  return used;
}

Names Printer::names_of_unused(const Jaxpr& j) {
  std::vector<bool> used = used_variables(j);
  Names names(j.vars.size());
  for (const Eqn& e : j.eqns)
    for (VarId v : e.out)
      if (!used[v]) names[v] = "_";
  return names;
}

// Variables are named when they are first written.
const std::string& Printer::name(Frame& f, VarId v) {
  std::string& n = f.names[v];
  if (!n.empty()) return n;
  do {
    n = letters(next_name_++);
  } while (shared_.taken(n));
  return n;
}

// The callee's inputs and results, by the names of the operands and results of
// the call. One name is given to one variable only.
Names Printer::names_like_caller(Frame& f, const Jaxpr& j) {
  const Eqn& e = f.jaxpr->eqns[f.eqn];
  Names names(j.vars.size());
  std::vector<bool> given(f.names.size());
  auto give = [&](VarId from, VarId to) {
    if (given[from] || !names[to].empty()) return;
    given[from] = true;
    names[to] = name(f, from);
  };
  if (e.in.size() == j.invars.size())
    for (size_t i = 0; i < e.in.size(); ++i)
      if (!e.in[i].literal) give(e.in[i].var, j.invars[i]);
  if (e.out.size() == j.outs.size())
    for (size_t i = 0; i < e.out.size(); ++i)
      if (!j.outs[i].literal) give(e.out[i], j.outs[i].var);
  return names;
}

void Printer::write(const Jaxpr& j, Names names) {
  open(j, std::move(names));
  while (!frames_.empty()) step(frames_.back());
}

void Printer::open(const Jaxpr& j, Names names) {
  Frame& f = frames_.emplace_back(Frame{&j, std::move(names)});
  out_.open_group();
  out_.nest(2);
  out_.text("{ lambda ");
  binders(f, j.constvars);
  out_.text("; ");
  binders(f, j.invars);
  out_.text(". let");
  out_.nest(2);
  out_.brk();
}

void Printer::close(Frame& f) {
  out_.nest(-2);
  out_.brk();
  out_.text("in (");
  atoms(f, f.jaxpr->outs, ",");
  out_.text(f.jaxpr->outs.size() == 1 ? ",)" : ")");
  out_.nest(-2);
  out_.text(" }");
  out_.close_group();
  frames_.pop_back();
}

// Writes up to the next inner jaxpr, which becomes the next frame.
void Printer::step(Frame& f) {
  if (!f.in_eqn) {
    if (f.eqn == f.jaxpr->eqns.size()) return close(f);
    return begin_eqn(f);
  }
  if (f.field == f.fields.size()) return end_eqn(f);
  const Field& field = f.fields[f.field];
  if (f.item == 0) begin_field(field);
  if (f.item == field.jaxprs.size()) return end_field(f);
  if (f.item > 0) out_.brk();
  inner(f, *field.jaxprs[f.item++]);
}

void Printer::begin_eqn(Frame& f) {
  const Eqn& e = f.jaxpr->eqns[f.eqn];
  if (f.eqn > 0) out_.brk("; ");
  Access a = e.op.prim->def().access;
  if (a == Access::kRead || a == Access::kSwap || a == Access::kAdd) return access(f, a);
  f.in_eqn = true;
  f.fields = fields_of(e.op);
  f.field = f.item = 0;
  f.callee = callee(f.fields);
  if (f.callee && !shared_.name(f.callee)) f.callee_names = names_like_caller(f, *f.callee);
  binders(f, e.out);
  if (!e.out.empty()) out_.text(" = ");
  out_.text(e.op.name());
  if (f.fields.empty()) return;
  out_.open_group();
  out_.nest(2);
  out_.text("[");
  out_.brk("");
}

// a[0,i]: in the text of the index, {0} is the first of the operands that are positions.
std::string Printer::place(Frame& f, const Eqn& e, size_t positions) {
  std::string s = name(f, e.in[0].var), index;
  for (const Field& field : fields_of(e.op))
    if (field.name == "index") index = field.text;
  s += '[';
  for (size_t i = 0; i < index.size(); ++i) {
    if (index[i] != '{') {
      s += index[i];
      continue;
    }
    size_t end = index.find('}', i);
    const Atom& a = e.in[positions + std::stoul(index.substr(i + 1, end - i - 1))];
    if (a.literal)
      append_literal(s, *a.literal.array());
    else
      s += name(f, a.var);
    i = end;
  }
  return s + ']';
}

// What is read or written of a reference, as JAX shows it.
void Printer::access(Frame& f, Access kind) {
  const Eqn& e = f.jaxpr->eqns[f.eqn++];
  if (kind == Access::kRead) {
    binders(f, e.out);
    out_.text(" <- ");
    return out_.text(place(f, e, 1));
  }
  if (f.used.empty()) f.used = used_variables(*f.jaxpr);
  bool swaps = kind == Access::kSwap && f.used[e.out[0]];
  std::string at = place(f, e, 2);
  if (swaps) {
    binders(f, e.out);
    out_.text(str(", ", at, " <- ", at, ", "));
  } else {
    out_.text(str(at, kind == Access::kAdd ? " += " : " <- "));
  }
  atom(f, e.in[1]);
}

void Printer::end_eqn(Frame& f) {
  if (!f.fields.empty()) {
    out_.nest(-2);
    out_.brk("");
    out_.text("]");
    out_.close_group();
  }
  out_.text(" ");
  atoms(f, f.jaxpr->eqns[f.eqn].in, "");
  f.in_eqn = false;
  ++f.eqn;
}

void Printer::begin_field(const Field& field) {
  out_.text(field.name);
  out_.text("=");
  out_.text(field.text);
  if (!field.tuple) return;
  out_.open_group();
  out_.nest(2);
  out_.text("(");
  out_.brk("");
}

void Printer::end_field(Frame& f) {
  if (f.fields[f.field].tuple) {
    out_.nest(-2);
    out_.brk("");
    out_.text(")");
    out_.close_group();
  }
  f.item = 0;
  if (++f.field < f.fields.size()) out_.brk();
}

void Printer::inner(Frame& f, const Jaxpr& j) {
  if (const std::string* name = shared_.name(&j))
    out_.text(*name);
  else
    open(j, &j == f.callee ? std::move(f.callee_names) : Names(j.vars.size()));
}

void Printer::binders(Frame& f, std::span<const VarId> vars) {
  out_.nest(2);
  out_.open_group();
  for (size_t i = 0; i < vars.size(); ++i) {
    if (i) out_.fill_break();
    out_.text(name(f, vars[i]));
    out_.text(str(":", f.jaxpr->vars[vars[i]]));
  }
  out_.close_group();
  out_.nest(-2);
}

void Printer::atoms(Frame& f, std::span<const Atom> atoms, std::string_view separator) {
  out_.nest(2);
  out_.open_group();
  for (size_t i = 0; i < atoms.size(); ++i) {
    if (i) out_.text(separator);
    if (i) out_.fill_break();
    atom(f, atoms[i]);
  }
  out_.close_group();
  out_.nest(-2);
}

void Printer::atom(Frame& f, const Atom& a) {
  if (!a.literal) return out_.text(name(f, a.var));
  std::string s;
  append_literal(s, *a.literal.array());
  out_.text(str(s, ":", a.literal.aval()));
}

}  // namespace

std::string to_string(const Jaxpr& j) { return Printer(j).text(); }
std::string to_string(const ClosedJaxpr& c) { return to_string(*c.jaxpr); }
void append_to(std::string& s, const Jaxpr& j) { s += to_string(j); }

}  // namespace covector

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

Names Printer::names_of_unused(const Jaxpr& j) {
  std::vector<bool> used(j.vars.size());
  auto mark = [&](const Atom& a) {
    if (!a.literal) used[a.var] = true;
  };
  std::for_each(j.outs.begin(), j.outs.end(), mark);
  for (const Eqn& e : j.eqns) std::for_each(e.in.begin(), e.in.end(), mark);
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

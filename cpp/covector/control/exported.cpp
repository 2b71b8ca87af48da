#include "covector/control/exported.h"

#include <cctype>
#include <set>

#include "covector/base/hash.h"
#include "covector/control/control.h"
#include "covector/hlo/foreign_functions.h"
#include "covector/hlo/module.h"
#include "covector/lax/rules.h"
#include "covector/transforms/transforms.h"

namespace covector {
namespace {

// A program whose only equation calls the jaxpr: so its constants are in the text.
ClosedJaxpr as_call(const ClosedJaxpr& c, const std::string& name) {
  auto j = make_ref<Jaxpr>();
  Eqn e{jit_p.with(CallParams{name, c, false, false, {}}), {}, {}, c.jaxpr->effects, nullptr};
  for (VarId v : c.jaxpr->invars) {
    j->invars.push_back(j->new_var(c.jaxpr->vars[v]));
    e.in.push_back({j->invars.back(), {}});
  }
  for (const Atom& a : c.jaxpr->outs) {
    e.out.push_back(j->new_var(c.jaxpr->aval(a)));
    j->outs.push_back({e.out.back(), {}});
  }
  j->effects = e.effects;
  j->eqns.push_back(std::move(e));
  return {std::move(j), {}};
}

// Names of the functions in a module's text ----------------------------------------------

bool in_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '$';
}

// Calls f(position, name) for each symbol @name outside of quoted text.
template <class F>
void for_each_symbol(const std::string& text, F f) {
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && text[i] == '@') {
      size_t end = i + 1;
      while (end < text.size() && in_name(text[end])) ++end;
      f(i + 1, text.substr(i + 1, end - i - 1));
      i = end - 1;
    }
  }
}

constexpr std::string_view kPublic = "func.func public @", kPrivate = "func.func private @";

// The functions of a module, all private, with `prefix` before their names.
std::string renamed(const std::string& module, const std::string& prefix) {
  size_t begin = module.find('{', module.find("attributes"));
  begin = module.find('\n', module.find("} {", begin)) + 1;
  std::string body = module.substr(begin, module.rfind('}') - begin);
  for (size_t at; (at = body.find(kPublic)) != std::string::npos;)
    body.replace(at, kPublic.size(), kPrivate);
  std::set<std::string> defined;
  for_each_symbol(body, [&](size_t at, const std::string& name) {
    size_t start = at - std::min(at, kPrivate.size());
    if (std::string_view(body).substr(start, at - start) == kPrivate) defined.insert(name);
  });
  std::string out;
  size_t done = 0;
  for_each_symbol(body, [&](size_t at, const std::string& name) {
    if (!defined.contains(name)) return;
    out.append(body, done, at - done).append(prefix);
    done = at;
  });
  return out.append(body, done);
}

// Calls -------------------------------------------------------------------------------------

struct ExportedParams {
  Ref<const ExportedProgram> program;
  void fields(FieldVisitor& f) const { f("name", std::string_view(program->name)); }
  bool operator==(const ExportedParams&) const = default;
};

Avals exported_avals(const Op& op, AvalSpan in) {
  const ExportedProgram& p = *op.get<ExportedParams>().program;
  require<ValueError>(in.size() == p.in.size(), "exported function ", p.name, " takes ",
                      p.in.size(), " arrays, got ", in.size());
  for (size_t i = 0; i < in.size(); ++i)
    require<ValueError>(in[i].same_type(p.in[i]), "exported function ", p.name, ": argument ", i,
                        " is exported with type ", p.in[i], ", got ", in[i]);
  return p.out;
}

[[noreturn]] void wrong_platform(const ExportedProgram& p, std::string_view used) {
  std::string known;
  for (const auto& [platform, text] : p.texts) known += str(known.empty() ? "" : ", ", platform);
  fail<ValueError>("Function '", p.name, "' was exported for platforms '", known,
                   "' but it is used on '", used, "'.");
}

hlo::Results exported_lower(const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) {
  const ExportedProgram& p = *op.get<ExportedParams>().program;
  auto text = p.texts.find(std::string(b.platform()));
  if (text == p.texts.end()) wrong_platform(p, b.platform());
  auto functions = make_ref<hlo::ForeignFunctions>();
  std::string prefix = str("exported_", std::hash<std::string>()(text->second), "_");
  functions->name = prefix;
  functions->text = renamed(text->second, prefix);
  b.keep(functions);
  SmallVector<hlo::Operand, 4> operands;
  for (uint32_t i : p.kept) operands.push_back(in[i]);
  int32_t id = b.fresh();
  std::string& t = b.text();
  t += "    ";
  if (!out.empty())
    t += out.size() == 1 ? str("%", id, " = ") : str("%", id, ":", out.size(), " = ");
  t += str("func.call @", prefix, "main(");
  b.names(operands);
  t += ") : (";
  b.types(operands);
  t += ") -> (";
  for (size_t i = 0; i < out.size(); ++i) t += str(i ? ", " : "", hlo::Builder::type(out[i]));
  t += ")\n";
  hlo::Results r;
  for (size_t i = 0; i < out.size(); ++i)
    r.push_back({id, out.size() == 1 ? -1 : static_cast<int32_t>(i), out[i]});
  return r;
}

// Modules take and give the physical arrays of keys.
Avals physical(const Avals& all) {
  Avals r;
  for (const Aval& a : all) {
    Aval p = a;
    if (is_extended(a.dtype())) {
      p = Aval(DType(a.dtype()->physical), a.shape());
      for (int64_t d : a.dtype()->element_shape) p = p.with_axis(p.rank(), d);
    }
    r.push_back(p);
  }
  return r;
}

Values exported_physical(const Op& op, Args args) {
  const ExportedProgram& from = *op.get<ExportedParams>().program;
  auto p = make_ref<ExportedProgram>();
  p->name = from.name;
  p->in = physical(from.in), p->out = physical(from.out);
  p->kept = from.kept, p->texts = from.texts;
  return op.prim->with(ExportedParams{p}).bind(args);
}

const Primitive call_exported_p{{
    .name = "call_exported",
    .multiple_results = true,
    .abstract_eval = exported_avals,
    .lower = exported_lower,
    .physical = exported_physical,
}};

}  // namespace

Ref<const ExportedProgram> export_program(const ClosedJaxpr& c, std::string name,
                                          const std::vector<std::string>& platforms,
                                          bool keep_unused) {
  auto p = make_ref<ExportedProgram>();
  p->in = c.in_avals(), p->out = c.out_avals();
  Mask all(p->out.size(), true), used;
  ClosedJaxpr live = dce(c, all, &used, !keep_unused);
  for (uint32_t i = 0; i < used.size(); ++i)
    if (used[i] || keep_unused) p->kept.push_back(i);
  ClosedJaxpr program = physicalize(as_call(live, name));
  for (const std::string& platform : platforms) {
    hlo::ModuleOptions o;
    o.name = name;
    o.platform = platform;
    hlo::Module m = hlo::make_module(program, o);
    require<NotImplemented>(m.kept.empty(), "exported function ", name,
                            ": calls of the host cannot be exported");
    p->texts[platform] = std::move(m.text);
  }
  p->name = std::move(name);
  return p;
}

Values call_exported(const Ref<const ExportedProgram>& p, Args args) {
  return call_exported_p.with(ExportedParams{p}).bind(args);
}

}  // namespace covector

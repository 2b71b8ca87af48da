#include "covector/hlo/builder.h"

#include "covector/core/name_stack.h"
#include "covector/hlo/text.h"

namespace covector::hlo {

void Builder::begin_op(size_t results, int32_t id) {
  text_.append(indent_, ' ');
  if (results == 0) return;
  text_ += '%';
  append_int(text_, id);
  if (results > 1) {
    text_ += ':';
    append_int(text_, static_cast<int64_t>(results));
  }
  text_ += " = ";
}

void Builder::end_op() {
  if (options_.locations) location();
  text_ += '\n';
}

void Builder::signature(Operands in, AvalSpan outs) {
  text_ += " : (";
  types(in);
  text_ += ") -> ";
  if (outs.size() != 1) text_ += '(';
  for (size_t i = 0; i < outs.size(); ++i) {
    if (i) text_ += ", ";
    text_ += type(outs[i]);
  }
  if (outs.size() != 1) text_ += ')';
}

namespace {

void append_name(std::string& s, std::string_view name) {
  if (name.find('.') == name.npos) s += "stablehlo.";
  s += name;
}

void append_attrs(std::string& s, std::string_view attrs) {
  if (attrs.empty()) return;
  s += " {";
  s += attrs;
  s += '}';
}

}  // namespace

Operand Builder::elementwise(std::string_view op_name, Operands in, const Aval& out) {
  const std::string& t = type(out);
  bool one_type = op_name.find('.') == op_name.npos;
  for (const Operand& x : in) one_type &= &type(x.aval) == &t;
  if (!one_type) return op(op_name, in, out);
  Operand r{fresh(), -1, out};
  begin_op(1, r.id);
  text_ += "stablehlo.";
  text_ += op_name;
  text_ += ' ';
  names(in);
  text_ += " : ";
  text_ += t;
  end_op();
  return r;
}

Operand Builder::op(std::string_view name, Operands in, const Aval& out, std::string_view attrs) {
  return op_n(name, in, AvalSpan(&out, 1), attrs)[0];
}

Results Builder::op_n(std::string_view name, Operands in, AvalSpan outs, std::string_view attrs) {
  return region_op(name, in, outs, {}, attrs);
}

Results Builder::region_op(std::string_view op_name, Operands in, AvalSpan outs,
                           std::span<const Region> regions, std::string_view attrs) {
  int32_t id = fresh();
  begin_op(outs.size(), id);
  text_ += '"';
  append_name(text_, op_name);
  text_ += "\"(";
  names(in);
  text_ += ')';
  for (size_t k = 0; k < regions.size(); ++k) {
    text_ += k ? ", {\n" : " ({\n";
    region(regions[k]);
    text_ += '}';
  }
  if (!regions.empty()) text_ += ')';
  append_attrs(text_, attrs);
  signature(in, outs);
  end_op();
  return results_of(id, outs);
}

// A block, from its label to the brace that closes the region.
void Builder::region(const Region& r) {
  Results args;
  if (!r.args.empty()) {
    text_.append(indent_, ' ');
    text_ += "^bb0(";
    for (const Aval& a : r.args) {
      if (!args.empty()) text_ += ", ";
      args.push_back({fresh(), -1, a});
      name(args.back());
      text_ += ": ";
      text_ += type(a);
    }
    text_ += "):\n";
  }
  indent_ += 2;
  Tokens outer = tokens_;
  Results out = r.body(*this, args);
  tokens_ = std::move(outer);
  text_.append(indent_, ' ');
  text_ += "stablehlo.return";
  if (!out.empty()) text_ += ' ';
  names(out);
  if (!out.empty()) text_ += " : ";
  types(out);
  end_op();
  indent_ -= 2;
  text_.append(indent_, ' ');
}

Results results_of(int32_t id, AvalSpan outs) {
  Results r;
  for (size_t i = 0; i < outs.size(); ++i)
    r.push_back({id, outs.size() == 1 ? -1 : static_cast<int32_t>(i), outs[i]});
  return r;
}

void Builder::name(const Operand& o) {
  if (o.id < 0) {
    text_ += "%arg";
    append_int(text_, -1 - o.id);
    return;
  }
  text_ += '%';
  append_int(text_, o.id);
  if (o.index < 0) return;
  text_ += '#';
  append_int(text_, o.index);
}

void Builder::names(Operands in) {
  for (size_t i = 0; i < in.size(); ++i) {
    if (i) text_ += ", ";
    name(in[i]);
  }
}

void Builder::types(Operands in) {
  for (size_t i = 0; i < in.size(); ++i) {
    if (i) text_ += ", ";
    text_ += type(in[i].aval);
  }
}

Operand Builder::token(const Effect& e) {
  for (auto& [effect, operand] : tokens_)
    if (effect == &e) return operand;
  Operand t = op("create_token", {}, Aval());
  set_token(e, t);
  return t;
}

void Builder::set_token(const Effect& e, const Operand& t) {
  for (auto& [effect, operand] : tokens_)
    if (effect == &e) {
      operand = t;
      return;
    }
  tokens_.emplace_back(&e, t);
}

// The operation's name, then the user's line as an alias of the module's end.
void Builder::location() {
  if (primitive_.empty() && !source_) return;
  text_ += " loc(";
  std::string_view alias = "";
  if (!primitive_.empty()) {
    std::string_view scopes = scopes_of(source_);
    append_quoted(text_, str(scope_, scopes, scopes.empty() ? "" : "/", primitive_));
    if (source_) text_ += '(', alias = ")";
  }
  if (source_) {
    auto [it, fresh] = location_ids_.try_emplace(source_, locations_.size());
    if (fresh) locations_.push_back(source_);
    text_ += "#loc";
    append_int(text_, static_cast<int64_t>(it->second));
  }
  text_ += alias;
  text_ += ')';
}

}  // namespace covector::hlo

#include "covector/hlo/builder.h"

#include "covector/hlo/text.h"

namespace covector::hlo {

void Builder::end_line() {
  if (options_.locations && source_) {
    auto [it, fresh] = locations_.try_emplace(source_, static_cast<int32_t>(locations_.size()));
    text_ += " loc(#loc";
    append_int(text_, it->second);
    text_ += ')';
  }
  text_ += '\n';
}

void Builder::begin_op(std::string_view name, size_t results, int32_t id) {
  text_ += "    ";
  if (results) {
    text_ += '%';
    append_int(text_, id);
    if (results > 1) {
      text_ += ':';
      append_int(text_, static_cast<int64_t>(results));
    }
    text_ += " = ";
  }
  text_ += name.find('.') == name.npos ? "\"stablehlo." : "\"";
  text_ += name;
  text_ += "\"(";
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
  end_line();
}

namespace {

Results results_of(int32_t id, AvalSpan outs) {
  Results r;
  for (size_t i = 0; i < outs.size(); ++i)
    r.push_back({id, outs.size() == 1 ? -1 : static_cast<int32_t>(i), outs[i]});
  return r;
}

void append_attrs(std::string& s, std::string_view attrs) {
  if (attrs.empty()) return;
  s += " {";
  s += attrs;
  s += '}';
}

}  // namespace

Operand Builder::elementwise(std::string_view op_name, Operands in, const Aval& out) {
  Operand r{fresh(), -1, out};
  text_ += "    ";
  name(r);
  text_ += " = stablehlo.";
  text_ += op_name;
  text_ += ' ';
  names(in);
  text_ += " : ";
  text_ += type(out);
  end_line();
  return r;
}

Operand Builder::op(std::string_view name, Operands in, const Aval& out, std::string_view attrs) {
  return op_n(name, in, AvalSpan(&out, 1), attrs)[0];
}

Results Builder::op_n(std::string_view name, Operands in, AvalSpan outs, std::string_view attrs) {
  int32_t id = fresh();
  begin_op(name, outs.size(), id);
  names(in);
  text_ += ')';
  append_attrs(text_, attrs);
  signature(in, outs);
  return results_of(id, outs);
}

Results Builder::region_op(std::string_view name, Operands in, AvalSpan outs,
                           std::span<const Region> regions, std::string_view attrs) {
  int32_t id = fresh();
  begin_op(name, outs.size(), id);
  names(in);
  text_ += ") (";
  for (size_t k = 0; k < regions.size(); ++k) {
    text_ += k ? ", {\n    ^bb0(" : "{\n    ^bb0(";
    Results args;
    for (const Aval& a : regions[k].args) {
      if (!args.empty()) text_ += ", ";
      args.push_back({fresh(), -1, a});
      this->name(args.back());
      text_ += ": ";
      text_ += type(a);
    }
    text_ += "):\n";
    Results r = regions[k].body(*this, args);
    text_ += "    \"stablehlo.return\"(";
    names(r);
    text_ += ") : (";
    types(r);
    text_ += ") -> ()\n    }";
  }
  text_ += ')';
  append_attrs(text_, attrs);
  signature(in, outs);
  return results_of(id, outs);
}

Operand Builder::convert(const Operand& x, DType d) {
  if (x.aval.dtype() == d) return x;
  return op("convert", {x}, Aval(d, x.aval.shape()));
}

Operand Builder::reshape(const Operand& x, std::span<const int64_t> shape) {
  Aval out(x.aval.dtype(), shape);
  return out.same_type(x.aval) ? x : op("reshape", {x}, out);
}

Operand Builder::broadcast_in_dim(const Operand& x, std::span<const int64_t> shape,
                                  std::span<const int64_t> dims) {
  return op("broadcast_in_dim", {x}, Aval(x.aval.dtype(), shape),
            array_attr("broadcast_dimensions", dims));
}

Operand Builder::transpose(const Operand& x, std::span<const int64_t> perm) {
  Shape shape;
  for (int64_t p : perm) shape.push_back(x.aval.dim(p));
  return op("transpose", {x}, Aval(x.aval.dtype(), shape), array_attr("permutation", perm));
}

Operand Builder::slice(const Operand& x, std::span<const int64_t> start,
                       std::span<const int64_t> limit, std::span<const int64_t> strides) {
  Shape shape, steps(strides.begin(), strides.end());
  if (steps.empty()) steps.resize(start.size(), 1);
  for (size_t i = 0; i < start.size(); ++i)
    shape.push_back((std::max<int64_t>(limit[i] - start[i], 0) + steps[i] - 1) / steps[i]);
  return op("slice", {x}, Aval(x.aval.dtype(), shape),
            array_attr("start_indices", start) + ", " + array_attr("limit_indices", limit) + ", " +
                array_attr("strides", steps));
}

Operand Builder::compare(const Operand& x, const Operand& y, std::string_view direction,
                         bool total) {
  DType d = x.aval.dtype();
  std::string_view kind = is_inexact(d)                      ? (total ? "TOTALORDER" : "FLOAT")
                          : is_unsigned_int(d) || is_bool(d) ? "UNSIGNED"
                                                             : "SIGNED";
  std::string attrs = "comparison_direction = #stablehlo<comparison_direction ";
  attrs += direction;
  attrs += ">, compare_type = #stablehlo<comparison_type ";
  attrs += kind;
  attrs += '>';
  return op("compare", {x, y}, Aval(kBool, x.aval.shape()), attrs);
}

Operand Builder::select(const Operand& pred, const Operand& on_true, const Operand& on_false) {
  return op("select", {pred, on_true, on_false}, on_true.aval);
}

Operand Builder::broadcast_to(const Operand& x, const Shape& shape) {
  if (x.aval.shape() == shape) return x;
  Axes dims;
  for (int64_t i = 0; i < x.aval.rank(); ++i) dims.push_back(i);
  return broadcast_in_dim(x, shape, dims);
}

Results Builder::inline_jaxpr(const ClosedJaxpr& c, Operands args) {
  const Jaxpr& j = *c.jaxpr;
  invariant(args.size() == j.invars.size(), "inline_jaxpr: ", args.size(), " operands for ",
            j.invars.size(), " inputs");
  std::vector<Operand> env(j.vars.size());
  for (size_t i = 0; i < c.consts.size(); ++i) env[j.constvars[i]] = constant(c.consts[i]);
  for (size_t i = 0; i < args.size(); ++i) env[j.invars[i]] = args[i];
  auto read = [&](const Atom& a) { return a.literal ? constant(a.literal) : env[a.var]; };
  SmallVector<Operand, 4> in;
  Avals outs;
  Source outer = source_;
  for (const Eqn& e : j.eqns) {
    if (e.source) source_ = e.source;
    in.clear();
    outs.clear();
    for (const Atom& a : e.in) in.push_back(read(a));
    for (VarId v : e.out) outs.push_back(j.vars[v]);
    const PrimitiveDef& def = e.op.prim->def();
    if (!def.lower) missing_rule("lowering", e.op);
    Results r = def.lower(e.op, *this, in, outs);
    for (size_t i = 0; i < r.size(); ++i) {
      env[e.out[i]] = r[i];
      env[e.out[i]].aval = outs[i];
    }
  }
  source_ = outer;
  Results out;
  for (const Atom& a : j.outs) out.push_back(read(a));
  return out;
}

}  // namespace covector::hlo

#include "covector/lax/rules.h"

#include "covector/core/stage.h"

namespace covector::rules {

void require_dtype(const Op& op, const Aval& a, DTypeTest accepts, std::string_view set) {
  require<TypeError>(accepts(a.dtype()), op.name(), " does not accept dtype ", a.dtype()->name,
                     ". Accepted dtypes are ", set, ".");
}

void require_same_dtype(const Op& op, AvalSpan in) {
  for (const Aval& a : in)
    require<TypeError>(a.dtype() == in[0].dtype(), "lax.", op.name(),
                       " requires arguments to have the same dtypes, got ", in[0].dtype()->name,
                       ", ", a.dtype()->name, ". (Tip: jnp.", op.name(),
                       " is a similar function that does automatic type promotion on inputs).");
}

void require_axes(const Op& op, std::span<const int64_t> axes, int64_t rank) {
  for (size_t i = 0; i < axes.size(); ++i) {
    require<ValueError>(axes[i] >= 0 && axes[i] < rank, op.name(), ": axis ", axes[i],
                        " is out of bounds for an array of rank ", rank);
    require<ValueError>(!contains(axes.first(i), axes[i]), op.name(), ": axis ", axes[i],
                        " is given twice in ", Axes(axes.begin(), axes.end()));
  }
}

namespace {

[[noreturn]] void incompatible_shapes(const Op& op, AvalSpan in) {
  std::string shapes;
  for (const Aval& a : in) shapes += (shapes.empty() ? "" : ", ") + str(a.shape());
  fail<TypeError>(op.name(), " got incompatible shapes for broadcasting: ", shapes, ".");
}

}  // namespace

Shape broadcast_shape(const Op& op, AvalSpan in) {
  const Aval* widest = &in[0];
  for (const Aval& a : in)
    if (a.rank() > widest->rank()) widest = &a;
  Shape out = widest->shape();
  for (const Aval& a : in) {
    if (a.rank() == 0 || &a == widest) continue;
    if (a.rank() != widest->rank())
      fail<TypeError>(op.name(), ": arrays must have same number of dimensions, got shapes ",
                      widest->shape(), " and ", a.shape(), ".");
    for (size_t i = 0; i < out.size(); ++i) {
      int64_t d = a.shape()[i];
      if (d == out[i] || d == 1) continue;
      if (out[i] != 1) incompatible_shapes(op, in);
      out[i] = d;
    }
  }
  return out;
}

namespace {

bool all_weak(AvalSpan in) {
  return std::all_of(in.begin(), in.end(), [](const Aval& a) { return a.weak_type(); });
}

bool all_equal(AvalSpan in) {
  return std::all_of(in.begin(), in.end(), [&](const Aval& a) { return a == in[0]; });
}

}  // namespace

std::function<Avals(const Op&, AvalSpan)> nary(DTypeTest accepts, std::string_view set) {
  return [accepts, set](const Op& op, AvalSpan in) -> Avals {
    require_dtype(op, in[0], accepts, set);
    if (all_equal(in)) return {in[0]};
    require_same_dtype(op, in);
    return {Aval(in[0].dtype(), broadcast_shape(op, in), all_weak(in))};
  };
}

std::function<Avals(const Op&, AvalSpan)> nary_to(DType result, DTypeTest accepts,
                                                  std::string_view set) {
  return [result, accepts, set](const Op& op, AvalSpan in) -> Avals {
    for (const Aval& a : in) require_dtype(op, a, accepts, set);
    require_same_dtype(op, in);
    return {Aval(result, broadcast_shape(op, in))};
  };
}

std::function<Avals(const Op&, AvalSpan)> nary_map(DType (*result)(DType), DTypeTest accepts,
                                                   std::string_view set) {
  return [result, accepts, set](const Op& op, AvalSpan in) -> Avals {
    for (const Aval& a : in) require_dtype(op, a, accepts, set);
    require_same_dtype(op, in);
    return {Aval(result(in[0].dtype()), broadcast_shape(op, in), all_weak(in))};
  };
}

std::function<JvpOut(const Op&, Args, Args)> partials(std::vector<Partial> ps) {
  return [ps = std::move(ps)](const Op& op, Args primals, Args tangents) -> JvpOut {
    Value out = op.bind1(primals), t;
    for (size_t i = 0; i < ps.size(); ++i) {
      if (!tangents[i] || !ps[i]) continue;
      Value term = ps[i](tangents[i], out, primals);
      if (term) t = add_any(t, broadcast_to_shape(term, out.shape()));
    }
    return {{std::move(out)}, {std::move(t)}};
  };
}

JvpOut linear(const Op& op, Args primals, Args tangents) {
  Values t;
  for (size_t i = 0; i < tangents.size(); ++i)
    t.push_back(tangents[i] ? tangents[i] : zeros(primals[i].aval()));
  return {op.bind(primals), op.bind(t)};
}

JvpOut linear_in_first(const Op& op, Args primals, Args tangents) {
  Values out = op.bind(primals);
  if (!tangents[0]) return {out, Values(out.size())};
  Values in(primals.begin(), primals.end());
  in[0] = tangents[0];
  return {std::move(out), op.bind(in)};
}

JvpOut bilinear(const Op& op, Args p, Args t) {
  Value l = t[0] ? op.bind1({t[0], p[1]}) : Value();
  Value r = t[1] ? op.bind1({p[0], t[1]}) : Value();
  return {{op.bind1({p[0], p[1]})}, {add_any(l, r)}};
}

JvpOut zero_jvp(const Op& op, Args primals, Args) {
  Values out = op.bind(primals);
  size_t n = out.size();
  return {std::move(out), Values(n)};
}

namespace {

// A mapped operand with its axis in front and as many further axes as the
// widest operand has, so that it broadcasts against it.
Value aligned_to(const Value& x, int axis, int64_t rank) {
  Value v = move_axis(x, axis, 0);
  if (v.rank() - 1 == rank || rank == 0) return v;
  Shape s = v.shape();
  s.resize(static_cast<size_t>(rank) + 1, 1);
  return reshape(v, s);
}

Value with_leading_one(const Value& x) {
  Shape s = x.shape();
  s.insert(s.begin(), 1);
  return reshape(x, s);
}

}  // namespace

BatchOut batch_elementwise(const Op& op, const AxisData&, Args in, const MappedAxes& axes) {
  int64_t rank = 0;  // of the widest operand, unbatched
  int common = kUnmapped;
  for (size_t i = 0; i < in.size(); ++i) {
    rank = std::max(rank, in[i].rank() - (axes[i] != kUnmapped));
    if (axes[i] != kUnmapped) common = axes[i];
  }
  bool lined_up = true;
  for (size_t i = 0; i < in.size(); ++i)
    lined_up &=
        axes[i] == kUnmapped ? in[i].rank() == 0 : axes[i] == common && in[i].rank() - 1 == rank;
  if (lined_up) return {op.bind(in), {common}};
  Values v;
  for (size_t i = 0; i < in.size(); ++i) {
    if (axes[i] != kUnmapped)
      v.push_back(aligned_to(in[i], axes[i], rank));
    else
      v.push_back(in[i].rank() == 0 ? in[i] : with_leading_one(in[i]));
  }
  return {op.bind(v), {0}};
}

Values all_to_front(const AxisData& axis, Args in, const MappedAxes& axes) {
  Values v;
  for (size_t i = 0; i < in.size(); ++i) v.push_back(batch_to_front(in[i], axis.size, axes[i]));
  return v;
}

Axes shifted(std::span<const int64_t> axes) {
  Axes r;
  for (int64_t a : axes) r.push_back(a + 1);
  return r;
}

LowerRule hlo_op(std::string_view name) {
  bool stablehlo = name.find('.') == std::string_view::npos;
  return [name, stablehlo](const Op&, hlo::Builder& b, hlo::Operands in,
                           AvalSpan out) -> hlo::Results {
    SmallVector<hlo::Operand, 3> v;
    bool same = stablehlo;
    for (const hlo::Operand& x : in) {
      v.push_back(b.broadcast_to(x, out[0].shape()));
      same &= x.aval.dtype() == out[0].dtype();
    }
    return {same ? b.elementwise(name, v, out[0]) : b.op(name, v, out[0])};
  };
}

LowerRule lower_via(std::function<Values(const Op&, Args)> f) {
  return [f = std::move(f)](const Op& op, hlo::Builder& b, hlo::Operands in,
                            AvalSpan) -> hlo::Results {
    Avals avals;
    for (const hlo::Operand& x : in) avals.push_back(x.aval);
    return b.inline_jaxpr(stage([&](Args a) { return f(op, a); }, avals), in);
  };
}

FunctionDef unary_function(std::string_view doc, Value (*f)(const Value&)) {
  return {.signature = "x, /",
          .doc = doc,
          .call = [f](const CallArgs& a) -> Values { return {f(a.value(0))}; },
          .name = {}};
}

FunctionDef binary_function(std::string_view doc, Value (*f)(const Value&, const Value&)) {
  return {.signature = "x, y, /",
          .doc = doc,
          .call = [f](const CallArgs& a) -> Values { return {f(a.value(0), a.value(1))}; },
          .name = {}};
}

Axes iota_axes(int64_t n, int64_t from) {
  Axes r;
  for (int64_t i = 0; i < n; ++i) r.push_back(from + i);
  return r;
}

Axes other_axes(int64_t rank, std::span<const int64_t> axes) {
  Axes r;
  for (int64_t i = 0; i < rank; ++i)
    if (!contains(axes, i)) r.push_back(i);
  return r;
}

Axes inverse_permutation(std::span<const int64_t> perm) {
  Axes r(perm.size());
  for (size_t i = 0; i < perm.size(); ++i)
    r[static_cast<size_t>(perm[i])] = static_cast<int64_t>(i);
  return r;
}

Value broadcast_to_shape(const Value& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  if (x.rank() == 0) return broadcast_in_dim(x, shape, {});
  return broadcast_in_dim(x, shape, iota_axes(x.rank()));
}

}  // namespace covector::rules

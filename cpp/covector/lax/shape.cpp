// Operations that change an array's shape but none of its elements' values:
// broadcast_in_dim, reshape, transpose, squeeze.

#include "covector/lax/rules.h"

namespace covector {

using namespace rules;

namespace {

void require_nonnegative(const Op& op, std::string_view what, std::span<const int64_t> xs) {
  for (int64_t x : xs)
    require<TypeError>(x >= 0, op.name(), " ", what,
                       " must have every element be nonnegative, got ", Axes(xs.begin(), xs.end()),
                       ".");
}

// broadcast_in_dim ---------------------------------------------------------------

struct BroadcastParams {
  Shape shape;
  Axes dims;
  void fields(FieldVisitor& f) const {
    f.quiet("shape", &shape);
    f.maybe(!dims.empty(), "broadcast_dimensions", &dims);
    f.quiet("sharding", Param::None());
  }
  bool operator==(const BroadcastParams&) const = default;
};

Avals broadcast_in_dim_aval(const Op& op, AvalSpan in) {
  auto& [shape, dims] = op.get<BroadcastParams>();
  const Aval& x = in[0];
  int64_t rank = static_cast<int64_t>(shape.size());
  require_nonnegative(op, "shape", shape);
  require_nonnegative(op, "broadcast_dimensions", dims);
  require<TypeError>(
      static_cast<int64_t>(dims.size()) == x.rank(), op.name(),
      ": broadcast_dimensions must have one entry for each axis of the operand, got ", dims,
      " for ", x);
  for (int64_t i = 0; i < x.rank(); ++i) {
    int64_t d = dims[static_cast<size_t>(i)];
    require<TypeError>(d < rank, op.name(),
                       " broadcast_dimensions must be a subset of output dimensions, got ", dims,
                       " for shape ", shape);
    require<TypeError>(!contains(std::span(dims).first(static_cast<size_t>(i)), d), op.name(),
                       ": broadcast_dimensions must not contain duplicates, got ", dims);
    require<TypeError>(x.dim(i) == 1 || x.dim(i) == shape[static_cast<size_t>(d)], op.name(),
                       ": operand axes must have size 1 or the size of the axis they go to, got ",
                       x, " for shape ", shape, " and broadcast_dimensions ", dims);
  }
  return {x.with_shape(shape)};
}

// Sums over the new axes and over those that were expanded from size 1; the
// latter come back as axes of size 1.
Values broadcast_in_dim_transpose(const Op& op, Args ct, TransposeArgs in) {
  auto& [shape, dims] = op.get<BroadcastParams>();
  Axes kept, ones;
  for (int64_t i = 0; i < in[0].aval.rank(); ++i) {
    if (in[0].aval.dim(i) == 1)
      ones.push_back(i);
    else
      kept.push_back(dims[static_cast<size_t>(i)]);
  }
  Axes summed = other_axes(static_cast<int64_t>(shape.size()), kept);
  Value sum = summed.empty() ? ct[0] : reduce_sum(ct[0], summed);
  // Axes may have been permuted on the way.
  Axes sorted = kept, perm;
  std::sort(sorted.begin(), sorted.end());
  for (int64_t d : kept)
    perm.push_back(std::find(sorted.begin(), sorted.end(), d) - sorted.begin());
  return {expand_dims(transpose(sum, perm), ones)};
}

BatchOut broadcast_in_dim_batch(const Op& op, const AxisData& axis, Args in,
                                const MappedAxes& axes) {
  BroadcastParams p{op.get<BroadcastParams>().shape, shifted(op.get<BroadcastParams>().dims)};
  p.shape.insert(p.shape.begin(), axis.size);
  p.dims.insert(p.dims.begin(), 0);
  return {op.prim->with(std::move(p)).bind({move_axis(in[0], axes[0], 0)}), {0}};
}

const Primitive broadcast_in_dim_p{{
    .name = "broadcast_in_dim",
    .abstract_eval = broadcast_in_dim_aval,
    .jvp = linear,
    .transpose = broadcast_in_dim_transpose,
    .batch = broadcast_in_dim_batch,
    .lower = [](const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan) -> hlo::Results {
      auto& p = op.get<BroadcastParams>();
      return {b.broadcast_in_dim(in[0], p.shape, p.dims)};
    },
    .function = {.signature = "operand, shape, broadcast_dimensions, *, out_sharding=None",
                 .doc = R"(Repeats an array along new or size-1 axes.

Axis `i` of the operand becomes axis `broadcast_dimensions[i]` of the result;
the operand is repeated along all other axes of `shape`, and along those where
its own size is 1.

Args:
  operand: an array of any dtype.
  shape: the shape of the result.
  broadcast_dimensions: one axis of the result for each axis of the operand.

Returns:
  An array of shape `shape` and the operand's dtype.

Raises:
  TypeError: the shapes do not fit.)",
                 .call = [](const CallArgs& a) -> Values {
                   return {broadcast_in_dim(a.value(0), a.axes(1), a.axes(2))};
                 }},
}};

// reshape ------------------------------------------------------------------------

struct ReshapeParams {
  Shape new_sizes;
  std::optional<Axes> dimensions;  // the operand's axes in the order they are read
  void fields(FieldVisitor& f) const {
    if (dimensions)
      f("dimensions", &*dimensions);
    else
      f("dimensions", Param::None());
    f("new_sizes", &new_sizes);
    f("sharding", Param::None());
  }
  bool operator==(const ReshapeParams&) const = default;
};

bool is_permutation_of_axes(std::span<const int64_t> perm, int64_t rank) {
  Axes sorted(perm.begin(), perm.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted == iota_axes(rank);
}

bool is_identity(std::span<const int64_t> perm) {
  for (size_t i = 0; i < perm.size(); ++i)
    if (perm[i] != static_cast<int64_t>(i)) return false;
  return true;
}

Avals reshape_aval(const Op& op, AvalSpan in) {
  auto& [new_sizes, dimensions] = op.get<ReshapeParams>();
  int64_t size = 1;
  for (int64_t n : new_sizes) {
    require<TypeError>(n >= 0, "reshape new_sizes must all be positive, got ", new_sizes, ".");
    size *= n;
  }
  require<TypeError>(
      !dimensions || is_permutation_of_axes(*dimensions, in[0].rank()),
      "reshape dimensions must be a permutation of operand dimensions, got dimensions ",
      dimensions.value_or(Axes()), " for shape ", in[0].shape(), ".");
  require<TypeError>(size == in[0].size(), "reshape total size must be unchanged, got new_sizes ",
                     new_sizes, " (total size ", size, ") for shape ", in[0].shape(),
                     " (total size ", in[0].size(), ").");
  return {in[0].with_shape(new_sizes)};
}

Values reshape_transpose(const Op& op, Args ct, TransposeArgs in) {
  auto& dims = op.get<ReshapeParams>().dimensions;
  if (!dims) return {reshape(ct[0], in[0].aval.shape())};
  Shape permuted;
  for (int64_t d : *dims) permuted.push_back(in[0].aval.dim(d));
  return {transpose(reshape(ct[0], permuted), inverse_permutation(*dims))};
}

BatchOut reshape_batch(const Op& op, const AxisData& axis, Args in, const MappedAxes& axes) {
  ReshapeParams p = op.get<ReshapeParams>();
  p.new_sizes.insert(p.new_sizes.begin(), axis.size);
  if (p.dimensions) {
    p.dimensions = shifted(*p.dimensions);
    p.dimensions->insert(p.dimensions->begin(), 0);
  }
  return {op.prim->with(std::move(p)).bind({move_axis(in[0], axes[0], 0)}), {0}};
}

Value reshape_permuted(const Value& x, std::span<const int64_t> shape, std::optional<Axes> dims);

const Primitive reshape_p{{
    .name = "reshape",
    .abstract_eval = reshape_aval,
    .jvp = linear,
    .transpose = reshape_transpose,
    .batch = reshape_batch,
    .lower = [](const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan) -> hlo::Results {
      auto& p = op.get<ReshapeParams>();
      return {b.reshape(p.dimensions ? b.transpose(in[0], *p.dimensions) : in[0], p.new_sizes)};
    },
    .function = {.signature = "operand, new_sizes, dimensions=None, *, out_sharding=None",
                 .doc = R"(Gives an array another shape of the same total size.

Elements are read in row-major order. To add or drop axes of size 1, prefer
`expand_dims` and `squeeze`: they say which axes remain.

Args:
  operand: an array of any dtype.
  new_sizes: the shape of the result.
  dimensions: the operand's axes in the order in which to read them, if that is
    not 0, 1, 2, ...

Returns:
  An array of shape `new_sizes`.

Raises:
  TypeError: the total sizes differ, or `dimensions` is not a permutation.)",
                 .call = [](const CallArgs& a) -> Values {
                   std::optional<Axes> dims;
                   if (!a.is_none(2)) dims = a.axes(2);
                   return {reshape_permuted(a.value(0), a.axes(1), std::move(dims))};
                 }},
}};

Value reshape_permuted(const Value& x, std::span<const int64_t> shape, std::optional<Axes> dims) {
  if (dims && is_identity(*dims)) dims.reset();
  if (!dims && x.rank() > 0 && std::ranges::equal(x.shape(), shape)) return x;
  return reshape_p.with(ReshapeParams{Shape(shape.begin(), shape.end()), std::move(dims)})
      .bind1({x});
}

// transpose ----------------------------------------------------------------------

struct TransposeParams {
  Axes permutation;
  void fields(FieldVisitor& f) const { f("permutation", &permutation); }
  bool operator==(const TransposeParams&) const = default;
};

const Primitive transpose_p{{
    .name = "transpose",
    .abstract_eval = [](const Op& op, AvalSpan in) -> Avals {
      auto& perm = op.get<TransposeParams>().permutation;
      require<TypeError>(is_permutation_of_axes(perm, in[0].rank()),
                         "transpose permutation isn't a permutation of operand dimensions, got ",
                         "permutation ", perm, " for operand shape ", in[0].shape(), ".");
      Shape out;
      for (int64_t i : perm) out.push_back(in[0].dim(i));
      return {in[0].with_shape(out)};
    },
    .jvp = linear,
    .transpose = [](const Op& op, Args ct, TransposeArgs) -> Values {
      return {transpose(ct[0], inverse_permutation(op.get<TransposeParams>().permutation))};
    },
    .batch = [](const Op& op, const AxisData&, Args in, const MappedAxes& axes) -> BatchOut {
      Axes perm{axes[0]};
      for (int64_t i : op.get<TransposeParams>().permutation) perm.push_back(i + (i >= axes[0]));
      return {{transpose(in[0], perm)}, {0}};
    },
    .lower = [](const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan) -> hlo::Results {
      return {b.transpose(in[0], op.get<TransposeParams>().permutation)};
    },
    .function = {.signature = "operand, permutation",
                 .doc = R"(Reorders the axes of an array.

Args:
  operand: an array of any dtype.
  permutation: for each axis of the result, the axis of the operand it is.

Returns:
  An array with `shape[i] == operand.shape[permutation[i]]`.

Raises:
  TypeError: `permutation` is not a permutation of the operand's axes.)",
                 .call = [](const CallArgs& a) -> Values {
                   return {transpose(a.value(0), a.axes(1))};
                 }},
}};

// squeeze ------------------------------------------------------------------------

struct SqueezeParams {
  Axes dimensions;
  void fields(FieldVisitor& f) const { f("dimensions", &dimensions); }
  bool operator==(const SqueezeParams&) const = default;
};

Avals squeeze_aval(const Op& op, AvalSpan in) {
  auto& dims = op.get<SqueezeParams>().dimensions;
  require_axes(op, dims, in[0].rank());
  for (int64_t d : dims)
    require<ValueError>(in[0].dim(d) == 1, "cannot select an axis to squeeze out which has size ",
                        "not equal to one, got shape=", in[0].shape(), " and dimensions=", dims);
  Shape out;
  for (int64_t i : other_axes(in[0].rank(), dims)) out.push_back(in[0].dim(i));
  return {in[0].with_shape(out)};
}

const Primitive squeeze_p{{
    .name = "squeeze",
    .abstract_eval = squeeze_aval,
    .jvp = linear,
    .transpose = [](const Op& op, Args ct, TransposeArgs) -> Values {
      return {expand_dims(ct[0], op.get<SqueezeParams>().dimensions)};
    },
    .batch = [](const Op& op, const AxisData&, Args in, const MappedAxes& axes) -> BatchOut {
      Axes dims = shifted(op.get<SqueezeParams>().dimensions);
      return {{squeeze(move_axis(in[0], axes[0], 0), dims)}, {0}};
    },
    .lower = [](const Op&, hlo::Builder& b, hlo::Operands in, AvalSpan out) -> hlo::Results {
      return {b.reshape(in[0], out[0].shape())};
    },
    .function = {.signature = "array, dimensions",
                 .doc = R"(Drops axes of size 1.

Args:
  array: an array of any dtype.
  dimensions: the axes to drop; negative ones count from the end.

Returns:
  The array without these axes.

Raises:
  ValueError: an axis is out of bounds, given twice, or not of size 1.)",
                 .call = [](const CallArgs& a) -> Values {
                   return {squeeze(a.value(0), a.axes(1))};
                 }},
}};

// Axes counted from the start, in ascending order.
Axes canonical_axes(std::span<const int64_t> axes, int64_t rank) {
  Axes r;
  for (int64_t a : axes) {
    require<ValueError>(a >= -rank && a < rank, "axis ", a,
                        " is out of bounds for array of dimension ", rank);
    r.push_back(a < 0 ? a + rank : a);
  }
  std::sort(r.begin(), r.end());
  return r;
}

}  // namespace

Value broadcast_in_dim(const Value& x, std::span<const int64_t> shape,
                       std::span<const int64_t> dims) {
  if (shape.empty() && dims.empty() && x.rank() == 0) return x;
  BroadcastParams p{Shape(shape.begin(), shape.end()), Axes(dims.begin(), dims.end())};
  return broadcast_in_dim_p.with(std::move(p)).bind1({x});
}

Value broadcast(const Value& x, std::span<const int64_t> sizes) {
  if (sizes.empty()) return x;
  Shape shape(sizes.begin(), sizes.end());
  shape.append(x.shape());
  return broadcast_in_dim(x, shape, iota_axes(x.rank(), static_cast<int64_t>(sizes.size())));
}

Value reshape(const Value& x, std::span<const int64_t> shape) {
  return reshape_permuted(x, shape, std::nullopt);
}

Value transpose(const Value& x, std::span<const int64_t> perm) {
  if (is_identity(perm) && static_cast<int64_t>(perm.size()) == x.rank()) return x;
  return transpose_p.with(TransposeParams{Axes(perm.begin(), perm.end())}).bind1({x});
}

Value squeeze(const Value& x, std::span<const int64_t> axes) {
  if (axes.empty()) return x;
  return squeeze_p.with(SqueezeParams{canonical_axes(axes, x.rank())}).bind1({x});
}

Value expand_dims(const Value& x, std::span<const int64_t> axes) {
  if (axes.empty()) return x;
  int64_t rank = x.rank() + static_cast<int64_t>(axes.size());
  Axes added = canonical_axes(axes, rank), kept = other_axes(rank, added);
  require<ValueError>(static_cast<int64_t>(kept.size()) == x.rank(),
                      "repeated axis in lax.expand_dims: ", Axes(axes.begin(), axes.end()));
  Shape shape = x.shape();
  for (int64_t a : added) shape.insert(shape.begin() + a, 1);
  return broadcast_in_dim(x, shape, kept);
}

}  // namespace covector

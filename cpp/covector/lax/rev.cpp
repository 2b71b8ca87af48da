// Operations that repeat or reorder: rev, tile, and iota, which counts.

#include "covector/lax/rules.h"

namespace covector {

using namespace rules;

namespace {

// rev ----------------------------------------------------------------------------

struct RevParams {
  Axes dimensions;
  void fields(FieldVisitor& f) const { f("dimensions", &dimensions); }
  bool operator==(const RevParams&) const = default;
};

Avals rev_aval(const Op& op, AvalSpan in) {
  auto& dims = op.get<RevParams>().dimensions;
  for (size_t i = 0; i < dims.size(); ++i) {
    require<TypeError>(dims[i] >= 0, "rev dimensions must have every element be nonnegative, got ",
                       dims, ".");
    require<TypeError>(!contains(std::span(dims).first(i), dims[i]),
                       "rev dimensions must be unique, got ", dims, ".");
    require<TypeError>(dims[i] < in[0].rank(),
                       "rev dimensions must all be less than operand ndim, ", "got dimensions ",
                       dims, " for operand ndim ", in[0].rank(), ".");
  }
  return {in[0]};
}

const Primitive rev_p{{
    .name = "rev",
    .abstract_eval = rev_aval,
    .jvp = linear,
    .transpose = [](const Op& op, Args ct, TransposeArgs) -> Values { return op.bind(ct); },
    .batch = [](const Op& op, const AxisData&, Args in, const MappedAxes& axes) -> BatchOut {
      RevParams p;
      for (int64_t d : op.get<RevParams>().dimensions) p.dimensions.push_back(d + (d >= axes[0]));
      return {op.prim->with(std::move(p)).bind(in), {axes[0]}};
    },
    .lower = [](const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) -> hlo::Results {
      return {b.op("reverse", in, out[0],
                   hlo::array_attr("dimensions", op.get<RevParams>().dimensions))};
    },
    .function = {.signature = "operand, dimensions",
                 .doc = R"(Reverses the order of elements along axes.

Args:
  operand: an array of any dtype.
  dimensions: the axes to reverse, counted from the start.

Returns:
  An array of the operand's type.

Raises:
  TypeError: an axis is out of bounds or given twice.)",
                 .call = [](const CallArgs& a) -> Values { return {rev(a.value(0), a.axes(1))}; }},
}};

// tile ---------------------------------------------------------------------------

struct TileParams {
  Axes reps;
  void fields(FieldVisitor& f) const { f("reps", &reps); }
  bool operator==(const TileParams&) const = default;
};

// The result with each axis split in two: (repetition, position).
Shape split_axes(const Axes& reps, const Shape& shape) {
  Shape r;
  for (size_t i = 0; i < reps.size(); ++i) r.push_back(reps[i]), r.push_back(shape[i]);
  return r;
}

// 0, 2, 4, ... or 1, 3, 5, ...
Axes every_other(size_t n, int64_t first) {
  Axes r;
  for (size_t i = 0; i < n; ++i) r.push_back(first + 2 * static_cast<int64_t>(i));
  return r;
}

const Primitive tile_p{{
    .name = "tile",
    .abstract_eval = [](const Op& op, AvalSpan in) -> Avals {
      auto& reps = op.get<TileParams>().reps;
      require<TypeError>(static_cast<int64_t>(reps.size()) == in[0].rank(),
                         "tile: reps length must be equal to the ndim of x, got len(reps)=",
                         reps.size(), " and x.ndim=", in[0].rank(), ".");
      Shape out = in[0].shape();
      for (size_t i = 0; i < reps.size(); ++i) {
        require<TypeError>(reps[i] >= 0, "tile: reps must be nonnegative, got ", reps);
        out[i] *= reps[i];
      }
      return {in[0].with_shape(out)};
    },
    .jvp = linear,
    .transpose = [](const Op& op, Args ct, TransposeArgs in) -> Values {
      auto& reps = op.get<TileParams>().reps;
      Value split = reshape(ct[0], split_axes(reps, in[0].aval.shape()));
      return {reduce_sum(split, every_other(reps.size(), 0))};
    },
    .batch = [](const Op& op, const AxisData&, Args in, const MappedAxes& axes) -> BatchOut {
      TileParams p = op.get<TileParams>();
      p.reps.insert(p.reps.begin() + axes[0], 1);
      return {op.prim->with(std::move(p)).bind(in), {axes[0]}};
    },
    .lower = [](const Op& op, hlo::Builder& b, hlo::Operands in, AvalSpan out) -> hlo::Results {
      auto& reps = op.get<TileParams>().reps;
      hlo::Operand split = b.broadcast_in_dim(in[0], split_axes(reps, in[0].aval.shape()),
                                              every_other(reps.size(), 1));
      return {b.reshape(split, out[0].shape())};
    },
    .function = {.signature = "operand, reps",
                 .doc = R"(Repeats an array along its axes.

Args:
  operand: an array of any dtype.
  reps: how often to repeat along each axis; as long as the operand has axes.

Returns:
  An array with `shape[i] == operand.shape[i] * reps[i]`.

Raises:
  TypeError: `reps` has the wrong length or a negative entry.)",
                 .call = [](const CallArgs& a) -> Values { return {tile(a.value(0), a.axes(1))}; }},
}};

// iota ---------------------------------------------------------------------------

struct IotaParams {
  DType dtype;
  Shape shape;
  int64_t dimension = 0;
  void fields(FieldVisitor& f) const {
    f("dimension", dimension);
    f("dtype", dtype);
    f("shape", &shape);
    f("sharding", Param::None());
  }
  bool operator==(const IotaParams&) const = default;
};

Avals iota_aval(const Op& op, AvalSpan) {
  auto& [dtype, shape, dimension] = op.get<IotaParams>();
  require<TypeError>(is_number(dtype), "iota does not accept dtype ", dtype->name,
                     ". Accepted dtypes are subtypes of integer, floating, complexfloating.");
  for (int64_t n : shape)
    require<TypeError>(n >= 0, "iota shape must have every element be nonnegative, got ", shape,
                       ".");
  require<ValueError>(dimension >= 0 && dimension < static_cast<int64_t>(shape.size()),
                      "iota dimension must be between 0 and len(shape), got dimension=", dimension,
                      " for shape=", shape);
  return {Aval(dtype, shape)};
}

const Primitive iota_p{{
    .name = "iota",
    .abstract_eval = iota_aval,
    .jvp = zero_jvp,
    .batch = [](const Op& op, const AxisData&, Args, const MappedAxes&) -> BatchOut {
      return {op.bind({}), {kUnmapped}};
    },
    .lower = [](const Op& op, hlo::Builder& b, hlo::Operands, AvalSpan out) -> hlo::Results {
      return {b.op("iota", {}, out[0],
                   hlo::int_attr("iota_dimension", op.get<IotaParams>().dimension))};
    },
    .function = {.signature = "dtype, shape, dimension, *, out_sharding=None",
                 .doc = R"(Counts 0, 1, 2, ... along one axis of an array.

Args:
  dtype: an integer, floating or complex dtype.
  shape: the shape of the result.
  dimension: the axis along which to count; all others repeat.

Returns:
  An array of this dtype and shape.

Raises:
  TypeError: the dtype is not numeric.
  ValueError: `dimension` is not an axis of the result.)",
                 .call = [](const CallArgs& a) -> Values {
                   return {iota(canonical(a.dtype(0)), a.axes(1), a.integer(2))};
                 },
                 .name = "broadcasted_iota"},
}};

}  // namespace

Value rev(const Value& x, std::span<const int64_t> axes) {
  return rev_p.with(RevParams{Axes(axes.begin(), axes.end())}).bind1({x});
}

Value tile(const Value& x, std::span<const int64_t> reps) {
  return tile_p.with(TileParams{Axes(reps.begin(), reps.end())}).bind1({x});
}

Value iota(DType dtype, std::span<const int64_t> shape, int64_t axis) {
  return iota_p.with(IotaParams{dtype, Shape(shape.begin(), shape.end()), axis}).bind1({});
}

}  // namespace covector

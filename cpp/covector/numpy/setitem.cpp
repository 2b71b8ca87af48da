#include "covector/base/notice.h"
#include "covector/core/config.h"
#include "covector/lax/index_dims.h"
#include "covector/numpy/index.h"

namespace covector::numpy {
namespace {

// A value of a wider type is cut to the array's, which JAX means to forbid.
void check_fits(const Value& x, const Value& y) {
  if (x.dtype() == y.dtype()) return;
  LatticeType strong{x.dtype()}, other{y.dtype(), y.aval().weak_type()};
  if (flag(Option::kDtypePromotion)) return;  // promotion says it
  if (promote_types(strong, other).dtype == x.dtype()) return;
  warn(Warning::kFuture,
       str("scatter inputs have incompatible types: cannot safely cast value from dtype=",
           y.dtype()->name, " to dtype=", x.dtype()->name,
           " with jax_numpy_dtype_promotion=standard. In future JAX releases this will result ",
           "in an error."));
}

}  // namespace

Value setitem(ScatterKind kind, const Value& x, const ParsedIndex& index, const Value& y,
              const IndexingOptions& o) {
  GatherPlan plan = plan_gather(x.shape(), index, o.wrap_negative);
  if (std::any_of(plan.result.begin(), plan.result.end(), [](int64_t n) { return n == 0; }))
    return x;
  Value operands[] = {x, y};
  Values v = promote_dtypes(operands);
  Value updates = squeeze(broadcast_to(v[1], plan.result), plan.new_axes);
  if (!plan.reversed.empty()) updates = rev(updates, plan.reversed);
  covector::IndexOptions options{o.mode.value_or(IndexMode::kFillOrDrop),
                                 o.indices_are_sorted || plan.no_repeats,
                                 o.unique_indices || plan.no_repeats,
                                 {}};
  Value out = scatter(kind, expand_dims(v[0], plan.scalar_bools), plan.indices, updates,
                      rules::scatter_dims(plan.dims), options);
  // Wider updates widen the operand only for as long as this takes.
  return convert_element_type(squeeze(out, plan.scalar_bools), x.dtype(), x.aval().weak_type());
}

Value setitem(ScatterKind kind, const Value& x, std::span<const Index> index, const Value& y,
              const IndexingOptions& o) {
  ParsedIndex parsed = parse_index(x.shape(), index, o);
  if (!is_extended(x.dtype())) check_fits(x, y);
  bool at_once = is_eager() && !is_extended(x.dtype());
  return at_once ? setitem_at_once(kind, x, parsed, y, o) : setitem(kind, x, parsed, y, o);
}

Value take(const Value& x, const Value& indices, int64_t axis, const IndexingOptions& o) {
  int64_t rank = x.rank();
  require<ValueError>(axis >= -rank && axis < rank, "axis ", axis,
                      " is out of bounds for array of dimension ", rank);
  if (axis < 0) axis += rank;
  require<IndexError>(x.aval().dim(axis) > 0 || indices.aval().size() == 0,
                      "Cannot do a non-empty jnp.take() from an empty axis.");
  SmallVector<Index, 4> index(static_cast<size_t>(axis), Index(Slice{}));
  index.push_back(indices);
  IndexingOptions fill = o;
  if (!fill.mode) fill.mode = IndexMode::kFillOrDrop;
  return getitem(x, index, fill);
}

}  // namespace covector::numpy

#include "covector/lax/index_dims.h"

namespace covector::rules {

GatherDims gather_dims(const ScatterDims& d) {
  return {d.update_window_dims, d.inserted_window_dims, d.scatter_dims_to_operand_dims,
          d.operand_batching_dims, d.scatter_indices_batching_dims};
}

ScatterDims scatter_dims(const GatherDims& d) {
  return {d.offset_dims, d.collapsed_slice_dims, d.start_index_map, d.operand_batching_dims,
          d.start_indices_batching_dims};
}

Shape window_sizes(const ScatterDims& d, int64_t operand_rank, const Shape& updates) {
  Shape sizes;
  size_t window = 0;
  for (int64_t i = 0; i < operand_rank; ++i) {
    bool dropped = contains(d.inserted_window_dims, i) || contains(d.operand_batching_dims, i);
    sizes.push_back(dropped ? 1 : updates[static_cast<size_t>(d.update_window_dims[window++])]);
  }
  return sizes;
}

namespace {

Axes with_zero(Axes axes) {
  axes.insert(axes.begin(), 0);
  return axes;
}

}  // namespace

GatherDims with_mapped_operand(const GatherDims& d) {
  return {with_zero(shifted(d.offset_dims)), shifted(d.collapsed_slice_dims),
          shifted(d.start_index_map), shifted(d.operand_batching_dims),
          d.start_indices_batching_dims};
}

GatherDims with_mapped_indices(const GatherDims& d) {
  return {shifted(d.offset_dims), d.collapsed_slice_dims, d.start_index_map,
          d.operand_batching_dims, shifted(d.start_indices_batching_dims)};
}

GatherDims with_mapped_both(const GatherDims& d) {
  return {shifted(d.offset_dims), shifted(d.collapsed_slice_dims), shifted(d.start_index_map),
          with_zero(shifted(d.operand_batching_dims)),
          with_zero(shifted(d.start_indices_batching_dims))};
}

Param param_of(const GatherDims& d) {
  return Param::Record{"GatherDimensionNumbers",
                       {{"offset_dims", d.offset_dims},
                        {"collapsed_slice_dims", d.collapsed_slice_dims},
                        {"start_index_map", d.start_index_map},
                        {"operand_batching_dims", d.operand_batching_dims},
                        {"start_indices_batching_dims", d.start_indices_batching_dims}}};
}

Param param_of(const ScatterDims& d) {
  return Param::Record{"ScatterDimensionNumbers",
                       {{"update_window_dims", d.update_window_dims},
                        {"inserted_window_dims", d.inserted_window_dims},
                        {"scatter_dims_to_operand_dims", d.scatter_dims_to_operand_dims},
                        {"operand_batching_dims", d.operand_batching_dims},
                        {"scatter_indices_batching_dims", d.scatter_indices_batching_dims}}};
}

namespace {

struct ModeName {
  IndexMode mode;
  std::string_view member;
};
constexpr ModeName kModeNames[] = {{IndexMode::kClip, "CLIP"},
                                   {IndexMode::kFillOrDrop, "FILL_OR_DROP"},
                                   {IndexMode::kPromiseInBounds, "PROMISE_IN_BOUNDS"},
                                   {IndexMode::kOneHot, "ONE_HOT"}};

// Dimension numbers come as records, or as plain sequences of the fields.
Axes dims_field(const Param& p, std::string_view field, size_t position) {
  if (std::holds_alternative<Param::Record>(p.v))
    return ints_of(field_of(p, field, "dimension_numbers"), field);
  std::vector<Param> items = items_of(p, "dimension_numbers");
  return position < items.size() ? ints_of(items[position], field) : Axes();
}

}  // namespace

Param param_of(IndexMode m) {
  for (const ModeName& n : kModeNames)
    if (n.mode == m) return Param::Enum{"GatherScatterMode", n.member};
  fail<InternalError>("unknown index mode");
}

GatherDims read_gather_dims(const Param& p) {
  return {dims_field(p, "offset_dims", 0), dims_field(p, "collapsed_slice_dims", 1),
          dims_field(p, "start_index_map", 2), dims_field(p, "operand_batching_dims", 3),
          dims_field(p, "start_indices_batching_dims", 4)};
}

ScatterDims read_scatter_dims(const Param& p) {
  return {dims_field(p, "update_window_dims", 0), dims_field(p, "inserted_window_dims", 1),
          dims_field(p, "scatter_dims_to_operand_dims", 2),
          dims_field(p, "operand_batching_dims", 3),
          dims_field(p, "scatter_indices_batching_dims", 4)};
}

IndexMode read_index_mode(const Param& p, IndexMode otherwise) {
  std::string name = name_of(p, "mode");
  if (name.empty()) return otherwise;
  for (const ModeName& n : kModeNames)
    if (n.member == name) return n.mode;
  if (name == "clip") return IndexMode::kClip;
  if (name == "fill" || name == "drop") return IndexMode::kFillOrDrop;
  if (name == "promise_in_bounds") return IndexMode::kPromiseInBounds;
  if (name == "one_hot") return IndexMode::kOneHot;
  fail<ValueError>("Unknown gather mode \"", name, "\"");
}

std::string dims_attr(std::initializer_list<std::pair<std::string_view, const Axes*>> fields,
                      int64_t index_vector_dim) {
  std::string s;
  for (auto& [name, axes] : fields)
    if (!axes->empty()) s += str(name, " = ", hlo::list(*axes), ", ");
  return str(s, "index_vector_dim = ", index_vector_dim);
}

Value index_vector(std::span<const int64_t> xs, DType d) {
  int64_t bits = d->bits - is_signed_int(d);
  int64_t greatest = bits >= 63 ? INT64_MAX : (int64_t{1} << bits) - 1;
  std::vector<std::byte> bytes;
  for (int64_t x : xs) {
    Value v = scalar_of(d, std::min(x, greatest));
    const std::byte* p = v.array()->scalar()->bytes;
    bytes.insert(bytes.end(), p, p + d->itemsize);
  }
  int64_t n = static_cast<int64_t>(xs.size());
  // Equal entries are a splat, which programs hold in line.
  if (n > 0 && std::ranges::all_of(xs, [&](int64_t x) { return x == xs[0]; }))
    return broadcast(scalar_of(d, std::min(xs[0], greatest)), std::span(&n, 1));
  return host_array(Aval(d, {n}), bytes.data());
}

Value widened_indices(const Value& indices, const Shape& shape) {
  DType d = indices.dtype();
  bool wide = d->bits > 32 || std::ranges::any_of(shape, [](int64_t n) { return n > INT32_MAX; });
  return convert_element_type(indices, wide ? kInt64 : kInt32);
}

void require_sorted(const Op& op, std::string_view field, const Axes& dims) {
  require<TypeError>(std::ranges::is_sorted(dims), field, " in ", op.name(),
                     " op must be sorted; got ", dims);
}

void require_distinct(const Op& op, std::string_view field, const Axes& dims) {
  for (size_t i = 1; i < dims.size(); ++i)
    require<TypeError>(!contains(std::span(dims).first(i), dims[i]), field, " in ", op.name(),
                       " op must not repeat; got: ", dims, ".");
}

void require_in_range(const Op& op, std::string_view field, const Axes& dims, int64_t rank) {
  for (int64_t d : dims)
    require<TypeError>(d >= 0 && d < rank, "Invalid ", field, " set in ", op.name(),
                       " op; valid range is [0, ", rank, "); got: ", d, ".");
}

void require_disjoint(const Op& op, std::string_view f1, const Axes& d1, std::string_view f2,
                      const Axes& d2) {
  for (int64_t d : d1)
    require<TypeError>(!contains(d2, d), f1, " and ", f2, " in ", op.name(),
                       " op must be disjoint; got: ", d1, " and ", d2, ".");
}

void require_batching(const Op& op, const Aval& operand, const Aval& indices,
                      const BatchingDims& d) {
  require_distinct(op, d.operand_field, d.operand);
  require_sorted(op, d.operand_field, d.operand);
  require_in_range(op, d.operand_field, d.operand, operand.rank());
  require_distinct(op, d.indices_field, d.indices);
  require_in_range(op, d.indices_field, d.indices, indices.rank() - 1);
  std::string_view family = op.name() == "gather" ? "Gather" : "Scatter";
  require<TypeError>(d.operand.size() == d.indices.size(), family, " op requires equal numbers of ",
                     d.operand_field, " and ", d.indices_field, ", got ", d.operand, " and ",
                     d.indices, ".");
  for (size_t i = 0; i < d.operand.size(); ++i)
    require<TypeError>(operand.dim(d.operand[i]) == indices.dim(d.indices[i]), family,
                       " op requires operand batching dimensions and indices batching dimensions ",
                       "to have the same shape, got ", operand, " and ", indices, " with ",
                       d.operand, " and ", d.indices, ".");
}

void require_index_map(const Op& op, std::string_view field, const Axes& map, const Aval& operand,
                       const Aval& indices) {
  require<TypeError>(indices.rank() > 0, op.name(), ": indices must have an axis of index vectors ",
                     "at the end, got ", indices);
  int64_t n = indices.dim(indices.rank() - 1);
  require<TypeError>(static_cast<int64_t>(map.size()) == n, op.name(), " op has ", map.size(),
                     " elements in ", field, " but the last axis of indices has size ", n,
                     ". These two numbers must be equal.");
  require_in_range(op, field, map, operand.rank());
  require_distinct(op, field, map);
}

void require_integer_indices(const Aval& indices) {
  require<ValueError>(is_integer(indices.dtype()), "indices must have an integer type, got ",
                      indices);
}

}  // namespace covector::rules

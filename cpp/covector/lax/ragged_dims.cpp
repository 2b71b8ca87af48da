#include "covector/lax/ragged_dims.h"

namespace covector::rules {

namespace {

Axes up_to(const Axes& axes, int64_t end) {
  Axes r;
  for (int64_t a : axes) {
    if (a == end) break;
    r.push_back(a);
  }
  return r;
}

Axes prefix(RaggedMode mode, const Axes& batch, const Axes& contract, const Axes& free,
            int64_t ragged) {
  if (mode == RaggedMode::kBatch) return up_to(batch, ragged);
  Axes r = batch;
  r.append(up_to(mode == RaggedMode::kFree ? free : contract, ragged));
  return r;
}

}  // namespace

Axes lhs_free_axes(const RaggedDims& d, int64_t rank) {
  Axes used = d.dot.lhs_contract;
  used.append(d.dot.lhs_batch);
  return other_axes(rank, used);
}

RaggedMode mode_of(const RaggedDims& d) {
  if (contains(d.dot.lhs_contract, d.lhs_ragged[0])) return RaggedMode::kContracted;
  return contains(d.dot.lhs_batch, d.lhs_ragged[0]) ? RaggedMode::kBatch : RaggedMode::kFree;
}

Axes lhs_prefix(const RaggedDims& d, int64_t rank) {
  return prefix(mode_of(d), d.dot.lhs_batch, d.dot.lhs_contract, lhs_free_axes(d, rank),
                d.lhs_ragged[0]);
}

Axes rhs_prefix(const RaggedDims& d, int64_t ragged) {
  return prefix(RaggedMode::kContracted, d.dot.rhs_batch, d.dot.rhs_contract, {}, ragged);
}

Axes rhs_free_axes(const RaggedDims& d, int64_t rank) {
  Axes used = d.dot.rhs_contract;
  used.append(d.dot.rhs_batch);
  used.append(d.rhs_group);
  return other_axes(rank, used);
}

namespace {

void check_axis(const char* what, const char* side, int64_t axis, const Aval& x) {
  require<TypeError>(axis >= 0 && axis < x.rank(), "ragged_dot_general requires ", what,
                     " numbers to be nonnegative and less than the number of axes of the ", side,
                     " value, got ", axis, " for ", side, " of rank ", x.rank(), ".");
}

void check_group_sizes(const RaggedDims& d, const Aval& lhs, const Aval& sizes) {
  require<TypeError>(is_integer(sizes.dtype()), "ragged_dot_general requires that ",
                     "group_sizes.dtype is subtype of np.integer, got ", sizes.dtype()->name, ".");
  require<TypeError>(sizes.rank() > 0, "expected rank of group_sizes to be >=1.");
  if (sizes.rank() == 1) return;
  Shape expected;
  for (int64_t a : lhs_prefix(d, lhs.rank())) expected.push_back(lhs.dim(a));
  expected.push_back(sizes.shape().back());
  require<TypeError>(sizes.shape() == expected, "expected group_sizes to have shape ", expected,
                     ", got ", sizes.shape(), ".");
}

void check_group_axes(const RaggedDims& d, const Aval& rhs, int64_t num_groups) {
  size_t expected = mode_of(d) == RaggedMode::kFree;
  require<TypeError>(d.rhs_group.size() == expected, "ragged_dot_general requires ",
                     expected ? "exactly one rhs group dimension when lhs ragged dimension is "
                                "noncontracting."
                              : "zero group dimensions in the rhs when lhs ragged dimension is "
                                "contracting or batch.");
  if (!expected) return;
  int64_t axis = d.rhs_group[0];
  check_axis("rhs group dimension", "rhs", axis, rhs);
  require<TypeError>(!contains(d.dot.rhs_batch, axis) && !contains(d.dot.rhs_contract, axis),
                     "ragged_dot_general requires rhs group dimension numbers to be distinct from ",
                     "contracting and batch dimensions.");
  require<TypeError>(rhs.dim(axis) == num_groups, "expected rhs group dimension size to be ",
                     num_groups, ", got ", rhs.dim(axis), ".");
}

}  // namespace

void require_ragged(const RaggedDims& d, const Aval& lhs, const Aval& rhs, const Aval& sizes) {
  require<TypeError>(d.lhs_ragged.size() == 1,
                     "ragged_dot_general expects exactly one lhs ragged dimension.");
  check_axis("lhs ragged dimension", "lhs", d.lhs_ragged[0], lhs);
  for (int64_t a : d.dot.lhs_batch) check_axis("lhs batch dimension", "lhs", a, lhs);
  for (int64_t a : d.dot.lhs_contract) check_axis("lhs contracting dimension", "lhs", a, lhs);
  check_group_sizes(d, lhs, sizes);
  check_group_axes(d, rhs, sizes.shape().back());
}

Param param_of(const RaggedDims& d) {
  auto tuple = [](std::vector<Param> items) { return Param(Param::Tuple{std::move(items)}); };
  Param contract = tuple({d.dot.lhs_contract, d.dot.rhs_contract});
  Param batch = tuple({d.dot.lhs_batch, d.dot.rhs_batch});
  return Param::Record{"RaggedDotDimensionNumbers",
                       {{"dot_dimension_numbers", tuple({contract, batch})},
                        {"lhs_ragged_dimensions", d.lhs_ragged},
                        {"rhs_group_dimensions", d.rhs_group}}};
}

RaggedDims read_ragged_dims(const Param& p) {
  constexpr std::string_view kWhat = "ragged_dot_dimension_numbers";
  auto dot = items_of(field_of(p, "dot_dimension_numbers", kWhat), kWhat);
  require<TypeError>(dot.size() == 2, "ragged_dot_general: dot_dimension_numbers must be ",
                     "((lhs_contract, rhs_contract), (lhs_batch, rhs_batch))");
  auto contract = items_of(dot[0], kWhat), batch = items_of(dot[1], kWhat);
  contract.resize(2, Axes()), batch.resize(2, Axes());
  return {{ints_of(contract[0], kWhat), ints_of(contract[1], kWhat), ints_of(batch[0], kWhat),
           ints_of(batch[1], kWhat)},
          ints_of(field_of(p, "lhs_ragged_dimensions", kWhat), kWhat),
          ints_of(field_of(p, "rhs_group_dimensions", kWhat), kWhat)};
}

}  // namespace covector::rules

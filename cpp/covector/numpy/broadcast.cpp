#include "covector/base/notice.h"
#include "covector/core/config.h"
#include "covector/lax/rules.h"
#include "covector/numpy/elementwise.h"

namespace covector::numpy {
namespace {

[[noreturn]] void incompatible(std::span<const Shape> shapes) {
  std::string s;
  for (const Shape& x : shapes) s += str(s.empty() ? "" : ", ", x);
  fail<ValueError>("Incompatible shapes for broadcasting: shapes=[", s, "]");
}

// With leading ones up to `rank`.
Value with_rank(const Value& x, int64_t rank) {
  if (x.rank() == rank) return x;
  return expand_dims(x, rules::iota_axes(rank - x.rank()));
}

void check_rank_promotion(Args args, std::string_view function) {
  auto mode = static_cast<RankPromotion>(option(Option::kRankPromotion));
  if (mode == RankPromotion::kAllow) return;
  std::string shapes;
  for (const Value& a : args) shapes += str(shapes.empty() ? "" : " ", a.shape());
  if (mode == RankPromotion::kWarn)
    return warn(Warning::kUser,
                str("Following NumPy automatic rank promotion for ", function, " on shapes ",
                    shapes, ". Set the jax_numpy_rank_promotion config option to 'allow' to ",
                    "disable this warning."));
  fail<ValueError>("Operands could not be broadcast together for ", function, " on shapes ", shapes,
                   " and with the config option jax_numpy_rank_promotion='raise'. For ",
                   "more information, see the documentation of numpy_rank_promotion.");
}

}  // namespace

Shape broadcast_shapes(std::span<const Shape> shapes) {
  size_t rank = 0;
  for (const Shape& s : shapes) rank = std::max(rank, s.size());
  Shape out(rank, 1);
  for (const Shape& s : shapes) {
    size_t offset = rank - s.size();
    for (size_t i = 0; i < s.size(); ++i) {
      int64_t& d = out[offset + i];
      if (s[i] == 1 || s[i] == d) continue;
      if (d != 1) incompatible(shapes);
      d = s[i];
    }
  }
  return out;
}

Value broadcast_to(const Value& x, std::span<const int64_t> shape) {
  if (std::equal(shape.begin(), shape.end(), x.shape().begin(), x.shape().end())) return x;
  Shape target(shape.begin(), shape.end());
  Shape both[] = {x.shape(), target};
  require<ValueError>(
      x.rank() <= static_cast<int64_t>(shape.size()) && broadcast_shapes(both) == target,
      "Incompatible shapes for broadcasting: ", x.shape(), " and requested shape ", target);
  int64_t offset = static_cast<int64_t>(shape.size()) - x.rank();
  return broadcast_in_dim(x, shape, rules::iota_axes(x.rank(), offset));
}

Values broadcast_arrays(Args args) {
  std::vector<Shape> shapes;
  for (const Value& a : args) shapes.push_back(a.shape());
  Shape out = broadcast_shapes(shapes);
  Values r;
  for (const Value& a : args) r.push_back(broadcast_to(a, out));
  return r;
}

Values equal_ranks(Args args) {
  int64_t rank = 0;
  for (const Value& a : args) rank = std::max(rank, a.rank());
  Values r;
  for (const Value& a : args) r.push_back(a.rank() == 0 ? a : with_rank(a, rank));
  return r;
}

Values promote_shapes(Args args, std::string_view function) {
  int64_t rank = 0;
  bool equal = true;
  for (const Value& a : args) rank = std::max(rank, a.rank());
  for (const Value& a : args) equal &= a.rank() == 0 || a.rank() == rank;
  if (equal) return Values(args.begin(), args.end());
  check_rank_promotion(args, function);
  std::vector<Shape> shapes;
  for (const Value& a : args) shapes.push_back(a.shape());
  broadcast_shapes(shapes);  // or it raises
  return equal_ranks(args);
}

}  // namespace covector::numpy

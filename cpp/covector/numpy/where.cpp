#include "covector/core/stage.h"
#include "covector/lax/rules.h"
#include "covector/numpy/elementwise.h"

namespace covector::numpy {
namespace {

Value as_mask(const Value& x) {
  return is_bool(x.dtype()) ? x : ne(x, scalar_of(x.dtype(), int64_t{0}));
}

Value where_promoted(const Value& pred, const Value& x, const Value& y) {
  Value in[] = {x, y};
  Values v = promote_dtypes(in);
  return choose(as_mask(pred), v[0], v[1]);
}

Values run_where(const Op&, Args in) { return {where_promoted(in[0], in[1], in[2])}; }

// The whole function as one operation, if nothing is being traced.
const Primitive where_p{{
    .name = "where",
    .abstract_eval = [](const Op& op, AvalSpan in) -> Avals {
      return stage([&](Args a) { return run_where(op, a); }, in).out_avals();
    },
    .lower = rules::lower_via(run_where),
}};

}  // namespace

Value where(const Value& pred, const Value& x, const Value& y) {
  bool simple = is_bool(pred.dtype()) && x.aval() == y.aval() &&
                (pred.rank() == 0 || pred.shape() == x.shape());
  if (simple) return select(pred, x, y);
  if (!is_eager() || is_extended(x.dtype())) return where_promoted(pred, x, y);
  return where_p.op().bind1({pred, x, y});
}

}  // namespace covector::numpy

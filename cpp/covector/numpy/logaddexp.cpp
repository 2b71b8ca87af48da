// log(exp(x) + exp(y)) and its base 2 sibling, which never overflow, with the
// derivative of the plain formula: by x, exp(x - result).

#include <limits>
#include <numbers>

#include "covector/numpy/functions.h"

namespace covector::numpy {
namespace {

struct Base {
  std::string_view name;
  Unary exp;
  double log_scale;  // 1 / log(base)
};
constexpr Base kNatural{"logaddexp", exp, 1};
constexpr Base kBinary{"logaddexp2", exp2, std::numbers::log2e};

// log(1 + base^d)
Value log1p_of(const Base& b, const Value& d) {
  Value y = log1p(b.exp(d));
  return b.log_scale == 1 ? y : mul(constant_like(y, b.log_scale), y);
}

// Angles differ from each other by turns: the one in [-half turn, half turn].
Value wrapped_angle(const Value& x, double half_turn) {
  Value half = constant_like(x, half_turn), turn = constant_like(x, 2 * half_turn);
  Value r = rem(covector::add(x, half), turn);
  Value positive = choose(lt(r, zero_like(r)), covector::add(r, turn), r);
  return sub(positive, half);
}

Value value(const Base& b, const Value& x, const Value& y) {
  Value most = max(x, y);
  if (is_complex(x)) {
    Value distance = sub(covector::add(x, y), mul(most, constant_like(most, 2)));
    Value out = covector::add(most, log1p_of(b, distance));
    return complex(covector::real(out),
                   wrapped_angle(covector::imag(out), std::numbers::pi * b.log_scale));
  }
  // NaN for NaNs and for infinities of one sign: these are their own sum.
  Value distance = sub(x, y);
  return choose(ne(distance, distance), covector::add(x, y),
                covector::add(most, log1p_of(b, neg(covector::abs(distance)))));
}

Value without_infinity(const Value& x) {
  Value re = is_complex(x) ? covector::real(x) : x;
  Value infinite = eq(re, constant_like(re, std::numeric_limits<double>::infinity()));
  return choose(infinite, zero_like(x), x);
}

// Operands of one type and of ranks that broadcast.
Value log_of_sum(const Base& b, const Value& x, const Value& y) {
  Value operands[] = {x, y};
  auto f = make_ref<CustomJvp>();
  f->name = std::string(b.name);
  f->fun = [&b](Args in) -> Values { return {value(b, in[0], in[1])}; };
  f->jvp = [&b](Args in, Args t) -> JvpOut {
    Value r = log_of_sum(b, in[0], in[1]), limit = without_infinity(r);
    auto term = [&](size_t i) { return mul(t[i], b.exp(sub(without_infinity(in[i]), limit))); };
    return {{r}, {covector::add(term(0), term(1))}};
  };
  return current_trace().process_custom_jvp(f, operands)[0];
}

Value natural(const Value& x, const Value& y) { return log_of_sum(kNatural, x, y); }
Value binary(const Value& x, const Value& y) { return log_of_sum(kBinary, x, y); }
constexpr BinaryRule kLogaddexp{"logaddexp", natural, Promotion::kInexact, true};
constexpr BinaryRule kLogaddexp2{"logaddexp2", binary, Promotion::kInexact, true};

}  // namespace

Value logaddexp(const Value& x, const Value& y) { return apply(kLogaddexp, x, y); }
Value logaddexp2(const Value& x, const Value& y) { return apply(kLogaddexp2, x, y); }

}  // namespace covector::numpy

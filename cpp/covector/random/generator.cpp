#include "covector/random/generator.h"

#include <algorithm>
#include <deque>
#include <mutex>

#include "covector/lax/rng.h"
#include "covector/lax/rules.h"
#include "covector/random/random.h"

namespace covector::random {

namespace {

// A key of four words as two keys of Threefry.
Value as_halves(const Value& keys) {
  Shape shape(keys.shape().begin(), keys.shape().end() - 1);
  shape.push_back(2), shape.push_back(2);
  return reshape(keys, shape);
}

Value joined_halves(const Value& halves) {
  Shape shape(halves.shape().begin(), halves.shape().end() - 2);
  shape.push_back(4);
  return reshape(halves, shape);
}

Value rbg_seed(const Value& seeds) {
  Value half = threefry::seed(seeds), both[] = {half, half};
  return concatenate(both, half.rank() - 1);
}

Value rbg_split(const Value& keys, std::span<const int64_t> shape) {
  Value parts = threefry::split(as_halves(keys), shape);  // the axis of halves leads the shape
  auto from = static_cast<int>(keys.rank() - 1), to = static_cast<int>(parts.rank() - 2);
  return joined_halves(move_axis(parts, from, to));
}

// With leading axes of size 1 up to this rank.
Value with_rank(const Value& x, int64_t rank) {
  return expand_dims(x, rules::iota_axes(std::max<int64_t>(rank - x.rank(), 0)));
}

Value rbg_fold_in(const Value& keys, const Value& data) {
  int64_t last = data.rank();
  if (last == 0) return joined_halves(threefry::fold_in(as_halves(keys), data));
  Value each = expand_dims(data, std::span(&last, 1));
  return joined_halves(threefry::fold_in(as_halves(with_rank(keys, last + 1)), each));
}

// Several keys draw all their bits by the first, as a batch does.
Value rbg_bits(const Value& keys, int64_t width, std::span<const int64_t> shape) {
  DType d = dtype_by_name(str("uint", width));
  require<TypeError>(d && width >= 8, "requires 8-, 16-, 32- or 64-bit field width.");
  Shape all(keys.shape().begin(), keys.shape().end() - 1), flat{keys.aval().size() / 4, 4};
  bool empty = flat[0] == 0;
  all.append(Shape(shape.begin(), shape.end()));
  if (empty) return zeros(Aval(d, all));
  Shape start{0, 0}, limit{1, 4}, one{4};
  Value first = reshape(slice(reshape(keys, flat), start, limit), one);
  return rng_bit_generator(first, d, all)[1];
}

Value urbg_split(const Value& keys, std::span<const int64_t> shape) {
  int64_t n = 1;
  for (int64_t d : shape) n *= d;
  int64_t drawn[] = {10 * n, 4};
  Value words = rbg_bits(keys, 32, drawn);
  Shape start(words.shape().size(), 0), strides(start.size(), 1);
  strides[strides.size() - 2] = 10;
  Shape result(keys.shape().begin(), keys.shape().end() - 1);
  result.append(Shape(shape.begin(), shape.end()));
  result.push_back(4);
  return reshape(slice(words, start, words.shape(), strides), result);
}

Value urbg_fold_in(const Value& keys, const Value& data) {
  int64_t drawn[] = {10, 4};
  Value words = rbg_bits(rbg_seed(data), 32, drawn);
  Shape start(words.shape().size(), 0), limit = words.shape();
  start[start.size() - 2] = 9;
  int64_t axis = words.rank() - 2;
  Value last = squeeze(slice(words, start, limit), std::span(&axis, 1));
  int64_t rank = std::max(keys.rank(), last.rank());
  return bitwise_xor(with_rank(keys, rank), with_rank(last, rank));
}

// What a generator is known by; both live as long as the process.
struct Entry {
  Generator generator;
  std::string dtype_name;
  DTypeInfo info;
};

class Registry {
 public:
  Registry() {
    add({"threefry2x32", "fry", Shape{2}, threefry::seed, threefry::split, threefry::fold_in,
         threefry::bits, kKeyFry});
    add({"rbg", "rbg", Shape{4}, rbg_seed, rbg_split, rbg_fold_in, rbg_bits});
    add({"unsafe_rbg", "urbg", Shape{4}, rbg_seed, urbg_split, urbg_fold_in, rbg_bits});
    add(threefry4x32_generator());
    add(philox2x32_generator());
    add(philox4x32_generator());
  }

  const Generator& add(Generator g) {
    std::lock_guard lock(mutex_);
    Entry& e = entries_.emplace_back(Entry{std::move(g), {}, {}});
    if (!e.generator.dtype) e.generator.dtype = make_dtype(e);
    return e.generator;
  }

  // Null if there is none; the latest comes first.
  template <class Matches>
  const Generator* find(Matches matches) const {
    std::lock_guard lock(mutex_);
    for (auto e = entries_.rbegin(); e != entries_.rend(); ++e)
      if (matches(e->generator)) return &e->generator;
    return nullptr;
  }

  std::vector<const Generator*> all() const {
    std::lock_guard lock(mutex_);
    std::vector<const Generator*> r;
    for (const Entry& e : entries_) r.push_back(&e.generator);
    return r;
  }

 private:
  DType make_dtype(Entry& e) {
    constexpr size_t kFirst = static_cast<size_t>(DTypeId::kExtended), kLast = 255;
    size_t id = kFirst + entries_.size() - 1;
    require<RuntimeError>(id <= kLast, "too many random number generators: there can be ",
                          kLast - kFirst + 1);
    int64_t words = 1;
    for (int64_t d : e.generator.key_shape) words *= d;
    e.dtype_name = str("key<", e.generator.tag, ">");
    e.info = {static_cast<DTypeId>(id),
              DTypeKind::kExtended,
              static_cast<uint16_t>(32 * words),
              static_cast<uint8_t>(4 * words),
              e.dtype_name,
              e.dtype_name,
              "ui32",
              &detail::kUint32Info,
              {words}};
    return DType(&e.info);
  }

  mutable std::mutex mutex_;
  std::deque<Entry> entries_;
};

Registry& registry() {
  static auto* r = new Registry;
  return *r;
}

}  // namespace

std::vector<const Generator*> generators() { return registry().all(); }
const Generator& add_generator(Generator g) { return registry().add(std::move(g)); }
const Generator& threefry_generator() {
  static const Generator& g = *generator_of(kKeyFry);
  return g;
}

const Generator* generator_of(DType d) {
  if (!is_extended(d)) return nullptr;
  return registry().find([&](const Generator& g) { return g.dtype == d; });
}

const Generator& generator_named(std::string_view name) {
  const Generator* g = registry().find(
      [&](const Generator& g) { return g.name == name || g.tag == name || g.dtype->name == name; });
  if (g) return *g;
  std::string names;
  for (const Generator* known : generators())
    names += str(names.empty() ? "" : ", ", '"', known->name, '"');
  fail<ValueError>("unrecognized PRNG implementation \"", name, "\". Did you mean one of: ", names,
                   "?");
}

}  // namespace covector::random

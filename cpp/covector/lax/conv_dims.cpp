// Dimension numbers of convolutions.

#include <algorithm>

#include "covector/core/jaxpr.h"
#include "covector/lax/conv.h"
#include "covector/lax/param_reader.h"

namespace covector::rules {

namespace {

constexpr char kPairs[3][2] = {{'N', 'C'}, {'O', 'I'}, {'N', 'C'}};

void check_word(size_t i, const std::string& word) {
  auto [a, b] = kPairs[i];
  require<TypeError>(std::ranges::count(word, a) == 1 && std::ranges::count(word, b) == 1,
                     "convolution dimension_numbers[", i, "] must contain the characters '", a,
                     "' and '", b, "' exactly once, got ", word, ".");
  for (char c : word)
    require<TypeError>(std::ranges::count(word, c) == 1, "convolution dimension_numbers[", i,
                       "] cannot have duplicate characters, got ", word, ".");
}

// The letters of space in order.
std::string letters(const std::string& word, size_t i) {
  std::string s;
  for (char c : word)
    if (c != kPairs[i][0] && c != kPairs[i][1]) s += c;
  std::ranges::sort(s);
  return s;
}

// Axes of space follow one another as in the kernel's word.
Axes permutation(const std::string& word, size_t i, const std::string& kernel) {
  auto at = [&](char c) { return static_cast<int64_t>(word.find(c)); };
  Axes r{at(kPairs[i][0]), at(kPairs[i][1])};
  for (char c : kernel)
    if (c != 'O' && c != 'I') r.push_back(at(c));
  return r;
}

std::vector<std::string> words_of(const Param& p) {
  constexpr std::string_view kWhat = "convolution dimension_numbers";
  auto* t = std::get_if<Param::Tuple>(&p.v);
  require<TypeError>(t != nullptr, kWhat, " must be tuple/list or None, got ",
                     to_string(FieldValue(&p)), ".");
  require<TypeError>(t->items.size() == 3, kWhat, " list/tuple must be length 3, got ",
                     t->items.size(), ".");
  std::vector<std::string> words;
  for (const Param& item : t->items) {
    auto* s = std::get_if<std::string>(&item.v);
    require<TypeError>(s != nullptr, kWhat, " elements must be strings, got ",
                       to_string(FieldValue(&p)), ".");
    words.push_back(*s);
  }
  return words;
}

ConvDims of_record(const Param& p) {
  constexpr std::string_view kWhat = "dimension_numbers";
  ConvDims d{ints_of(field_of(p, "lhs_spec", kWhat), "lhs_spec"),
             ints_of(field_of(p, "rhs_spec", kWhat), "rhs_spec"),
             ints_of(field_of(p, "out_spec", kWhat), "out_spec")};
  for (const Axes* spec : {&d.lhs, &d.rhs, &d.out}) {
    Axes sorted = *spec;
    std::ranges::sort(sorted);
    for (size_t i = 0; i < sorted.size(); ++i)
      require<ValueError>(
          sorted[i] == static_cast<int64_t>(i) && spec->size() == d.lhs.size() && spec->size() >= 2,
          "convolution dimension_numbers must be three permutations of the axes, "
          "got ",
          to_string(FieldValue(&p)));
  }
  return d;
}

}  // namespace

ConvDims conv_permutations(const Param& p) {
  std::vector<std::string> words = words_of(p);
  for (size_t i = 0; i < 3; ++i) check_word(i, words[i]);
  for (size_t i : {0, 2})
    require<TypeError>(letters(words[i], i) == letters(words[1], 1),
                       "convolution dimension_numbers elements must each have the same set of "
                       "spatial characters, got ",
                       to_string(FieldValue(&p)), ".");
  return {permutation(words[0], 0, words[1]), permutation(words[1], 1, words[1]),
          permutation(words[2], 2, words[1])};
}

ConvDims read_conv_dims(const Param& p, std::span<const int64_t> lhs,
                        std::span<const int64_t> rhs) {
  if (std::holds_alternative<Param::Record>(p.v)) return of_record(p);
  require<TypeError>(lhs.size() == rhs.size(),
                     "convolution requires lhs and rhs ndim to be equal, got ", lhs.size(), " and ",
                     rhs.size(), ".");
  if (std::holds_alternative<Param::None>(p.v)) {
    Axes axes;
    for (size_t i = 0; i < lhs.size(); ++i) axes.push_back(static_cast<int64_t>(i));
    return {axes, axes, axes};
  }
  std::vector<std::string> words = words_of(p);
  for (size_t i = 0; i < 3; ++i)
    require<TypeError>(words[i].size() == lhs.size(), "convolution dimension_numbers[", i,
                       "] must have len equal to the ndim of lhs and rhs, got ", words[i].size(),
                       " for lhs and rhs shapes ", Shape(lhs.begin(), lhs.end()), " and ",
                       Shape(rhs.begin(), rhs.end()), ".");
  return conv_permutations(p);
}

Param param_of(const ConvDims& d) {
  return Param::Record{"ConvDimensionNumbers",
                       {{"lhs_spec", d.lhs}, {"rhs_spec", d.rhs}, {"out_spec", d.out}}};
}

}  // namespace covector::rules

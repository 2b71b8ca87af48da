#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace covector {

// A vector that keeps its first N elements inside itself. Shapes, axes and
// operand lists are nearly always short; this keeps them off the heap.
template <class T, size_t N>
class SmallVector {
  static_assert(std::is_nothrow_move_constructible_v<T>);

 public:
  using value_type = T;
  using iterator = T*;
  using const_iterator = const T*;

  SmallVector() noexcept = default;
  SmallVector(std::initializer_list<T> l) : SmallVector(l.begin(), l.end()) {}
  explicit SmallVector(size_t n) { resize(n); }
  SmallVector(size_t n, const T& x) { resize(n, x); }
  template <std::forward_iterator It>
  SmallVector(It first, It last) {
    reserve(static_cast<size_t>(std::distance(first, last)));
    for (; first != last; ++first) unchecked_emplace(*first);
  }
  SmallVector(const SmallVector& o) : SmallVector(o.begin(), o.end()) {}
  SmallVector(SmallVector&& o) noexcept { take(o); }
  SmallVector& operator=(const SmallVector& o) {
    if (this != &o) *this = SmallVector(o);
    return *this;
  }
  SmallVector& operator=(SmallVector&& o) noexcept {
    if (this == &o) return *this;
    destroy();
    take(o);
    return *this;
  }
  ~SmallVector() { destroy(); }

  size_t size() const noexcept { return size_; }
  size_t capacity() const noexcept { return capacity_; }
  bool empty() const noexcept { return size_ == 0; }
  T* data() noexcept { return data_; }
  const T* data() const noexcept { return data_; }
  T* begin() noexcept { return data_; }
  T* end() noexcept { return data_ + size_; }
  const T* begin() const noexcept { return data_; }
  const T* end() const noexcept { return data_ + size_; }
  T& operator[](size_t i) noexcept { return data_[i]; }
  const T& operator[](size_t i) const noexcept { return data_[i]; }
  T& front() noexcept { return data_[0]; }
  const T& front() const noexcept { return data_[0]; }
  T& back() noexcept { return data_[size_ - 1]; }
  const T& back() const noexcept { return data_[size_ - 1]; }

  void push_back(const T& x) { emplace_back(x); }
  void push_back(T&& x) { emplace_back(std::move(x)); }
  template <class... A>
  T& emplace_back(A&&... a) {
    if (size_ == capacity_) {
      // The argument may live in this vector: build it before moving house.
      T x(std::forward<A>(a)...);
      reserve(capacity_ * 2);
      return unchecked_emplace(std::move(x));
    }
    return unchecked_emplace(std::forward<A>(a)...);
  }
  void pop_back() noexcept { std::destroy_at(data_ + --size_); }
  void clear() noexcept {
    std::destroy_n(data_, size_);
    size_ = 0;
  }
  void reserve(size_t n) {
    if (n <= capacity_) return;
    T* p = static_cast<T*>(::operator new(n * sizeof(T), std::align_val_t(alignof(T))));
    std::uninitialized_move_n(data_, size_, p);
    std::destroy_n(data_, size_);
    release_heap();
    data_ = p;
    capacity_ = static_cast<uint32_t>(n);
  }
  void resize(size_t n) {
    reserve(n);
    while (size_ > n) pop_back();
    while (size_ < n) unchecked_emplace();
  }
  void resize(size_t n, const T& x) {
    reserve(n);
    while (size_ > n) pop_back();
    while (size_ < n) unchecked_emplace(x);
  }
  iterator insert(const_iterator at, T x) {
    size_t i = static_cast<size_t>(at - data_);
    emplace_back(std::move(x));
    std::rotate(data_ + i, data_ + size_ - 1, data_ + size_);
    return data_ + i;
  }
  template <std::forward_iterator It>
  void append(It first, It last) {
    reserve(size_ + static_cast<size_t>(std::distance(first, last)));
    for (; first != last; ++first) unchecked_emplace(*first);
  }
  template <class Range>
  void append(const Range& r) {
    append(std::begin(r), std::end(r));
  }
  iterator erase(const_iterator at) {
    T* p = data_ + (at - data_);
    std::move(p + 1, end(), p);
    pop_back();
    return p;
  }

  bool operator==(const SmallVector& o) const {
    return std::equal(begin(), end(), o.begin(), o.end());
  }

 private:
  template <class... A>
  T& unchecked_emplace(A&&... a) {
    T* p = std::construct_at(data_ + size_, std::forward<A>(a)...);
    ++size_;
    return *p;
  }
  bool on_heap() const noexcept { return data_ != inline_data(); }
  T* inline_data() const noexcept { return const_cast<T*>(reinterpret_cast<const T*>(&storage_)); }
  void release_heap() noexcept {
    if (on_heap()) ::operator delete(data_, std::align_val_t(alignof(T)));
  }
  void destroy() noexcept {
    clear();
    release_heap();
    data_ = inline_data();
    capacity_ = N;
  }
  // Precondition: *this is empty and inline.
  void take(SmallVector& o) noexcept {
    if (o.on_heap()) {
      data_ = std::exchange(o.data_, o.inline_data());
      capacity_ = std::exchange(o.capacity_, static_cast<uint32_t>(N));
      size_ = std::exchange(o.size_, 0u);
      return;
    }
    std::uninitialized_move_n(o.data_, o.size_, data_);
    size_ = o.size_;
    o.clear();
  }

  T* data_ = inline_data();
  uint32_t size_ = 0;
  uint32_t capacity_ = N;
  alignas(T) unsigned char storage_[N * sizeof(T)];
};

}  // namespace covector

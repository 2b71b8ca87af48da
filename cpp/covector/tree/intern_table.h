#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "covector/base/ref.h"

namespace covector {

// A hash table of objects that it does not own: an object takes itself out when
// it dies. Open addressing with linear probing; erasing shifts the rest of a
// cluster back, so there are no tombstones. The caller holds whatever lock
// guards the table.
template <class T>
class InternTable {
 public:
  size_t size() const noexcept { return size_; }

  // The first living object with this hash for which `same` holds, or null.
  template <class Same>
  Ref<T> find(size_t hash, Same same) const {
    if (slots_.empty()) return nullptr;
    for (size_t i = home(hash); slots_[i].object; i = next(i))
      if (slots_[i].hash == hash && same(*slots_[i].object))
        if (auto r = Ref<T>::if_alive(slots_[i].object)) return r;
    return nullptr;
  }

  void insert(size_t hash, T* object) {
    if (4 * (size_ + 1) > 3 * slots_.size()) grow();
    place({hash, object});
    ++size_;
  }

  void erase(size_t hash, const T* object) noexcept {
    if (slots_.empty()) return;
    size_t i = home(hash);
    while (slots_[i].object && slots_[i].object != object) i = next(i);
    if (!slots_[i].object) return;
    --size_;
    for (size_t j = next(i); slots_[j].object; j = next(j)) {
      // An entry may move back to the hole unless its home lies in (hole, entry].
      if (((j - home(slots_[j].hash)) & mask()) < ((j - i) & mask())) continue;
      slots_[i] = slots_[j];
      i = j;
    }
    slots_[i] = {};
  }

 private:
  struct Slot {
    size_t hash = 0;
    T* object = nullptr;
  };

  size_t mask() const noexcept { return slots_.size() - 1; }
  size_t home(size_t hash) const noexcept { return hash & mask(); }
  size_t next(size_t i) const noexcept { return (i + 1) & mask(); }
  void place(Slot s) noexcept {
    size_t i = home(s.hash);
    while (slots_[i].object) i = next(i);
    slots_[i] = s;
  }
  void grow() {
    std::vector<Slot> old(slots_.empty() ? 64 : slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& s : old)
      if (s.object) place(s);
  }

  std::vector<Slot> slots_;
  size_t size_ = 0;
};

// Keeps the objects that were made last alive, a bounded number of them, so that
// what is dropped and made again at every call is found again.
template <class T, size_t N>
class RecentlyMade {
 public:
  // Returns what gave way: the caller drops it after releasing its lock.
  [[nodiscard]] Ref<T> keep(size_t hash, Ref<T> object) noexcept {
    std::swap(slots_[hash % N], object);
    return object;
  }

 private:
  Ref<T> slots_[N];
};

}  // namespace covector

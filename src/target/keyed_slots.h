// A fixed number of items with numbers of their own, found by a key in constant time.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/check.h"

namespace aoekit::target {

// Allocates when it is made and never again; memory is touched only as items come. Key and Item are plain values;
// Key has hash(seed), spread over all 64 bits.
template <class Key, class Item>
class KeyedSlots {
 public:
  using Index = std::uint32_t;
  static constexpr Index kNone = UINT32_MAX;

  // The seed keeps strangers from choosing keys that all meet in one place.
  KeyedSlots(std::size_t capacity, std::uint64_t seed)
      : capacity_(capacity), seed_(seed), buckets_(std::bit_ceil(capacity), kNone) {
    slots_.reserve(capacity);
  }

  std::size_t size() const { return used_; }
  bool full() const { return used_ == capacity_; }
  Item& operator[](Index index) { return slots_[index].item; }
  const Item& operator[](Index index) const { return slots_[index].item; }
  const Key& key(Index index) const { return slots_[index].key; }

  // kNone if it is not there.
  Index find(const Key& key) const {
    for (Index i = buckets_[bucket_of(key)]; i != kNone; i = slots_[i].next) {
      if (slots_[i].key == key) return i;
    }
    return kNone;
  }
  // A new item, as made by Item{}. REQUIRES !full(), and that the key is not there.
  Index add(const Key& key) {
    AOEKIT_CHECK(!full());
    Index index = free_;
    if (index == kNone) {
      index = static_cast<Index>(slots_.size());
      slots_.emplace_back();
    } else {
      free_ = slots_[index].next;
    }
    Index& bucket = buckets_[bucket_of(key)];
    slots_[index] = {key, Item{}, bucket};
    bucket = index;
    ++used_;
    return index;
  }
  void remove(Index index) {
    Index* link = &buckets_[bucket_of(slots_[index].key)];
    while (*link != index) link = &slots_[*link].next;
    *link = slots_[index].next;
    slots_[index].next = free_;
    free_ = index;
    --used_;
  }

 private:
  struct Slot {
    Key key{};
    Item item{};
    Index next = kNone;  // in its bucket, or free
  };

  std::size_t bucket_of(const Key& key) const { return key.hash(seed_) >> 32 & (buckets_.size() - 1); }

  std::size_t capacity_;
  std::uint64_t seed_;
  std::vector<Index> buckets_;
  std::vector<Slot> slots_;  // never beyond its capacity
  Index free_ = kNone;
  std::size_t used_ = 0;
};

}  // namespace aoekit::target

// Queues of things that live in tables: linked by their numbers, so that joining and leaving cost nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/check.h"

namespace aoekit::initiator {

// No number.
inline constexpr std::uint32_t kNoIndex = UINT32_MAX;

struct IndexList {
  std::uint32_t first = kNoIndex;
  std::uint32_t last = kNoIndex;
  std::size_t size = 0;

  bool empty() const { return size == 0; }
};

// The links of numbers below `capacity`. Each number is in at most one of the lists that use the same table.
class LinkTable {
 public:
  explicit LinkTable(std::size_t capacity) : links_(capacity) {}

  bool is_linked(std::uint32_t index) const { return links_[index].linked; }
  std::uint32_t next(std::uint32_t index) const { return links_[index].next; }

  void push_back(IndexList& list, std::uint32_t index) { insert_after(list, list.last, index); }
  void push_front(IndexList& list, std::uint32_t index) { insert_after(list, kNoIndex, index); }

  // REQUIRES: it is in `list`.
  void remove(IndexList& list, std::uint32_t index) {
    Links& links = links_[index];
    AOEKIT_CHECK(links.linked && list.size > 0);
    (links.previous == kNoIndex ? list.first : links_[links.previous].next) = links.next;
    (links.next == kNoIndex ? list.last : links_[links.next].previous) = links.previous;
    links = Links{};
    --list.size;
  }
  // REQUIRES: the list is not empty.
  std::uint32_t pop_front(IndexList& list) {
    const std::uint32_t index = list.first;
    AOEKIT_CHECK(index != kNoIndex);
    remove(list, index);
    return index;
  }

 private:
  struct Links {
    std::uint32_t previous = kNoIndex;
    std::uint32_t next = kNoIndex;
    bool linked = false;
  };

  // After kNoIndex: at the front.
  void insert_after(IndexList& list, std::uint32_t previous, std::uint32_t index) {
    Links& links = links_[index];
    AOEKIT_CHECK(!links.linked);
    links.linked = true;
    links.previous = previous;
    links.next = previous == kNoIndex ? list.first : links_[previous].next;
    (links.previous == kNoIndex ? list.first : links_[links.previous].next) = index;
    (links.next == kNoIndex ? list.last : links_[links.next].previous) = index;
    ++list.size;
  }

  std::vector<Links> links_;
};

}  // namespace aoekit::initiator

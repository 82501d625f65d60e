// Only dirty pages are held; one lock, released between the pages of a sync so that the power can go in between.
#include "tests/power/volatile_disk.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

#include "base/check.h"

namespace aoekit::power {

VolatileDisk::VolatileDisk(int backing, const VolatileDiskOptions& options)
    : backing_(backing), options_(options), prng_(options.seed) {}

int VolatileDisk::load(std::uint64_t number, Page& page) const {
  page.data.fill(0);
  const ssize_t count = ::pread(backing_, page.data.data(), kPageBytes, static_cast<off_t>(number * kPageBytes));
  return count < 0 ? errno : 0;
}

int VolatileDisk::read(std::uint64_t offset, MutableBytes data) {
  const std::lock_guard lock(mutex_);
  if (dead_) return EIO;
  while (!data.empty()) {
    const std::uint64_t number = offset / kPageBytes;
    const std::size_t inside = offset % kPageBytes;
    const std::size_t count = std::min(data.size(), kPageBytes - inside);
    const auto found = dirty_.find(number);
    if (found != dirty_.end()) {
      std::copy_n(found->second.data.begin() + static_cast<std::ptrdiff_t>(inside), count, data.begin());
    } else {
      Page page;
      if (const int error = load(number, page); error != 0) return error;
      std::copy_n(page.data.begin() + static_cast<std::ptrdiff_t>(inside), count, data.begin());
    }
    data = data.subspan(count);
    offset += count;
  }
  return 0;
}

int VolatileDisk::write(std::uint64_t offset, ByteView data) {
  const std::lock_guard lock(mutex_);
  if (dead_) return EIO;
  while (!data.empty()) {
    const std::uint64_t number = offset / kPageBytes;
    const std::size_t inside = offset % kPageBytes;
    const std::size_t count = std::min(data.size(), kPageBytes - inside);
    const auto [place, is_new] = dirty_.try_emplace(number);
    Page& page = place->second;
    if (is_new) {
      if (const int error = load(number, page); error != 0) return error;
    }
    std::copy_n(data.begin(), count, page.data.begin() + static_cast<std::ptrdiff_t>(inside));
    for (std::size_t i = inside / kSectorBytes; i <= (inside + count - 1) / kSectorBytes; ++i) {
      page.dirty = static_cast<std::uint8_t>(page.dirty | 1U << i);
    }
    data = data.subspan(count);
    offset += count;
  }
  return prng_.below(100) < options_.writeback_percent ? write_back_some() : 0;
}

int VolatileDisk::write_back(std::uint64_t number, Page& page) {
  for (std::size_t i = 0; i < kSectorsPerPage; ++i) {
    if ((page.dirty >> i & 1U) == 0) continue;
    const std::size_t inside = i * kSectorBytes;
    const auto offset = static_cast<off_t>(number * kPageBytes + inside);
    const ssize_t count = ::pwrite(backing_, page.data.data() + inside, kSectorBytes, offset);
    if (count != static_cast<ssize_t>(kSectorBytes)) return count < 0 ? errno : EIO;
  }
  page.dirty = 0;
  return 0;
}

int VolatileDisk::write_back_some() {
  if (dirty_.empty()) return 0;
  const auto page = std::next(dirty_.begin(), static_cast<std::ptrdiff_t>(prng_.below(dirty_.size())));
  if (const int error = write_back(page->first, page->second); error != 0) return error;
  dirty_.erase(page);
  return 0;
}

int VolatileDisk::sync() {
  std::vector<std::uint64_t> numbers;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [number, page] : dirty_) numbers.push_back(number);
  }
  return sync_pages(std::move(numbers));
}

int VolatileDisk::sync_range(std::uint64_t offset, std::uint64_t length) {
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t number = offset / kPageBytes; number * kPageBytes < offset + length; ++number) {
    numbers.push_back(number);
  }
  return sync_pages(std::move(numbers));
}

int VolatileDisk::sync_pages(std::vector<std::uint64_t> numbers) {
  const auto pause = [this] {
    std::uint64_t microseconds = 0;
    {
      const std::lock_guard lock(mutex_);
      microseconds = prng_.below(options_.sync_microseconds_max / 2 + 1);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
  };
  pause();
  for (std::size_t left = numbers.size(); left > 0; --left) {
    const std::lock_guard lock(mutex_);
    if (dead_) return EIO;
    std::swap(numbers[prng_.below(left)], numbers[left - 1]);
    if (options_.honesty == Honesty::lying) continue;
    const auto found = dirty_.find(numbers[left - 1]);
    if (found == dirty_.end()) continue;
    if (const int error = write_back(found->first, found->second); error != 0) return error;
    dirty_.erase(found);
  }
  pause();
  const std::lock_guard lock(mutex_);
  return dead_ ? EIO : 0;
}

VolatileDisk::Fate VolatileDisk::fate_of_sector() {
  const std::uint64_t draw = prng_.below(100);
  if (draw < 45) return Fate::kept;
  return draw < 90 ? Fate::lost : Fate::garbage;
}

void VolatileDisk::decide(std::uint64_t number, Page& page, PowerCut& cut) {
  const std::uint64_t draw = prng_.below(100);
  if (draw < 40) {
    ++cut.pages_lost;
    return;
  }
  if (draw < 70) {
    ++cut.pages_kept;
  } else {
    ++cut.pages_torn;
    for (std::size_t i = 0; i < kSectorsPerPage; ++i) {
      const auto bit = static_cast<std::uint8_t>(1U << i);
      if ((page.dirty & bit) == 0) continue;
      const Fate fate = fate_of_sector();
      if (fate == Fate::lost) page.dirty = static_cast<std::uint8_t>(page.dirty & ~bit);
      if (fate != Fate::garbage) continue;
      ++cut.sectors_garbage;
      const auto sector = MutableBytes(page.data).subspan(i * kSectorBytes, kSectorBytes);
      std::ranges::generate(sector, [this] { return static_cast<std::uint8_t>(prng_.next()); });
    }
  }
  AOEKIT_CHECK(write_back(number, page) == 0);  // the backing file must be there: without it nothing can be tested
}

PowerCut VolatileDisk::cut_power() {
  const std::lock_guard lock(mutex_);
  PowerCut cut;
  dead_ = true;
  for (auto& [number, page] : dirty_) decide(number, page, cut);
  dirty_.clear();
  return cut;
}

}  // namespace aoekit::power

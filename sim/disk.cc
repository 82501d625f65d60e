// When operations happen, when they are reported, and what a crash makes of them.
#include "sim/disk.h"

#include <algorithm>

#include "base/check.h"

namespace aoekit::sim {
namespace {

using block::BlockStatus;
using block::OpKind;

constexpr std::uint64_t kDiskDone = 0xd15c;
// More images of a sector than so many are not in the cache.
constexpr std::size_t kImagesMax = 4;

Duration between(Stream& stream, Duration low, Duration high) {
  return low + stream.duration_below(high - low + Duration{1});
}

}  // namespace

SimDisk::SimDisk(World& world, std::string name, const Options& options)
    : world_(world),
      name_(std::move(name)),
      options_(options),
      stream_(world.stream("disk", options.number)),
      sectors_(options.size.count) {}

void SimDisk::submit(const block::BlockOp& op, Done done) {
  Operation operation;
  operation.id = ++last_id_;
  operation.op = op;
  block::take_in(operation.op);
  operation.done = std::move(done);
  operation.began_after = completions_;
  operation.status = draw_outcome(op);
  Duration latency = between(stream_, options_.faults.latency_min, options_.faults.latency_max);
  const Duration stall = stream_.duration_below(options_.faults.stall_max + Duration{1});
  if (stream_.ppm(options_.faults.stall_ppm)) {
    ++counters_.stalls;
    latency += stall;
    world_.say("{}: {} of sectors {}+{} stalls for {} ms", name_, to_string(op.kind), op.range.first.value,
               op.range.count.count, stall / milliseconds(1));
  }
  const Duration applied_after = stream_.duration_below(latency + Duration{1});
  operations_.push_back(std::move(operation));
  world_.after(applied_after, [this, id = last_id_, life = life_] {
    if (life == life_) apply(*find(id));
  });
  world_.after(latency, [this, id = last_id_, life = life_] {
    if (life == life_) complete(id);
  });
}

// Draws the same number of times for every operation.
BlockStatus SimDisk::draw_outcome(const block::BlockOp& op) {
  const DiskFaults& faults = options_.faults;
  const bool read_fails = stream_.ppm(faults.read_error_ppm);
  const bool write_fails = stream_.ppm(faults.write_error_ppm);
  const bool flush_fails = stream_.ppm(faults.flush_error_ppm);
  const bool turns_bad = stream_.ppm(faults.sticky_ppm);
  const std::uint64_t which = stream_.below(op.range.count.count);
  const bool is_nth = faults.fail_nth != 0 && last_id_ == faults.fail_nth;
  const bool fails = is_nth || (op.kind == OpKind::read && read_fails) ||
                     (op.kind == OpKind::flush && flush_fails) ||
                     ((op.kind == OpKind::write || op.kind == OpKind::trim) && write_fails);
  if (op.kind == OpKind::read && turns_bad && op.range.fits(size())) sectors_[op.range.first.value + which].bad = true;
  return fails ? BlockStatus::medium_error : BlockStatus::ok;
}

void SimDisk::apply(Operation& operation) {
  const block::BlockOp& op = operation.op;
  operation.applied = true;
  if (op.kind == OpKind::flush) return;
  if (!op.range.fits(size())) {
    operation.status = BlockStatus::out_of_range;
    return;
  }
  const std::uint64_t first = op.range.first.value;
  if (op.kind == OpKind::read) {
    for (std::uint64_t i = 0; i < op.range.count.count; ++i) {
      const Sector& sector = sectors_[first + i];
      if (sector.bad) operation.status = BlockStatus::medium_error;
      const MutableBytes to = op.data.subspan(i * kSectorBytes, kSectorBytes);
      if (sector.visible().empty()) {
        std::ranges::fill(to, std::uint8_t{0});
      } else {
        std::ranges::copy(sector.visible(), to.begin());
      }
    }
    return;
  }
  if (options_.bug == DiskBug::loses_writes && operation.id % 50 == 49) return;
  // What fails may have been done in part.
  const std::uint64_t drawn = stream_.below(op.range.count.count + 1);
  std::uint64_t done = operation.status == BlockStatus::ok ? op.range.count.count : drawn;
  for (std::uint64_t i = 0; i < done; ++i) {
    const bool needs_room = op.kind == OpKind::write && !sectors_[first + i].allocated;
    if (needs_room && options_.capacity_sectors != 0 && allocated_ >= options_.capacity_sectors) {
      operation.status = BlockStatus::no_space;
      return;
    }
    write_sector(operation, i);
  }
}

void SimDisk::write_sector(const Operation& operation, std::uint64_t i) {
  Sector& sector = sectors_[operation.op.range.first.value + i];
  const bool allocates = operation.op.kind == OpKind::write;
  if (allocates != sector.allocated) allocated_ += allocates ? 1 : -1ULL;
  sector.allocated = allocates;
  sector.bad = false;
  Unsynced image;
  image.operation = operation.id;
  if (allocates) {
    const ByteView from = ByteView(operation.op.data).subspan(i * kSectorBytes, kSectorBytes);
    image.bytes.assign(from.begin(), from.end());
  }
  sector.unsynced.push_back(std::move(image));
  if (sector.unsynced.size() <= kImagesMax) return;
  // A cache may write back what it likes, when it likes.
  sector.stable = std::move(sector.unsynced.front().bytes);
  sector.unsynced.erase(sector.unsynced.begin());
}

void SimDisk::complete(std::uint64_t id) {
  const auto found = find(id);
  const Operation operation = std::move(*found);
  operations_.erase(found);
  ++completions_;
  const block::BlockOp& op = operation.op;
  switch (op.kind) {
    case OpKind::read: ++counters_.reads; break;
    case OpKind::write: ++counters_.writes; break;
    case OpKind::flush: ++counters_.flushes; break;
    case OpKind::trim: ++counters_.trims; break;
  }
  if (operation.status != BlockStatus::ok) {
    ++counters_.errors;
    world_.say("{}: {} of sectors {}+{} fails: {}", name_, to_string(op.kind), op.range.first.value,
               op.range.count.count, to_string(operation.status));
  }
  const bool ok = operation.status == BlockStatus::ok;
  if (op.kind == OpKind::write || op.kind == OpKind::trim) {
    for (std::uint64_t lba = op.range.first.value; lba < std::min(op.range.end(), size().count); ++lba) {
      std::vector<Unsynced>& images = sectors_[lba].unsynced;
      const auto image = std::ranges::find(images, id, &Unsynced::operation);
      if (image == images.end()) continue;
      image->completed = completions_;
      const bool stable = ok && op.durability == block::Durability::stable && !image->forgotten;
      if (!stable || options_.bug == DiskBug::flushes_nothing) continue;
      sectors_[lba].stable = std::move(image->bytes);
      images.erase(images.begin(), image + 1);
    }
  }
  if (op.kind == OpKind::flush && ok) sync(operation);
  const bool syncs = op.kind == OpKind::flush || op.durability == block::Durability::stable;
  if (syncs && operation.status == BlockStatus::medium_error && options_.faults.forgets_failed != 0) forget_cache();
  world_.mark(kDiskDone + static_cast<std::uint64_t>(operation.status), id);
  operation.done({op.cookie, operation.status});
}

void SimDisk::sync(const Operation& flush) {
  if (options_.bug == DiskBug::flushes_nothing) return;
  for (Sector& sector : sectors_) {
    auto newest = sector.unsynced.end();
    for (auto image = sector.unsynced.begin(); image != sector.unsynced.end(); ++image) {
      if (image->completed != 0 && image->completed <= flush.began_after && !image->forgotten) newest = image;
    }
    if (newest == sector.unsynced.end()) continue;
    sector.stable = std::move(newest->bytes);
    sector.unsynced.erase(sector.unsynced.begin(), newest + 1);
  }
}

void SimDisk::forget_cache() {
  for (Sector& sector : sectors_) {
    for (Unsynced& image : sector.unsynced) image.forgotten = true;
  }
}

void SimDisk::crash(Crash crash) {
  ++life_;
  ++counters_.crashes;
  // What was under way ends, sector by sector.
  for (Operation& operation : operations_) {
    const block::BlockOp& op = operation.op;
    const bool changes = op.kind == OpKind::write || op.kind == OpKind::trim;
    if (!changes || operation.applied || !op.range.fits(size())) continue;
    for (std::uint64_t i = 0; i < op.range.count.count; ++i) {
      if (stream_.percent(50)) write_sector(operation, i);
    }
  }
  operations_.clear();
  if (crash == Crash::power_cut) return lose_cache();
  // The kernel has it all now.
  ++completions_;
  for (Sector& sector : sectors_) {
    for (Unsynced& image : sector.unsynced) image.completed = std::min(image.completed - 1, completions_ - 1) + 1;
  }
}

void SimDisk::lose_cache() {
  for (Sector& sector : sectors_) {
    const std::uint64_t choice = stream_.next();
    if (sector.unsynced.empty()) continue;
    // 0: what was stable; 1..n: an image; n + 1: garbage.
    const std::uint64_t images = sector.unsynced.size();
    const std::uint64_t chosen = choice % (images + 1 + options_.tears);
    if (chosen == images + 1) {
      ++counters_.sectors_torn;
      sector.stable.assign(kSectorBytes, 0);
      Stream noise(choice);
      for (std::uint8_t& byte : sector.stable) byte = static_cast<std::uint8_t>(noise.next());
    } else if (chosen != 0) {
      sector.stable = std::move(sector.unsynced[chosen - 1].bytes);
    }
    if (chosen != images) ++counters_.sectors_lost;
    sector.unsynced.clear();
  }
}

void SimDisk::resize(Sectors size) {
  for (std::uint64_t lba = size.count; lba < sectors_.size(); ++lba) allocated_ -= sectors_[lba].allocated ? 1U : 0U;
  sectors_.resize(size.count);
}

void SimDisk::heal() {
  options_.faults.stall_ppm = options_.faults.read_error_ppm = options_.faults.write_error_ppm = 0;
  options_.faults.flush_error_ppm = options_.faults.sticky_ppm = options_.faults.fail_nth = 0;
  options_.capacity_sectors = 0;
  for (Sector& sector : sectors_) sector.bad = false;
}

Value SimDisk::value_at(Lba lba) const {
  const Bytes& bytes = sectors_[lba.value].visible();
  return bytes.empty() ? kZeros : value_in(bytes, {options_.number, lba});
}

std::list<SimDisk::Operation>::iterator SimDisk::find(std::uint64_t id) {
  const auto found = std::ranges::find(operations_, id, &Operation::id);
  AOEKIT_CHECK(found != operations_.end());
  return found;
}

}  // namespace aoekit::sim

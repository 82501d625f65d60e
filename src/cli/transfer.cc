// The ring of chunks.
#include "cli/transfer.h"

#include <algorithm>
#include <array>
#include <vector>

namespace aoekit::cli {
namespace {

constexpr std::size_t kChunksAtOnce = 8;
constexpr std::uint64_t kChunkSectorsAtLeast = 256;

// A chunk in a slot of the ring; chunks are numbered from 0 and live in slot number % kChunksAtOnce.
struct Chunk {
  std::vector<std::uint8_t> memory;
  SectorRange range;
  bool finished = false;
};

class Transfer {
 public:
  Transfer(BulkDisk& disk, block::OpKind kind, SectorRange range, const TransferSteps& steps)
      : disk_(disk), kind_(kind), range_(range), steps_(steps) {
    // Whole frames, so that only the last one of the range is short.
    const std::uint64_t per_frame = disk.sectors_per_frame();
    chunk_sectors_ = (kChunkSectorsAtLeast + per_frame - 1) / per_frame * per_frame;
    for (Chunk& chunk : chunks_) chunk.memory.resize(chunk_sectors_ * kSectorBytes);
  }

  TransferResult run() {
    std::optional<Error> error;
    while (!error && !(ended_ && retired_ == submitted_)) {
      Status step = fill_ring();
      if (step && retired_ < submitted_) step = wait_for_one();
      if (step) step = retire_in_order();
      if (!step) error = step.error();
    }
    return {done_, std::move(error)};
  }

 private:
  Chunk& chunk(std::uint64_t number) { return chunks_[number % kChunksAtOnce]; }

  Status fill_ring() {
    while (!ended_ && submitted_ - retired_ < kChunksAtOnce) {
      const std::uint64_t left = range_.count.count - taken_;
      if (left == 0) {
        ended_ = true;
        return {};
      }
      Chunk& next = chunk(submitted_);
      next.finished = false;
      next.range = {{range_.first.value + taken_}, {std::min(left, chunk_sectors_)}};
      if (steps_.before) {
        const auto there_is = steps_.before(next.range, MutableBytes(next.memory).first(next.range.count.bytes()));
        if (!there_is) return tl::unexpected(there_is.error());
        ended_ = *there_is < next.range.count;
        next.range.count = *there_is;
        if (there_is->count == 0) return {};
      }
      const Status submitted =
          disk_.submit(submitted_, kind_, next.range, MutableBytes(next.memory).first(next.range.count.bytes()));
      if (!submitted) return submitted;
      taken_ += next.range.count.count;
      ++submitted_;
    }
    return {};
  }

  Status wait_for_one() {
    const auto op = disk_.wait();
    if (!op) return tl::unexpected(op.error());
    if (op->error) return tl::unexpected(*op->error);
    chunk(op->token).finished = true;
    return {};
  }

  Status retire_in_order() {
    while (retired_ < submitted_ && chunk(retired_).finished) {
      const Chunk& oldest = chunk(retired_);
      if (steps_.after) {
        const Status taken = steps_.after(oldest.range, ByteView(oldest.memory).first(oldest.range.count.bytes()));
        if (!taken) return taken;
      }
      done_.count += oldest.range.count.count;
      ++retired_;
      if (steps_.progress) steps_.progress(done_);
    }
    return {};
  }

  BulkDisk& disk_;
  block::OpKind kind_;
  SectorRange range_;
  const TransferSteps& steps_;
  std::uint64_t chunk_sectors_;
  std::array<Chunk, kChunksAtOnce> chunks_;
  std::uint64_t taken_ = 0;      // sectors handed to the disk
  std::uint64_t submitted_ = 0;  // chunks
  std::uint64_t retired_ = 0;    // chunks
  bool ended_ = false;
  Sectors done_;
};

}  // namespace

TransferResult transfer(BulkDisk& disk, block::OpKind kind, SectorRange range, const TransferSteps& steps) {
  return Transfer(disk, kind, range, steps).run();
}

}  // namespace aoekit::cli

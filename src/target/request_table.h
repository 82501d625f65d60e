// Requests that are being worked on: who conflicts with whom, who is a copy of whom, and who may start.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ata/interpret.h"
#include "base/time.h"
#include "target/frame_pool.h"
#include "target/outbox.h"
#include "wire/frame.h"

namespace aoekit::target {

// Ends a chain.
inline constexpr BufferIndex kNoRequest = UINT32_MAX;

// A copy of a request that came under another tag and gets an answer of its own.
struct Twin {
  PortId port;
  std::uint32_t tag = 0;
};

// One ATA request that needs the disk. Its number is that of the buffer which holds its data and later its reply.
struct Request {
  ExportId device;
  PortId port;                   // kNoPort: nobody is answered any more
  wire::Header header;
  wire::AtaBody body;  // body.data lies in the request's own buffer, or in the received frame while `is_lent`
  bool is_lent = false;
  ata::Transfer transfer;
  Instant arrived{};
  std::uint32_t client = 0;      // whose it is (ClientTable)
  bool held = false;             // by a rate limit
  bool waiting = false;          // for an overlapping earlier request; a flush, for every earlier write
  std::size_t trim_ranges_done = 0;
  bool trim_needs_flush = false;  // some of its ranges are done, and must be stable before it is answered
  bool is_flushing = false;       // that is what the disk does for it now
  std::uint64_t print = 0;        // fingerprint() of a write's data
  std::array<Twin, kTwinsMax> twins{};
  std::size_t twin_count = 0;    // ever seen; the newest kTwinsMax are in `twins`
  BufferIndex next = kNoRequest;
  BufferIndex previous = kNoRequest;
  // Group commit (group_commit.h).
  bool in_group = false;      // answered when a sync has covered it
  bool is_lone = false;       // or when it is stable by itself
  bool is_condemned = false;  // a sync failed meanwhile: whatever becomes of it, it is answered as failed
  BufferIndex next_in_group = kNoRequest;

  // Whether the request changes the disk.
  bool modifies() const {
    return transfer.kind == block::OpKind::write || transfer.kind == block::OpKind::trim;
  }
  // Whether a write or trim is answered only when it is stable.
  bool must_be_stable() const { return transfer.durability == block::Durability::stable; }
};

// The requests of one export, oldest first.
struct RequestChain {
  BufferIndex first = kNoRequest;
  BufferIndex last = kNoRequest;
  std::size_t waiting = 0;
};

class RequestTable {
 public:
  explicit RequestTable(std::size_t capacity) : requests_(capacity), marks_(kMarks) {}

  Request& operator[](BufferIndex index) { return requests_[index]; }
  const Request& operator[](BufferIndex index) const { return requests_[index]; }

  // Appends `index`, already filled in, to the chain. Sets `waiting` if an earlier request overlaps and one of the two
  // changes the disk: overlapping requests apply in arrival order. A flush waits for all earlier writes.
  void append(RequestChain& chain, BufferIndex index);

  // The request in the chain of which (header, body, transfer) is a copy: same source, opcode, address, count and, where
  // it changes the disk, the same data. Reads under another tag are requests of their own, but while the first one is
  // held by a rate limit: then it is answered under both.
  std::optional<BufferIndex> find_copy(const RequestChain& chain, ExportId device, const wire::Header& header,
                                       const wire::AtaBody& body, const ata::Transfer& transfer) const;

  // Requests that came by that port, and copies of requests that did, are not answered.
  void forget_port(const RequestChain& chain, PortId port);

  // Takes a finished request out of the chain.
  void remove(RequestChain& chain, BufferIndex index);

  // The oldest waiting request that nothing holds back any more, no longer marked as waiting.
  std::optional<BufferIndex> next_startable(RequestChain& chain);

 private:
  // So that a request that meets no other costs the same however many there are: how many requests touch each block of
  // the disks, by the block's hash. Where a block has no mark, nothing overlaps.
  static constexpr std::size_t kMarks = 2048;
  static constexpr std::uint64_t kSectorsABlock = 8;
  static constexpr std::uint64_t kBlocksMax = 40;  // of what is marked block by block: a request of 255 sectors is

  static bool has_marks(const ata::Transfer& transfer);
  template <class F>
  static void for_each_mark(ExportId device, SectorRange range, F visit);
  bool may_meet_others(ExportId device, const ata::Transfer& transfer) const;
  enum class Marks : std::uint8_t { set, take };
  void change_marks(const Request& request, Marks what);
  bool is_held_back(const RequestChain& chain, BufferIndex index) const;

  std::vector<Request> requests_;
  std::vector<std::uint16_t> marks_;
  std::size_t without_marks_ = 0;  // requests with so many blocks, or places of which only the cover is known
};

}  // namespace aoekit::target

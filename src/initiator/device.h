// A disk on the network as the initiator core sees it: who it is, how it is reached, and what it is asked to do.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "ata/identify.h"
#include "base/units.h"
#include "block/block_op.h"
#include "initiator/ata_frame.h"
#include "initiator/completion.h"
#include "initiator/index_list.h"
#include "initiator/limits.h"
#include "initiator/path.h"
#include "initiator/status.h"
#include "wire/address.h"

namespace aoekit::initiator {

// A submitted operation until its completion is drained.
struct Request {
  // Where it is: exactly one.
  enum class Stage : std::uint8_t {
    held,     // waits for earlier requests, or for the copies of an earlier write
    ready,    // has frames to send: in Device::ready
    sent,     // all its frames are made
    settling, // written, and waits until frames of it that were cut anew cannot arrive any more
    asking,   // failed for a reservation, and waits to hear whose
    finished  // its completion waits to be drained
  };

  DeviceId device;
  block::BlockOp op;
  Completion result;
  Stage stage = Stage::held;
  std::uint32_t blockers = 0;   // with held: earlier requests that must be finished first
  bool is_quarantined = false;        // likewise: until copies of an earlier write cannot arrive any more
  std::uint64_t sectors_cut = 0;      // of op.range, already made into frames
  std::uint32_t frames = 0;           // slots that work for it
  bool is_flushing = false;           // a stable write on a disk without FUA: written, and now being flushed
  bool flush_is_made = false;         // into a frame
  std::uint8_t failed_path = 0;       // that brought the failure
  // Bits: the paths of its frames that were sent more than once, or given up. Copies may be on their way there after
  // its end.
  std::uint16_t copy_paths = 0;
  // Of a write: a frame that was sent has been cut anew, into others (core_quarantine.cc).
  bool is_recut = false;
  Instant settled_at{};  // with settling
  // A write that goes by this path only, until then: copies of an earlier one may be on their way there, and on one
  // path nothing overtakes them.
  std::optional<std::uint8_t> pinned_to;
  Instant pinned_until{};

  bool modifies() const { return op.kind == block::OpKind::write || op.kind == block::OpKind::trim; }
  bool conflicts_with(const Request& other) const {
    const bool both_have_data = op.range.count.count > 0 && other.op.range.count.count > 0;
    return both_have_data && (modifies() || other.modifies()) && op.range.overlaps(other.op.range);
  }
  // Whether all that can be made into frames has been.
  bool is_cut() const {
    return op.kind == block::OpKind::flush || is_flushing ? flush_is_made : sectors_cut == op.range.count.count;
  }
};

// One frame of a request, sent once or more with the same tag.
struct FrameSlot {
  enum class Stage : std::uint8_t {
    on_the_wire,
    waiting  // to be sent again, or for the first time with its present tag: in Device::waiting
  };

  std::uint32_t request = 0;
  SectorRange range;        // what this slot still has to do; empty for flush
  std::uint64_t piece = 0;  // sectors of it that the present tag asks for; 0 before it is sent
  std::size_t data_bytes = 0;
  Stage stage = Stage::waiting;
  std::uint8_t path = 0;            // of the latest copy
  std::uint16_t paths = 0;          // bits: where copies with the present tag went
  unsigned times_sent = 0;          // with the present tag
  Instant first_sent_at{};
  Instant last_sent_at{};

  SectorRange piece_range() const { return {range.first, Sectors{piece}}; }
};
static_assert(kPathsMax <= 16);

struct Device {
  Device(DeviceId own_id, wire::AoeAddress own_address) : id(own_id), address(own_address) {
    targets.reserve(kPathsMax + 1);  // one more while one path makes room for another
    paths.reserve(kPathsMax);
  }

  DeviceId id;
  wire::AoeAddress address;
  DeviceState state = DeviceState::found;  // never silent: that is how it looks from outside
  std::optional<ata::IdentifyPage> page;   // once identified
  Sectors size;
  std::uint16_t config_firmware = 0;
  std::vector<Target> targets;
  std::vector<Path> paths;
  std::uint32_t open_count = 0;

  IndexList unfinished;  // requests in the order of submission
  IndexList ready;       // requests with frames to send
  IndexList waiting;     // slots to be sent (again), before those of `ready`
  std::size_t held = 0;  // of the unfinished: in Stage::held
  std::size_t slots = 0;  // that work for it
  std::size_t modifying = 0;  // of the unfinished: that change the disk
  std::size_t settling = 0;   // of the unfinished: in Stage::settling
  std::size_t quarantines = 0;
  // What found no place among the core's quarantines, lumped together.
  SectorRange wide_quarantine;
  std::optional<Instant> wide_quarantine_until;

  Instant busy_since{};   // when the first of the unfinished was submitted
  Instant last_answer{};  // anything from a path that leads to the disk
  std::optional<Instant> probe_at;  // no path is left: everybody is asked for the address
  bool has_questions_due = false;   // some path's IDENTIFY could not be sent for want of room

  // Who holds the reservation, as last told.
  bool is_asking_holder = false;
  std::optional<wire::MacAddress> holder;
  Instant holder_told_at = Instant::min();

  std::uint64_t requests_done = 0, requests_failed = 0;
  std::uint64_t bytes_read = 0, bytes_written = 0;

  Target& target_of(const Path& path) { return targets[path.target]; }
  const Target& target_of(const Path& path) const { return targets[path.target]; }
  bool has_usable_path() const {
    return std::any_of(paths.begin(), paths.end(), [](const Path& path) { return path.is_usable(); });
  }
  bool can_flush() const { return page && (page->flush_supported || page->flush_ext_supported); }
  bool can_fua() const { return page && page->fua_supported && page->lba48_supported; }
  AddressWidth width() const { return page->lba48_supported ? AddressWidth::lba48 : AddressWidth::lba28; }
  AddressWidth flush_width() const { return page->flush_ext_supported ? AddressWidth::lba48 : AddressWidth::lba28; }
};

// A frame without disk data that waits for an answer.
struct Question {
  enum class Kind : std::uint8_t { identify, holder };

  Kind kind = Kind::identify;
  DeviceId device;
  std::size_t path = 0;
  unsigned times_sent = 0;
  Instant sent_at{};
  std::size_t frame_bytes = 0;
};

// A range whose earlier write may still have copies on their way.
struct Quarantine {
  DeviceId device;
  SectorRange range;
  Instant until{};
  std::optional<std::uint8_t> path;  // where all the copies went, if that was one path
};

}  // namespace aoekit::initiator

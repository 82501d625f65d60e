// Knows what the target may do: watches everything that goes in and comes out, and aborts at the first wrong effect.
//
// Held against the core, from outside: every sent frame is a whole, padded response to whom it is due; stations that
// are masked out or address nobody change nothing and get silence, reserved-out ones reach no disk, those without
// write access or while another one holds the export change none; every operation is
// that of an accepted request, within the disk, with that request's data, and never before an older one that it
// overlaps; no more operations are in flight than the limits say; a read's answer carries what is on the disk;
// with group commit no write is answered before a sync that began after its end, and with a failed sync all fail that
// were under way.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "session_format.h"
#include "target/target_core.h"

namespace aoekit::fuzz {

class Oracle {
 public:
  explicit Oracle(const target::TargetCore& core) : core_(core) {}

  void set_mtu(target::PortId port, std::uint32_t mtu_bytes);

  // Around TargetCore::on_frame.
  void before_frame(target::PortId port, ByteView frame, Instant now);
  void after_frame(std::span<const target::TxFrame> frames, std::span<const target::ExportOp> ops);

  // After on_block_done for one completed operation; `on_disk` is what the disk holds in the operation's range.
  void after_completion(const target::ExportOp& op, block::BlockStatus status, ByteView on_disk,
                        std::span<const target::TxFrame> frames, std::span<const target::ExportOp> ops);

  // After anything else: announcements only.
  void after_announcement(std::span<const target::TxFrame> frames) const;

 private:
  // What an export was like before a frame arrived.
  struct Before {
    target::BufferIndex last_request = target::kNoRequest;
    std::string config_string;
    target::StationList mask;
    target::StationList reserved_for;
    std::optional<wire::MacAddress> holder = {};
    ata::Disk disk;
  };
  // A request that the core took on and has not answered yet.
  struct Accepted {
    target::ExportId device;
    target::PortId port;
    wire::Header header;
    ata::Transfer transfer;
    std::vector<std::uint8_t> data;
    std::size_t trims_issued = 0;
    bool trims_flushed = false;
    std::uint64_t arrival = 0;
    bool in_flight = false;
    // With group commit: answered when a sync has covered it.
    bool in_group = false;
    bool done = false;       // its own operations are
    bool covered = false;    // by the sync under way
    bool is_sync = false;    // which is in its name
    bool condemned = false;  // a sync failed meanwhile: it is answered as failed
  };
  using Answers = std::vector<std::pair<std::uint64_t, block::BlockStatus>>;  // cookies of accepted requests

  void check_effects_on(target::ExportId id, std::span<const target::TxFrame> frames);
  void accept(target::ExportId id, const Before& before);
  void check_sent(const target::TxFrame& frame) const;
  void check_reply(const target::TxFrame& frame) const;
  void check_ops(std::span<const target::ExportOp> ops);
  void check_group_sync(Accepted& request, const block::BlockOp& op);
  // What a completion must be answered with, at once.
  Answers answers_to(const target::ExportOp& op, block::BlockStatus status);
  bool expects_more_trims(const Accepted& request) const;
  bool expects_flush(const Accepted& request) const;
  // Whether the disk shrank under a request that is not, or not wholly, with it yet: it is answered as out of range.
  bool is_lapsed(const Accepted& request) const;
  void check_answer(const Accepted& request, block::BlockStatus status, ByteView on_disk,
                    const target::TxFrame& frame) const;
  // A frame behind an answer: of a lapsed request that waited for it, or to a copy of one of the `answered` stations.
  void check_follower(const target::TxFrame& frame, target::StationList& answered);

  const target::TargetCore& core_;
  std::array<std::uint32_t, kPortMacs.size()> mtu_bytes_{};
  // The largest MTU since the core was last idle: answers to what was accepted then may still be that large.
  std::array<std::uint32_t, kPortMacs.size()> mtu_bytes_allowed_{};

  target::PortId port_;
  std::vector<std::uint8_t> frame_;
  Instant now_{};
  std::array<Before, kExports.size()> before_;

  std::map<std::uint64_t, Accepted> accepted_;  // by cookie
  std::uint64_t arrivals_ = 0;
};

}  // namespace aoekit::fuzz

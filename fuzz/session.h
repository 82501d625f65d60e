// Plays a session, read from fuzz input (session_format.h), against the target core with a small disk an export.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/cursor.h"
#include "session_oracle.h"
#include "target/target_core.h"

namespace aoekit::fuzz {

class Session {
 public:
  explicit Session(ByteView input);
  // All events of the input; then the disks finish what they have, and the core must be as good as new.
  void run();

 private:
  // Bytes 0-23 of a frame, and the port it comes in by.
  struct Envelope {
    target::PortId port;
    wire::Header header;
  };

  void play_event();
  Envelope read_envelope();
  void play_raw_frame();
  void play_ata_frame();
  void play_other_frame();
  void play_completion();
  void play_mtu();
  void play_commit();
  void play_come_or_go();

  void receive(target::PortId port, ByteView frame);
  enum class Lends : bool { no, yes };
  void complete(std::size_t which, block::BlockStatus status, Lends lends);
  void apply(const target::ExportOp& op);
  void end_turn();
  void check_that_all_buffers_are_back();
  target::PortId read_port() { return {static_cast<std::uint16_t>(input_.u8() % kPortMacs.size())}; }
  target::ExportId read_export() { return {static_cast<std::uint32_t>(input_.u8() % kExports.size())}; }
  MutableBytes on_disk(const target::ExportOp& op);

  // What the outbox got since the last look; frames in one piece.
  std::vector<target::TxFrame> new_frames();
  std::span<const target::ExportOp> new_ops();

  ByteReader input_;
  target::TargetCore core_;
  target::Outbox outbox_;
  Oracle oracle_;
  // A frame whose data the disk has lent, as it was when it was made.
  struct Split {
    ByteView data;
    std::vector<std::uint8_t> whole;
  };
  std::size_t frames_seen_ = 0;
  std::size_t ops_seen_ = 0;
  std::vector<std::vector<std::uint8_t>> received_;  // in this turn
  std::vector<Split> split_;                         // in this turn
  std::vector<target::ExportOp> in_flight_;
  std::array<std::array<std::uint8_t, kDiskSectorsMax * kSectorBytes>, kExports.size()> disks_;
  Instant now_{};
};

}  // namespace aoekit::fuzz

// A target's disk for bulk transfers: the initiator core, driven over a station.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ata/identify.h"
#include "base/result.h"
#include "block/block_op.h"
#include "cli/station.h"
#include "cli/target_query.h"
#include "initiator/core.h"

namespace aoekit::cli {

class RemoteDisk {
 public:
  // Identifies the disk. `give_up_after`: how long one frame may stay unanswered before the transfer fails.
  // `station` outlives the disk.
  static Result<RemoteDisk> open(Station& station, const Target& target, Duration give_up_after);

  const ata::IdentifyPage& page() const { return page_; }
  Sectors size() const { return page_.size; }
  std::uint32_t sectors_per_frame() const { return sectors_per_frame_; }
  bool can_flush() const { return page_.flush_ext_supported || page_.flush_supported; }
  const initiator::InitiatorCounters& counters() const { return core_->counters(); }

  // Operations that may be submitted before one has to be waited for.
  std::size_t room() const { return core_->room(); }
  // As InitiatorCore::submit.
  Status submit(const block::BlockOp& op);
  // The next finished operation, in no order. REQUIRES: one is unfinished. Fails with EINTR on Ctrl-C.
  Result<initiator::Completion> wait();
  // A failed operation in words; asks the target who holds the reservation when it is that.
  Error explain(const initiator::Completion& completion);

 private:
  RemoteDisk(Station& station, const Target& target, const ata::IdentifyPage& page, std::uint32_t sectors_per_frame);
  Status start_core(Duration give_up_after);
  Status turn(Instant until);
  void send_outbox();
  void receive();

  Station* station_;
  Target target_;
  ata::IdentifyPage page_;
  std::uint32_t sectors_per_frame_;
  std::unique_ptr<initiator::InitiatorCore> core_;
  std::unique_ptr<initiator::Outbox> outbox_;
  initiator::PortId port_;
  initiator::DeviceId device_;
  std::vector<ByteView> batch_;
};

}  // namespace aoekit::cli

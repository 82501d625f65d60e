// The sans-I/O initiator: block operations in, AoE frames out, answers in, completions out.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bounded_vector.h"
#include "base/result.h"
#include "base/time.h"
#include "block/block_op.h"
#include "initiator/completion.h"
#include "initiator/device.h"
#include "initiator/frame_table.h"
#include "initiator/limits.h"
#include "initiator/outbox.h"
#include "wire/frame.h"

namespace aoekit::initiator {

struct InitiatorOptions {
  InitiatorLimits limits;
  RetransmitOptions retransmit;
  std::uint32_t tag_seed = 0;  // should differ from run to run (frame_table.h)
};

// Plain totals since the start; every received frame ends up in exactly one of the first five.
struct InitiatorCounters {
  std::uint64_t answers = 0;
  std::uint64_t not_a_response = 0;  // requests, frames that are not AoE, frames without a whole header
  std::uint64_t unknown_tag = 0;     // second answers to retransmitted frames, answers for other programs
  std::uint64_t wrong_sender = 0;    // our tag, from another MAC, interface or shelf.slot
  std::uint64_t malformed = 0;       // our tag, with a body that cannot be
  std::uint64_t frames_sent = 0;     // copies included
  std::uint64_t retransmitted = 0;
  std::uint64_t timeouts = 0;
  std::uint64_t gave_up = 0;
};

// A path's state at this moment, for display and tests.
struct PathStatus {
  std::uint32_t window = 0;
  std::uint32_t in_flight = 0;
  std::optional<Duration> round_trip;
};

// Order: a request whose range overlaps an unfinished earlier one, and at least one of the two writes, is held back
// until that one is finished; everything behind it waits too. Frames of one request, and requests that do not overlap,
// may be done in any order. A flush covers what was finished before it was submitted, as BlockOp says.
//
// A frame that stays unanswered is sent again with the same tag, so that a target that looks can recognise the copy. A
// copy leaves before anything that is submitted after its answer, so on one path, where Ethernet keeps the order, it
// cannot undo a later write.
//
// Owns no thread, reads no clock, allocates nothing after its devices were added, except for the text of errors.
class InitiatorCore {
 public:
  explicit InitiatorCore(const InitiatorOptions& options);

  // REQUIRES: at most kPortsMax ports, kDevicesMax devices; path.port was given out by add_port.
  PortId add_port(wire::MacAddress own_mac);
  DeviceId add_device(const DeviceConfig& config);

  // Requests that can still be submitted before completions have to be drained.
  std::size_t room() const { return free_requests_.size(); }

  // Starts `op`. Fails, without effect, for a range past the disk's end, for trim, and when room() is 0.
  // REQUIRES: op.data as BlockOp says; it stays untouched by the caller until the completion is drained.
  Result<RequestId> submit(DeviceId device, const block::BlockOp& op, Instant now, Outbox& outbox);

  void on_frame(PortId port, ByteView frame, Instant now, Outbox& outbox);
  void on_timer(Instant now, Outbox& outbox);
  // When on_timer() has something to do; nothing while no frame is unanswered.
  std::optional<Instant> next_deadline() const;

  // Stores up to out.size() completions, oldest first, and returns how many.
  std::size_t drain(std::span<Completion> out);

  // To be called when the outbox's frames have been sent (or dropped); empties it.
  void recycle(Outbox& outbox);

  const InitiatorCounters& counters() const { return counters_; }
  PathStatus path_status(DeviceId device) const;

 private:
  void pump(Device& device, Instant now, Outbox& outbox);
  Instant give_up_at(const FrameSlot& slot) const;
  bool is_held_back(const Device& device, const Request& request) const;
  void send_next_piece(Device& device, std::uint32_t request_index, Instant now, Outbox& outbox);
  void send_lost_again(Device& device, Instant now, Outbox& outbox);
  void transmit(Device& device, SlotIndex index, Instant now, Outbox& outbox);
  void frame_expired(SlotIndex index, Instant now);
  void accept_answer(Device& device, SlotIndex index, const wire::Header& header, ByteView frame, Instant now);
  void finish_frame(SlotIndex index, const Answer& answer);
  void finish_if_done(Device& device, std::uint32_t request_index);
  Device& device_of(SlotIndex index) { return devices_[requests_[frames_[index].request].device.value]; }

  InitiatorOptions options_;
  FrameTable frames_;
  BoundedVector<wire::MacAddress> ports_;
  BoundedVector<Device> devices_;
  std::vector<Request> requests_;
  BoundedVector<std::uint32_t> free_requests_;
  BoundedVector<std::uint32_t> finished_;
  std::uint64_t last_request_id_ = 0;
  InitiatorCounters counters_;
};

}  // namespace aoekit::initiator

// The AoE target without I/O: frames, disk completions and changes go in, frames to send and disk operations come out.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/prng.h"
#include "base/time.h"
#include "block/block_op.h"
#include "target/counters.h"
#include "target/discovery.h"
#include "target/export.h"
#include "target/frame_pool.h"
#include "target/late_copies.h"
#include "target/limits.h"
#include "target/outbox.h"
#include "target/request_table.h"
#include "wire/frame.h"

namespace aoekit::target {

// What the core must know of an interface.
struct PortOptions {
  wire::MacAddress mac;
  std::uint32_t mtu_bytes = 1500;
};

// Threads: none of its own; all calls from one. After the exports are added, the data path allocates nothing.
//
// The owner's turn: any number of calls with one outbox; on_timer() when next_deadline() has come; start outbox.ops on the disks; send outbox.frames; then
// recycle(outbox). An outbox made with outbox_capacity() never overflows within a turn. The cookie of an operation
// comes back in its completion unchanged; its data is the core's memory until then.
class TargetCore {
 public:
  explicit TargetCore(const TargetLimits& limits);
  TargetCore(const TargetCore&) = delete;
  TargetCore& operator=(const TargetCore&) = delete;

  // --- what there is -------------------------------------------------------------------------------------------
  PortId add_port(const PortOptions& options);
  // A port changed (another MTU or MAC, or it came back): tells the stations. More exports than kAnswersAtOnce are
  // announced by on_timer(), as by announce_soon().
  void update_port(PortId port, const PortOptions& options, Outbox& outbox);
  // REQUIRES a valid address that no other export has, identity strings within ATA's limits. Does not announce.
  ExportId add_export(const ExportOptions& options, Instant now);
  // Tells the stations that the export is there, on every port: to all, or to each in its mask list.
  void announce(ExportId id, Outbox& outbox);
  // The same, by on_timer(): after a random part of TargetLimits::announce_jitter, a few in a tick, and on each
  // port kAnnounceInterval after the last ones, at least.
  void announce_soon(ExportId id);
  // The disk has another size now: tells the stations, if it is really different.
  void resize(ExportId id, Sectors size, Outbox& outbox);
  // Whether the disk is there at all. While not, ATA requests get AoE Error 3, which makes Linux wait for it.
  void set_available(ExportId id, bool available);
  // From now on frames are ignored; requests in progress still finish. idle() tells when they have.
  void stop_accepting();
  bool idle() const { return requests_in_progress_ == 0; }

  // --- what happens --------------------------------------------------------------------------------------------
  // One received frame, hostile until decoded. The bytes are not needed after the call.
  void on_frame(PortId port, ByteView frame, Instant now, Outbox& outbox);
  void on_block_done(std::span<const block::BlockCompletion> completions, Outbox& outbox);
  // Answers and announcements that were put off. Calls before next_deadline() do nothing.
  void on_timer(Instant now, Outbox& outbox);
  // When on_timer() has something to do, possibly long ago; nothing while nothing is put off.
  std::optional<Instant> next_deadline() const;
  // The outbox's frames were sent and its ops started: takes the frames' buffers back and empties it.
  void recycle(Outbox& outbox);

  // --- what is known -------------------------------------------------------------------------------------------
  std::size_t outbox_capacity() const { return pool_.size(); }
  // At most this many disk operations are outstanding, over all exports.
  std::size_t ops_in_flight_max() const { return pool_.size() - kBuffersForReplies; }
  std::size_t requests_in_progress() const { return requests_in_progress_; }
  const TargetCounters& counters() const { return counters_; }
  const Export& exported(ExportId id) const { return exports_[id.value]; }

 private:
  // One request on its way to one export.
  struct Arrival {
    PortId port;
    const wire::Header& header;
    Export& target;
    ExportId id;
    Instant now;
  };

  bool is_acceptable(PortId port, const wire::Header& header);
  void serve(const Arrival& arrival, ByteView frame, Outbox& outbox);
  void serve_ata(const Arrival& arrival, const wire::AtaBody& body, Outbox& outbox);
  void serve_config(const Arrival& arrival, const wire::ConfigBody& body, Outbox& outbox);
  void serve_mask(const Arrival& arrival, const wire::MaskBody& body, Outbox& outbox);
  void serve_reserve(const Arrival& arrival, const wire::ReserveBody& body, Outbox& outbox);

  void answer_at_once(const Arrival& arrival, const wire::AtaBody& body, const ata::Immediate& immediate,
                      BufferIndex buffer, Outbox& outbox);
  void start_transfer(const Arrival& arrival, const wire::AtaBody& body, const ata::Transfer& transfer,
                      BufferIndex buffer, Outbox& outbox);
  // Whether a write is a late copy: to be answered, and not applied.
  bool is_late_copy(const RequestChain& chain, const WriteMark& write, Instant now);
  bool absorb_copy(const Arrival& arrival, const wire::AtaBody& body, const ata::Transfer& transfer);
  void issue(BufferIndex index, Outbox& outbox);
  void finish(BufferIndex index, block::BlockStatus status, Outbox& outbox);
  void answer_twins(const Request& request, const wire::AtaBody& answer, Outbox& outbox);

  // A buffer for a reply, or nothing (counted) if all are in use.
  std::optional<BufferIndex> reply_buffer();
  void reply_error(const Arrival& arrival, wire::AoeError error, Outbox& outbox);
  // Encodes a whole reply of `body`'s kind and puts it into the outbox.
  template <class Body>
  void reply(const Arrival& arrival, const Body& body, Outbox& outbox);
  template <class Body>
  void put(PortId port, const wire::Header& header, const Body& body, Outbox& outbox);
  void announce_on(PortId port, const Export& target, Outbox& outbox);
  void announce_to(wire::MacAddress station, PortId port, const Export& target, Outbox& outbox);

  // Discovery of many exports (discovery.cc).
  // The exports that a wildcard address may mean: all of them, or those of its shelf.
  std::size_t candidate_count(wire::AoeAddress address) const;
  ExportId candidate(wire::AoeAddress address, std::size_t index) const;
  bool must_spread(const wire::Header& header, ByteView frame) const;
  void spread(PortId port, const wire::Header& header, ByteView frame, Instant now, Outbox& outbox);
  Query* place_for(PortId port, const wire::Header& header, const wire::ConfigBody& body);
  void announce_all_soon(PortId port, std::uint32_t from);
  void tick(Instant now, Outbox& outbox);
  void answer_some(Query& query, std::size_t answers_max, Instant now, Outbox& outbox);
  void announce_some(PortId port, AnnouncePass& pass, std::size_t frames_max, Outbox& outbox);
  wire::ConfigBody config_of(const Export& target, PortId port, std::uint8_t op) const;

  const PortOptions& port(PortId id) const { return ports_[id.value]; }
  std::uint32_t sectors_that_fit(PortId id) const;

  TargetLimits limits_;
  FramePool pool_;
  RequestTable requests_;
  LateCopies late_copies_;
  std::vector<PortOptions> ports_;
  std::vector<Export> exports_;
  std::unordered_map<std::uint32_t, ExportId> by_address_;
  std::unordered_map<std::uint16_t, std::vector<ExportId>> by_shelf_;
  std::vector<Query> queries_;        // kQueriesMax places once there are so many exports that they matter
  std::size_t first_query_ = 0;       // that is answered in the next tick
  std::size_t queries_open_ = 0;
  std::vector<AnnouncePass> passes_;  // by port
  Instant next_tick_{};
  Prng prng_;
  TargetCounters counters_;
  std::size_t requests_in_progress_ = 0;
  bool accepting_ = true;
};

}  // namespace aoekit::target

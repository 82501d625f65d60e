// The AoE target without I/O: frames, disk completions and changes go in, frames to send and disk operations come out.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/bounded_vector.h"
#include "base/bytes.h"
#include "base/prng.h"
#include "base/time.h"
#include "block/block_op.h"
#include "target/clients.h"
#include "target/counters.h"
#include "target/discovery.h"
#include "target/events.h"
#include "target/export.h"
#include "target/frame_pool.h"
#include "target/held_requests.h"
#include "target/late_copies.h"
#include "target/limits.h"
#include "target/outbox.h"
#include "target/request_table.h"
#include "target/state_changes.h"
#include "wire/frame.h"

namespace aoekit::target {

// What the core must know of an interface.
struct PortOptions {
  wire::MacAddress mac;
  std::uint32_t mtu_bytes = 1500;
};

// Threads: none of its own; all calls from one. After the exports are added, the data path allocates nothing.
//
// The owner's turn: any number of calls with one outbox; on_timer() when next_deadline() has come; start outbox.ops on
// the disks and storing outbox.states; send outbox.frames; then recycle(outbox). An outbox made with outbox_capacity()
// never overflows within a turn. The cookie of an operation comes back in its completion unchanged; its data is the
// core's memory until then. With FrameLife::turn the received frames stay as they are until recycle() of the outbox that
// they were given with; with ReadLoans::accepted frames are sent before operations are started.
class TargetCore {
 public:
  explicit TargetCore(const TargetLimits& limits);
  TargetCore(const TargetCore&) = delete;
  TargetCore& operator=(const TargetCore&) = delete;

  // --- what there is -------------------------------------------------------------------------------------------
  PortId add_port(const PortOptions& options);
  // Nothing more comes or goes by the port: requests in progress that came by it are finished and not answered. Its id
  // may be given out again by the next add_port(). REQUIRES that frames for it in outboxes were sent or are thrown away.
  void remove_port(PortId port);
  // A port changed (another MTU or MAC, or it came back): tells the stations. More than Pace::answers_at_once frames are
  // sent by on_timer(), as by announce_soon().
  void update_port(PortId port, const PortOptions& options, Outbox& outbox);
  // REQUIRES a valid address that no other export has, identity strings within ATA's limits. Does not announce.
  // An id whose is_removed() is true may be given out again: its owner looks before it adds another one.
  ExportId add_export(const ExportOptions& options, Instant now);
  // Changes everything but the address and what stations may change; tells the stations, if they can see it. Requests
  // in progress go on as they began. What was answered from a cache before a stricter `commit` is not made stable by it:
  // the owner syncs the disk. REQUIRES what add_export() asks, and the same address.
  void update_export(ExportId id, const ExportOptions& options, Outbox& outbox);
  // Its address is free at once, and nothing is accepted for it any more. What was accepted is still carried out and
  // answered, then is_removed(): only after that may its disk go. REQUIRES that it was not removed.
  void remove_export(ExportId id);
  bool is_removed(ExportId id) const;
  // What stations may change: now, and from now on. A change that the owner makes is not announced and not given to be
  // stored. REQUIRES for set_state() !is_state_pending(id): no command's change waits to be stored.
  PersistentState state_of(ExportId id) const;
  void set_state(ExportId id, PersistentState state);
  bool is_state_pending(ExportId id) const { return exports_[id.value].state_change.has_value(); }
  // Tells the stations that the export is there, on every port: to all, or to each in its mask list or, without one, in
  // its list of stations that may read. More than Pace::answers_at_once of them are told as by announce_soon().
  void announce(ExportId id, Outbox& outbox);
  // The same, by on_timer(): after a random part of TargetLimits::announce_jitter, a few in a tick, and on each
  // port kAnnounceInterval after the last ones, at least.
  void announce_soon(ExportId id);
  // The disk has another size now: tells the stations, if it is really different.
  void resize(ExportId id, Sectors size, Outbox& outbox);
  // Whether the disk is there at all. While not, ATA requests get AoE Error 3, which makes Linux wait for it.
  void set_available(ExportId id, bool available);
  // Takes an exclusive export from its holder, whose writes that were accepted are still carried out. Whether there was
  // one.
  bool release_holder(ExportId id);
  // From now on frames are ignored; requests in progress still finish. idle() tells when they have.
  void stop_accepting();
  bool idle() const { return requests_in_progress_ == 0 && state_changes_.count() == 0; }

  // --- what happens --------------------------------------------------------------------------------------------
  // One received frame, hostile until decoded. The bytes are not needed after the call.
  void on_frame(PortId port, ByteView frame, Instant now, Outbox& outbox);
  void on_block_done(std::span<const block::BlockCompletion> completions, Instant now, Outbox& outbox);
  // With Persistence::required: for each of outbox.states the owner stores state_to_store() and then calls
  // on_state_stored(), once. Only then is the change made, and its command answered; if it failed, nothing changes and
  // the command gets AoE Error 3. Meanwhile other changes of that export are dropped.
  const PersistentState& state_to_store(std::uint32_t cookie) const { return state_changes_[cookie].state; }
  void on_state_stored(std::uint32_t cookie, Stored stored, Instant now, Outbox& outbox);
  // Answers, announcements and requests that were put off. Calls before next_deadline() do nothing.
  void on_timer(Instant now, Outbox& outbox);
  // When on_timer() has something to do, possibly long ago; nothing while nothing is put off.
  std::optional<Instant> next_deadline() const;
  // The outbox's frames were sent and its ops started: takes the frames' buffers back and empties it.
  void recycle(Outbox& outbox);

  // --- what is known -------------------------------------------------------------------------------------------
  std::size_t outbox_capacity() const { return pool_.size(); }
  // At most this many disk operations are outstanding, over all exports; each is that of one request.
  std::size_t ops_in_flight_max() const { return pool_.size() - kBuffersForReplies; }
  std::size_t requests_in_progress() const { return requests_in_progress_; }
  // Of one export, those that wait included; takes as long as they are many.
  std::size_t requests_in_progress(ExportId id) const;
  const TargetCounters& counters() const { return counters_; }
  // REQUIRES an id that add_export() gave; of a removed one what it was, until the id is given out again.
  const Export& exported(ExportId id) const { return exports_[id.value]; }
  const IoStatistics& statistics(ExportId id) const { return exports_[id.value].statistics; }
  // The stations that sent ATA commands to exports, as many as are remembered, in no order. Allocates.
  std::vector<ClientRecord> clients() const;
  // Of an exclusive export.
  std::optional<wire::MacAddress> holder(ExportId id, Instant now) const {
    return exports_[id.value].writers.holder(now);
  }
  // Moves what happened and was not taken yet to `out`, oldest first; returns how many. 64 are kept, the rest counted.
  std::size_t take_events(std::span<TargetEvent> out) { return events_.take(out); }

 private:
  // One request on its way to one export.
  struct Arrival {
    PortId port;
    const wire::Header& header;
    Export& target;
    ExportId id;
    Instant now;
    ClientIndex client = kNoClient;
  };

  static std::uint32_t key_of(wire::AoeAddress address) {
    return static_cast<std::uint32_t>(address.shelf) << 8 | address.slot;
  }
  bool is_acceptable(PortId port, const wire::Header& header);
  void serve(Arrival arrival, ByteView frame, Outbox& outbox);
  void serve_ata(const Arrival& arrival, const wire::AtaBody& body, Outbox& outbox);
  void serve_config(const Arrival& arrival, const wire::ConfigBody& body, Outbox& outbox);
  void serve_mask(const Arrival& arrival, const wire::MaskBody& body, Outbox& outbox);
  void serve_reserve(const Arrival& arrival, const wire::ReserveBody& body, Outbox& outbox);

  // Whether the export keeps `wanted` now, and sub-command `op` of the arrival is to be answered. If not, that is done
  // when the change is stored, or the command was dropped.
  [[nodiscard]] bool keeps(const Arrival& arrival, std::uint8_t op, PersistentState wanted, Outbox& outbox);
  static void adopt(Export& target, PersistentState state);
  void reply_mask(const Arrival& arrival, std::uint8_t op, Outbox& outbox);
  void reply_reserve(const Arrival& arrival, std::uint8_t op, Outbox& outbox);

  void answer_at_once(const Arrival& arrival, const wire::AtaBody& body, const ata::Immediate& immediate,
                      BufferIndex buffer, Outbox& outbox);
  void start_transfer(const Arrival& arrival, const wire::AtaBody& body, const ata::Transfer& transfer,
                      BufferIndex buffer, Outbox& outbox);
  // Who may do what, and what is counted of it (admission.cc).
  static void set_rules(Export& target, const ExportOptions& options);
  // Whether the station may see the export at all. Counts it if not.
  bool admits(const Arrival& arrival);
  // A command other than ATA's, to whatever address.
  void note_other(Arrival& arrival);
  ata::Access access_of(const Arrival& arrival, const wire::AtaBody& body) const;
  // Whether a transfer may have a buffer now, and go to the disk. Counts it if not.
  HeldRequests::Verdict admit(const Arrival& arrival, const ata::Transfer& transfer, const Cost& cost);
  // Whether buffers are short and the station has as many as it would if all that use any had the same.
  bool is_over_share(ClientIndex client);
  // What waited for a rate limit and may go.
  void release_held(Instant now, Outbox& outbox);
  // Whether a write must not begin to take an exclusive export.
  bool is_fenced(const Arrival& arrival) const;
  void note_write(const Arrival& arrival);
  // Adds to what is counted of the export and, if it is known, of the client.
  void count(Export& target, ClientIndex client, std::uint64_t IoStatistics::* what);
  void count(const Arrival& arrival, std::uint64_t IoStatistics::* what) {
    count(arrival.target, arrival.client, what);
  }
  void count_done(const Request& request, block::BlockStatus status, Instant now);
  // Whether a command that changes what stations may change is the station's to give.
  bool may_configure(const Arrival& arrival);
  // Whom the export is announced to one by one; empty: to everybody.
  static const StationList& audience(const Export& target);
  static bool may_see(const Export& target, const wire::MacAddress& station);

  // Whether a write is a late copy: to be answered, and not applied.
  bool is_late_copy(const RequestChain& chain, const WriteMark& write, Instant now);
  bool absorb_copy(const Arrival& arrival, const wire::AtaBody& body, const ata::Transfer& transfer);
  void keep_data(BufferIndex index);
  void issue(BufferIndex index, Instant now, Outbox& outbox);
  bool may_lend(const Request& request) const;
  void operation_done(const block::BlockCompletion& completion, Instant now, Outbox& outbox);
  // `lent`: where the data of a read lie, if not in the request's buffer.
  void finish(BufferIndex index, block::BlockStatus status, Instant now, Outbox& outbox, ByteView lent = {});
  // Group commit (group_commit.cc).
  // Whether the failure of a request's operation may be that of other writes that were to be made stable.
  bool leaves_doubt(BufferIndex index, block::BlockStatus status) const;
  // How a write or trim that is in a group is given to the disk.
  block::Durability durability_in_group(BufferIndex index, Outbox& outbox);
  void join(WriteGroup& group, BufferIndex index);
  void commit_later(BufferIndex index);
  void start_syncs(Outbox& outbox);
  void finish_sync(ExportId id, block::BlockStatus status, Instant now, Outbox& outbox);
  void finish_group(WriteGroup group, block::BlockStatus status, Instant now, Outbox& outbox);
  // Something that makes writes stable has failed: so have those that are under way.
  void condemn_writes(ExportId id, block::BlockStatus status, Instant now, Outbox& outbox);
  void answer_twins(const Request& request, wire::AtaBody answer, ByteView data, Outbox& outbox);

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
  std::optional<Instant> next_discovery() const;
  // Places of the exports that a wildcard address may mean: all of them, or those of its shelf. Some are empty.
  std::size_t candidate_count(wire::AoeAddress address) const;
  // Nothing: an empty place, or an export that the address does not mean or that is not served on that port.
  std::optional<ExportId> candidate(wire::AoeAddress address, PortId port, std::size_t index) const;
  bool must_spread(const wire::Header& header, ByteView frame) const;
  void spread(PortId port, const wire::Header& header, ByteView frame, Instant now, Outbox& outbox);
  Query* place_for(PortId port, const wire::Header& header, const wire::ConfigBody& body);
  // Exports numbered from `from` to the one before `end`.
  void announce_some_soon(PortId port, std::uint32_t from, std::uint32_t end);
  void announce_all_soon(PortId port) { announce_some_soon(port, 0, static_cast<std::uint32_t>(exports_.size())); }
  void tick(Instant now, Outbox& outbox);
  void answer_some(Query& query, std::size_t answers_max, Instant now, Outbox& outbox);
  void announce_some(PortId port, AnnouncePass& pass, std::size_t frames_max, Outbox& outbox);
  wire::ConfigBody config_of(const Export& target, PortId port, std::uint8_t op) const;

  // Adding, changing and removing (reconfigure.cc).
  static void configure(Export& target, const ExportOptions& options);
  ExportId place_for_export();
  void enter_into_shelf(ExportId id, std::uint16_t shelf);

  bool has_port(PortId id) const { return id.value < ports_.size() && ports_[id.value].has_value(); }
  const PortOptions& port(PortId id) const { return *ports_[id.value]; }
  std::uint32_t sectors_that_fit(PortId id) const;

  TargetLimits limits_;
  Pace pace_;
  FramePool pool_;
  RequestTable requests_;
  LateCopies late_copies_;
  StateChanges state_changes_;
  BoundedVector<ExportId> syncs_wanted_;  // within a call: exports with something to sync and nothing syncing
  ClientTable clients_;
  HeldRequests held_;
  EventQueue events_;
  std::vector<std::optional<PortOptions>> ports_;  // by id; nothing: removed
  std::vector<Export> exports_;                    // by id
  std::vector<ExportId> removed_;                  // ids to be given out again, once is_removed()
  std::unordered_map<std::uint32_t, ExportId> by_address_;
  std::unordered_map<std::uint16_t, std::vector<ExportId>> by_shelf_;  // kNoExport: a place that is free
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

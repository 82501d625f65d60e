// The sans-I/O initiator: finds the disks of a network and their paths; block operations in, AoE frames out, answers
// in, completions out.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/bounded_vector.h"
#include "base/result.h"
#include "base/time.h"
#include "block/block_op.h"
#include "initiator/completion.h"
#include "initiator/counters.h"
#include "initiator/device.h"
#include "initiator/index_list.h"
#include "initiator/limits.h"
#include "initiator/outbox.h"
#include "initiator/slot_pool.h"
#include "initiator/status.h"
#include "initiator/timer_queue.h"
#include "wire/frame.h"

namespace aoekit::initiator {

// What the core must know of an interface.
struct PortOptions {
  wire::MacAddress mac;
  std::uint32_t mtu_bytes = 1500;
  bool up = true;
};

struct InitiatorOptions {
  InitiatorLimits limits;
  RetransmitOptions retransmit;
  DiscoveryOptions discovery;
  // A frame unanswered for this long fails its request; if nothing at all was heard from the disk meanwhile, the disk
  // is down: its requests fail, and new ones at once, until it answers again. Nothing: requests wait for ever.
  std::optional<Duration> dead_after = std::chrono::seconds(180);
  std::uint32_t tag_seed = 0;  // should differ from run to run (slot_pool.h)
};

// Order: a request that overlaps an unfinished earlier one waits for it, if at least one of the two changes the disk.
// All others may be done in any order; one that waits holds up nobody but those that overlap it. A flush covers what
// was finished before it was submitted, as BlockOp says.
//
// Copies: a frame that stays unanswered is sent again with the same tag; by another path, if nothing was heard from its
// own meanwhile. Copies of an earlier write may be on their way when it is done: an overlapping later one follows them,
// if they all went one way, else it waits until they cannot arrive any more (RetransmitOptions::copy_lifetime_...). A
// write of which a frame had to be cut anew for a smaller path is not done before the old frame cannot arrive
// any more.
//
// The owner's turn: any number of calls with one outbox; send outbox.frames; recycle(outbox). An outbox made with
// outbox_capacity() never overflows within a turn. Owns no thread, reads no clock, and allocates nothing except when it
// meets a new disk or path and for the text of errors. What it does depends on its inputs and on nothing else.
class InitiatorCore {
 public:
  // `now`: all later times are at or after it.
  InitiatorCore(const InitiatorOptions& options, Instant now);
  InitiatorCore(const InitiatorCore&) = delete;
  InitiatorCore& operator=(const InitiatorCore&) = delete;

  // --- interfaces ----------------------------------------------------------------------------------------------------
  // Asks the network who is there, if the port is up. REQUIRES: at most kPortsMax ports.
  PortId add_port(const PortOptions& options, Instant now, Outbox& outbox);
  // Down: its frames move to other paths at once. Up: its paths are asked, and used again when they answer. Another
  // MTU: frames of another size from now on. Without a difference nothing happens.
  void update_port(PortId port, const PortOptions& options, Instant now, Outbox& outbox);

  // --- disks ---------------------------------------------------------------------------------------------------------
  // Asks on every port that is up; wildcards allowed. Disks also come into being by themselves: by periodic discovery
  // and by announcements.
  void discover(wire::AoeAddress address, Instant now, Outbox& outbox);
  // Nothing while nobody has answered for that address.
  std::optional<DeviceId> find(wire::AoeAddress address) const;
  // All that find() finds, ordered by shelf and slot.
  std::vector<DeviceId> devices() const;
  std::size_t device_count() const { return by_address_.size(); }
  // REQUIRES, here and below: an id that find(), devices() or an event gave.
  DeviceStatus device_status(DeviceId device) const;
  Sectors device_size(DeviceId device) const;
  // REQUIRES path < device_status().path_count.
  PathStatus path_status(DeviceId device, std::size_t path) const;
  // Counts users. While a disk is open, its paths are never given to another disk (serial or model), and it is probed
  // when it is down.
  void open(DeviceId device);
  void close(DeviceId device);
  // Until it answers again. False, without effect, while it is open or has unfinished requests.
  bool forget(DeviceId device);

  // --- requests ------------------------------------------------------------------------------------------------------
  // Requests that can still be submitted before completions have to be drained.
  std::size_t room() const { return free_requests_.size(); }
  // Starts `op`. Fails, without effect, with os_error ENOSPC past the end of the disk, EOPNOTSUPP for trim where the
  // disk has none, EIO while the disk is down, replaced or not identified, EAGAIN when room() is 0. A stable write is a
  // FUA write where the disk has it, else a write and a flush. A flush of a disk that has none succeeds: there is
  // nothing better.
  // REQUIRES: op.data as BlockOp says, or empty for a write of zeros; it stays untouched by the caller until the
  // completion is drained.
  Result<RequestId> submit(DeviceId device, const block::BlockOp& op, Instant now, Outbox& outbox);
  // Stores up to out.size() completions, oldest first, and returns how many.
  std::size_t drain(std::span<Completion> out);

  // --- what happens --------------------------------------------------------------------------------------------------
  // One received frame, hostile until decoded. The bytes are not needed after the call.
  void on_frame(PortId port, ByteView frame, Instant now, Outbox& outbox);
  void on_timer(Instant now, Outbox& outbox);
  // When on_timer() has something to do; may be in the past. To be asked again after every call.
  std::optional<Instant> next_deadline() const;
  // To be called when the outbox's frames have been sent (or dropped); empties it.
  void recycle(Outbox& outbox);
  std::size_t outbox_capacity() const { return options_.limits.frames + kControlFrames; }
  // Stores up to out.size() events, oldest first, and returns how many.
  std::size_t drain_events(std::span<DeviceEvent> out);

  const InitiatorCounters& counters() const { return counters_; }

 private:
  // core_discovery.cc: who is there.
  void ask_everybody(Instant now, Outbox& outbox);
  void broadcast(wire::AoeAddress address, Outbox& outbox);
  bool send_config_query(PortId port, wire::MacAddress destination, wire::AoeAddress address, Outbox& outbox);
  void on_config_response(PortId port, const wire::Header& header, ByteView frame, Instant now, Outbox& outbox);
  Device* find_or_add_device(wire::AoeAddress address);
  std::optional<std::size_t> find_or_add_path(Device& device, PortId port, wire::MacAddress mac,
                                              std::uint16_t buffers);
  std::size_t find_or_add_target(Device& device, wire::MacAddress mac, std::uint16_t buffers);

  // core_identify.cc: what the disk says it is, and whether it is still the same.
  void identified(Device& device, std::size_t path, const ata::IdentifyPage& page, Instant now, Outbox& outbox);
  void adopt(Device& device, std::size_t path, const ata::IdentifyPage& page, Instant now);
  void refuse_path(Device& device, std::size_t path, Instant now);
  void set_path_up(Device& device, std::size_t path, Instant now);

  // core_questions.cc: IDENTIFY and reservation requests.
  bool can_ask() const { return questions_open_ < kQuestionsMax && control_.free_count() > 0; }
  void ask_due_questions(Device& device, Instant now, Outbox& outbox);
  bool ask(Device& device, std::size_t path, Question::Kind kind, Instant now, Outbox& outbox);
  void send_question(SlotIndex index, Instant now, Outbox& outbox);
  void question_expired(SlotIndex index, Instant now, Outbox& outbox);
  void end_question(SlotIndex index);
  void end_questions_of(const Device& device);
  void on_question_answer(SlotIndex index, PortId port, const wire::Header& header, ByteView frame, Instant now,
                          Outbox& outbox);
  void on_identify_answer(SlotIndex index, const wire::AtaBody* reply, Instant now, Outbox& outbox);
  bool is_waiting_for_holder(Device& device, Request& request, Instant now, Outbox& outbox);
  void holder_told(Device& device, std::optional<wire::MacAddress> holder, Instant now);

  // core_paths.cc: which ways are open.
  static bool any_up(const Device& device);
  std::optional<std::size_t> find_path(const Device& device, PortId port, wire::MacAddress mac) const;
  std::optional<std::size_t> choose_path(const Device& device, std::uint64_t sectors, std::uint64_t sectors_min,
                                         std::optional<std::size_t> avoid) const;
  std::optional<std::size_t> path_for_new(const Device& device, const Request& request, Instant now) const;
  std::optional<std::size_t> path_for_waiting(const Device& device, const FrameSlot& slot, Instant now) const;
  bool keeps_its_size(const Device& device, const FrameSlot& slot) const;
  bool has_room(const Device& device, std::size_t path) const;
  std::uint32_t sectors_of(const Path& path) const;
  void heard(Device& device, std::size_t path, Instant now);
  void suspect(Device& device, std::size_t path, Instant now, Outbox& outbox);
  void set_path_down(Device& device, std::size_t path, DeviceEventKind event);
  void take_frames_off(Device& device, std::size_t path, Instant sent_before);
  void hasten_frames(const Device& device, std::size_t path, Instant now);
  void probe(const Device& device, std::size_t path, Outbox& outbox);
  void on_probe_due(Device& device, std::size_t path, Instant now, Outbox& outbox);
  void port_went_down(PortId port);
  void port_came_up(PortId port, Instant now, Outbox& outbox);

  // core_devices.cc: what becomes of a disk as time goes by; core_status.cc shows it.
  void look_after(Device& device, Instant now, Outbox& outbox);
  void plan(Device& device);
  void watch(Device& device);
  std::optional<Instant> dead_at(const Device& device) const;
  void set_down(Device& device, Instant now);
  void want_to_send(Device& device);

  // core_requests.cc: order and the end of requests.
  void hold_or_start(Device& device, std::uint32_t request, Instant now);
  void start_if_free(Device& device, std::uint32_t request, Instant now);
  static void note_failure(Request& request, const Answer& answer, SectorRange where);
  void stop_sending(Device& device, std::uint32_t request);
  void fail_all(Device& device, Outcome outcome, Instant now);
  void finish_if_done(Device& device, std::uint32_t request, Instant now, Outbox& outbox);
  void finish(Device& device, std::uint32_t request, Instant now);

  // core_quarantine.cc: late copies.
  bool is_quarantined(Device& device, Request& request, Instant now);
  void forget_in_quarantines(const Device& device, std::size_t path);
  std::optional<Instant> next_quarantine_end(const Device& device) const;
  void quarantine(Device& device, const Request& request, Instant now);
  void end_quarantines(Device& device, Instant now);
  void start_after_quarantine(Device& device, Instant now);
  Duration copy_lifetime(const Device& device) const;
  bool must_settle(Device& device, Request& request, Instant now);
  void finish_settled(Device& device, Instant now, Outbox& outbox);
  std::optional<Instant> next_settled(const Device& device) const;

  // core_frames.cc: sending.
  void pump(Device& device, Instant now, Outbox& outbox);
  bool others_may_pass(const Device& device, const FrameSlot& slot, Instant now) const;
  bool may_take_slot(const Device& device) const;
  SlotIndex make_frame(Device& device, std::uint32_t request, std::size_t path);
  void prepare(Device& device, SlotIndex index, std::uint64_t sectors_max);
  void transmit(Device& device, SlotIndex index, std::size_t path, Instant now, Outbox& outbox);
  void put(PortId port, SlotPool& pool, SlotIndex index, std::size_t bytes, Outbox& outbox);
  void leave_wire(Device& device, FrameSlot& slot);
  void forget_tag(Device& device, FrameSlot& slot);
  void wait_to_be_sent(Device& device, SlotIndex index);
  void watch_waiting(SlotIndex index);
  void give_up(Device& device, SlotIndex index);
  void release(Device& device, SlotIndex index);

  // core_answers.cc: what answers, and their absence, do.
  void frame_expired(SlotIndex index, Instant now, Outbox& outbox);
  bool is_slow(const FrameSlot& slot) const;
  bool is_only_slow(Device& device, SlotIndex index, Instant now, Outbox& outbox);
  Instant lost_at(const Device& device, const FrameSlot& slot) const;
  void note_large_loss(Device& device, const FrameSlot& slot, Instant now, Outbox& outbox);
  void on_answer(SlotIndex index, PortId port, const wire::Header& header, ByteView frame, Instant now,
                 Outbox& outbox);
  std::optional<Answer> judge(const FrameSlot& slot, const wire::Header& header, ByteView frame);
  void finish_piece(Device& device, SlotIndex index, const Answer& answer, Instant now, Outbox& outbox);
  std::optional<Instant> give_up_at(const FrameSlot& slot) const;

  const Device& device_of(const FrameSlot& slot) const { return *devices_[requests_[slot.request].device.value]; }
  Device& device_of(const FrameSlot& slot) { return *devices_[requests_[slot.request].device.value]; }
  Question& question(SlotIndex index) { return questions_[index - options_.limits.frames]; }
  bool is_up(PortId port) const { return ports_[port.value].up; }
  void serve_waiting(std::size_t tries, Instant now, Outbox& outbox);
  void tell(DeviceEventKind kind, const Device& device, const Path* path = nullptr);
  void notice(Instant now) { latest_ = std::max(latest_, now); }

  // Timers: the slots of frames and of questions by their numbers, then the devices, then the core itself.
  std::uint32_t device_timer(DeviceId device) const;
  std::uint32_t core_timer() const;

  InitiatorOptions options_;
  Instant latest_;  // the newest time that we were told
  BoundedVector<PortOptions> ports_;
  std::vector<std::unique_ptr<Device>> devices_;  // by DeviceId; those that are forgotten, too
  std::map<wire::AoeAddress, DeviceId> known_;    // all of them
  std::map<wire::AoeAddress, DeviceId> by_address_;  // without those that are forgotten

  SlotPool frames_;
  std::vector<FrameSlot> slots_;
  SlotPool control_;
  std::vector<Question> questions_;
  std::size_t questions_open_ = 0;
  TimerQueue timers_;

  std::vector<Request> requests_;
  BoundedVector<std::uint32_t> free_requests_;
  IndexList finished_;
  std::uint64_t last_request_id_ = 0;
  BoundedVector<Quarantine> quarantines_;

  LinkTable order_links_;    // requests: Device::unfinished
  LinkTable request_links_;  // requests: Device::ready, finished_
  LinkTable slot_links_;     // slots: Device::waiting
  LinkTable hungry_links_;   // devices: hungry_
  LinkTable asking_links_;   // devices: asking_
  IndexList hungry_;         // devices that could send if slots were free
  IndexList asking_;         // devices that would ask if fewer questions were open

  Instant discover_at_;
  unsigned first_broadcasts_left_ = 0;
  BoundedVector<DeviceEvent> events_;
  InitiatorCounters counters_;
};

}  // namespace aoekit::initiator

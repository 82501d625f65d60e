// Each frame has a slot; the tag's low bits name it, the rest its generation, so that late copies are not counted.
#include "cli/bench/wire_load.h"

#include <algorithm>
#include <utility>

#include "ata/registers.h"
#include "base/check.h"
#include "base/prng.h"
#include "cli/bench/wait_for.h"
#include "io/clock.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::bench {
namespace {

constexpr std::uint32_t kSlotBits = 14;
static_assert(WireLoad::kFramesMax == 1U << kSlotBits);
// User-space programs set it, so that the Linux driver leaves their frames alone.
constexpr std::uint32_t kUserTag = 0x80000000U;
constexpr Duration kFirstPatience = std::chrono::milliseconds(100);
constexpr Duration kLookForOverdue = std::chrono::milliseconds(50);
constexpr Duration kGiveUp = std::chrono::seconds(10);

void fill_at_random(std::vector<std::uint8_t>& memory, std::uint64_t seed) {
  Prng prng(seed);
  for (std::uint8_t& byte : memory) byte = static_cast<std::uint8_t>(prng.next());
}

std::uint64_t dropped(const net::PortCounters& counters) {
  return counters.send_drops + counters.receive_drops + counters.frames_truncated;
}

}  // namespace

WireLoad::WireLoad(net::FramePort& port, std::vector<WireTarget> targets, Waiting waiting)
    : port_(port), waiting_(waiting) {
  std::size_t frames = 0;
  std::uint64_t frame_sectors = 0;
  for (WireTarget& target : targets) {
    frames += target.window;
    const auto largest = std::min<std::uint64_t>(target.sectors_per_frame, target.request_size.count);
    frame_sectors = std::max(frame_sectors, largest);
    Lane lane{.target = std::move(target), .jobs = {}, .free_jobs = {}, .unsent = {}};
    lane.jobs.resize(lane.target.depth);
    for (std::uint32_t i = 0; i < lane.jobs.size(); ++i) lane.free_jobs.push_back(i);
    lanes_.push_back(std::move(lane));
  }
  AOEKIT_CHECK(frames <= kFramesMax);
  slots_.resize(frames);
  for (std::uint32_t i = 0; i < frames; ++i) {
    // What writes carry: random once, because making it anew would cost more than sending it.
    slots_[i].memory.resize(std::max(wire::kAtaHeaderBytes + Sectors{frame_sectors}.bytes(), wire::kMinFrameBytes));
    fill_at_random(slots_[i].memory, i);
    free_slots_.push_back(i);
  }
  to_send_.reserve(frames);
}

Tally WireLoad::tally() const {
  Tally tally = tally_;
  tally.dropped_here = dropped(port_.counters()) - dropped_before_;
  return tally;
}

void WireLoad::reset_tally() {
  tally_ = Tally{};
  dropped_before_ = dropped(port_.counters());
}

Status WireLoad::turn(Instant until) {
  Instant now = io::monotonic_now();
  for (std::uint32_t i = 0; i < lanes_.size(); ++i) {
    start_due(lanes_[i], now);
    send_frames(i, now);
  }
  if (now - overdue_looked_for_ >= kLookForOverdue) {
    if (const Status status = send_overdue(now); !status) return status;
  }
  if (!to_send_.empty()) port_.send(to_send_);
  to_send_.clear();
  std::span<const ByteView> frames = port_.receive();
  if (frames.empty() && waiting_ == Waiting::asleep) {
    if (const Status status = wait(now, until); !status) return status;
    frames = port_.receive();
  }
  if (!frames.empty()) take(frames, io::monotonic_now());
  return {};
}

Status WireLoad::wait(Instant now, Instant until) const {
  until = std::min(until, now + kLookForOverdue);
  for (const Lane& lane : lanes_) {
    const auto due = lane.target.schedule.next_due();
    if (due && !lane.free_jobs.empty()) until = std::min(until, *due);
  }
  return wait_for(port_.fd(), until);
}

void WireLoad::start_due(Lane& lane, Instant now) {
  while (!lane.free_jobs.empty()) {
    const auto since = lane.target.schedule.take(now);
    if (!since) return;
    const std::uint32_t index = lane.free_jobs.back();
    lane.free_jobs.pop_back();
    const Request request = lane.target.workload.next();
    lane.jobs[index] = {.request = request, .since = *since, .next_lba = request.range.first.value};
    lane.unsent.push_back(index);
  }
}

void WireLoad::send_frames(std::uint32_t lane_index, Instant now) {
  Lane& lane = lanes_[lane_index];
  while (lane.unsent_first < lane.unsent.size() && lane.frames_out < lane.target.window) {
    const std::uint32_t job_index = lane.unsent[lane.unsent_first];
    Job& job = lane.jobs[job_index];
    AOEKIT_CHECK(!free_slots_.empty());  // there are as many as all windows have room for
    const std::uint32_t index = free_slots_.back();
    free_slots_.pop_back();
    Slot& slot = slots_[index];
    slot.tag = kUserTag | (++generation_ << kSlotBits & ~kUserTag) | index;
    slot.lane = lane_index;
    slot.job = job_index;
    fill_slot(slot, lane, job);
    slot.first_sent = now;
    slot.patience = kFirstPatience;
    slot.send_again = now + kFirstPatience;
    ++job.frames_out;
    ++lane.frames_out;
    to_send_.push_back(slot.frame);
    if (sent_completely(job)) ++lane.unsent_first;
  }
  if (lane.unsent_first == lane.unsent.size()) {
    lane.unsent.clear();
    lane.unsent_first = 0;
  } else if (lane.unsent_first > lane.jobs.size()) {
    lane.unsent.erase(lane.unsent.begin(), lane.unsent.begin() + static_cast<std::ptrdiff_t>(lane.unsent_first));
    lane.unsent_first = 0;
  }
}

void WireLoad::fill_slot(Slot& slot, const Lane& lane, Job& job) {
  wire::Header header;
  header.destination = lane.target.mac;
  header.source = port_.info().mac;
  header.address = lane.target.address;
  header.tag = slot.tag;
  slot.data_bytes = 0;
  if (job.request.kind == Kind::query) {
    header.command = static_cast<std::uint8_t>(wire::Command::config);
    slot.frame = wire::encode(slot.memory, header, wire::ConfigBody{});
    return;
  }
  const bool is_write = job.request.kind == Kind::write;
  const std::uint64_t sectors =
      std::min<std::uint64_t>(lane.target.sectors_per_frame, job.request.range.end() - job.next_lba);
  wire::AtaBody body;
  body.flags = static_cast<std::uint8_t>(wire::kAtaFlagExtended | (is_write ? wire::kAtaFlagWrite : 0));
  body.count = static_cast<std::uint8_t>(sectors);
  body.command_or_status =
      static_cast<std::uint8_t>(is_write ? ata::Opcode::write_sectors_ext : ata::Opcode::read_sectors_ext);
  std::uint64_t lba = job.next_lba;
  for (std::uint8_t& byte : body.lba) {
    byte = static_cast<std::uint8_t>(lba);
    lba >>= 8;
  }
  job.next_lba += sectors;
  const std::size_t bytes = Sectors{sectors}.bytes();
  slot.frame = wire::encode_around_data(slot.memory, header, body, is_write ? bytes : 0);
  if (!is_write) slot.data_bytes = static_cast<std::uint32_t>(bytes);
}

void WireLoad::take(std::span<const ByteView> frames, Instant now) {
  for (const ByteView frame : frames) on_reply(frame, now);
}

void WireLoad::on_reply(ByteView frame, Instant now) {
  const auto header = wire::decode_header(frame);
  if (!header || !header->is_response()) return;
  const std::uint32_t index = header->tag & ((1U << kSlotBits) - 1);
  // Announcements have tag 0, and so has a free slot.
  if (header->tag == 0 || index >= slots_.size() || slots_[index].tag != header->tag) return;
  Slot& slot = slots_[index];
  Lane& lane = lanes_[slot.lane];
  if (header->address != lane.target.address) return;
  Job& job = lane.jobs[slot.job];
  bool good = !header->is_error();
  if (job.request.kind != Kind::query) {
    const auto body = wire::decode_body(*header, frame);
    const auto* ata = body ? std::get_if<wire::AtaBody>(&*body) : nullptr;
    good = good && ata != nullptr && ata->command_or_status == ata::kStatusReady && ata->data.size() >= slot.data_bytes;
  }
  if (!good) job.outcome = Tally::Outcome::failed;
  slot.tag = 0;
  free_slots_.push_back(index);
  --lane.frames_out;
  if (--job.frames_out > 0 || !sent_completely(job)) return;
  tally_.add(job.request, job.outcome, now - job.since);
  lane.free_jobs.push_back(slot.job);
}

Status WireLoad::send_overdue(Instant now) {
  overdue_looked_for_ = now;
  for (Slot& slot : slots_) {
    if (slot.tag == 0 || now < slot.send_again) continue;
    if (now - slot.first_sent >= kGiveUp) {
      return fail("{} has not answered for {} s", lanes_[slot.lane].target.address.to_string(),
                  std::chrono::duration_cast<std::chrono::seconds>(kGiveUp).count());
    }
    slot.patience *= 2;
    slot.send_again = now + slot.patience;
    ++tally_.retransmissions;
    to_send_.push_back(slot.frame);
  }
  return {};
}

}  // namespace aoekit::bench

// One event a frame: links and queues are first in, first out, so that a time is all their state.
#include "sim/scale/fabric.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/check.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::scale {
namespace {

constexpr std::uint64_t kFrameBits = 84 * 8;  // 60 bytes, frame check sequence, preamble and gap
constexpr std::size_t kCoreBuffers = 64;
constexpr std::uint32_t kBuffersBefore = 192;  // the core's default
constexpr std::uint32_t kSlotsPerShelf = 255;
constexpr wire::MacAddress kRequester{{2, 0xff, 0, 0, 0, 1}};

wire::MacAddress mac_of(std::uint32_t number) {
  return {{2, 0, static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
           static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)}};
}

wire::AoeAddress address_of(std::uint32_t index) {
  return {static_cast<std::uint16_t>(index / kSlotsPerShelf), static_cast<std::uint8_t>(index % kSlotsPerShelf)};
}

target::TargetLimits limits(std::uint64_t seed, Duration jitter) {
  return {.buffers = kCoreBuffers, .sectors_per_frame_max = 2, .announce_jitter = jitter, .seed = seed};
}

target::ExportOptions export_options(std::uint32_t index) {
  target::ExportOptions options;
  options.address = address_of(index);
  options.size = Sectors{1U << 20};
  options.identity.serial = options.address.to_string();
  options.identity.model = "aoekit vblade";
  options.identity.firmware = "0.1.0";
  return options;
}

ByteView encode_query(MutableBytes memory, wire::MacAddress from, std::uint16_t shelf, std::uint32_t tag) {
  wire::Header header;
  header.destination = wire::kBroadcastMac;
  header.source = from;
  header.address = {shelf, wire::kSlotBroadcast};
  header.command = static_cast<std::uint8_t>(wire::Command::config);
  header.tag = tag;
  return wire::encode(memory, header, wire::ConfigBody{});
}

}  // namespace

const char* to_string(Policy policy) {
  switch (policy) {
    case Policy::first_buffers: return "first 192";
    case Policy::all_at_once: return "all at once";
    case Policy::spread: return "spread";
  }
  return "";
}

const char* to_string(Asking asking) { return asking == Asking::everybody ? "everybody" : "by shelf"; }

struct Fabric::Host {
  std::unique_ptr<target::TargetCore> core;  // with Policy::spread
  Instant link_free{};
  std::optional<Instant> timer;              // of the event that is on its way
};

Fabric::Fabric(const FabricOptions& options)
    : options_(options),
      frame_time_(static_cast<Duration::rep>(kFrameBits * 1000000000 / options.link_bits_per_second)),
      prng_(options.seed),
      hosts_(options.hosts),
      outbox_(kCoreBuffers) {
  AOEKIT_CHECK(std::uint64_t{options.hosts} * options.exports_per_host <= std::uint64_t{kSlotsPerShelf} * 0xffff);
  for (std::uint32_t i = 0; i < options.hosts; ++i) make_core(hosts_[i], i);
}

Fabric::~Fabric() = default;

void Fabric::make_core(Host& host, std::uint32_t index) {
  if (options_.policy != Policy::spread) return;
  host.core = std::make_unique<target::TargetCore>(limits(prng_.next(), options_.announce_jitter));
  host.core->add_port({mac_of(index), 9000});
  for (std::uint32_t i = 0; i < options_.exports_per_host; ++i) {
    host.core->add_export(export_options(index * options_.exports_per_host + i), Instant{});
  }
}

std::uint32_t Fabric::index_of(wire::AoeAddress address) const { return address.shelf * kSlotsPerShelf + address.slot; }

void Fabric::push(Instant at, Event::Kind kind, std::uint32_t host, std::uint32_t what) {
  events_.push({at, ++order_, host, what, kind});
}

DiscoveryResult Fabric::discover(Asking asking, Duration interval, Duration shelf_interval, unsigned rounds_max) {
  result_ = {};
  result_.exports = std::uint64_t{options_.hosts} * options_.exports_per_host;
  known_.assign(result_.exports, false);
  shelf_known_.assign(wire::kShelfBroadcast, false);
  Instant next_ask{};
  std::uint32_t shelf = wire::kShelfBroadcast;  // the one to ask next; the wildcard: everybody
  while (result_.found < result_.exports) {
    if (!events_.empty() && events_.top().at < next_ask) {
      const Event event = events_.top();
      events_.pop();
      handle(event);
      continue;
    }
    if (result_.queries == 1) result_.found_first = result_.found;
    const bool everybody = shelf == wire::kShelfBroadcast;
    if (everybody && result_.rounds == rounds_max) return result_;
    if (everybody) ++result_.rounds;
    ask(next_ask, static_cast<std::uint16_t>(shelf));
    next_ask += everybody ? interval : shelf_interval;
    if (asking == Asking::everybody) continue;
    // Those that are heard of in the meantime have their turn, too, if they come behind.
    shelf = everybody ? 0 : shelf + 1;
    while (shelf < wire::kShelfBroadcast && !shelf_known_[shelf]) ++shelf;
  }
  if (result_.queries == 1) result_.found_first = result_.found;
  return result_;
}

void Fabric::handle(const Event& event) {
  switch (event.kind) {
    case Event::Kind::query: return on_query(event.at, event.host, static_cast<std::uint16_t>(event.what));
    case Event::Kind::timer: return on_timer(event.at, event.host);
    case Event::Kind::answer: return on_answer(event);
  }
}

void Fabric::ask(Instant now, std::uint16_t shelf) {
  ++result_.queries;
  ++tag_;
  const auto range = static_cast<std::uint64_t>((options_.latency_max - options_.latency_min).count());
  for (std::uint32_t i = 0; i < options_.hosts; ++i) {
    push(now + options_.latency_min + Duration(static_cast<Duration::rep>(prng_.below(range + 1))),
         Event::Kind::query, i, shelf);
  }
}

void Fabric::on_query(Instant now, std::uint32_t index, std::uint16_t shelf) {
  Host& host = hosts_[index];
  if (!host.core) {
    const std::uint32_t first = index * options_.exports_per_host;
    std::uint32_t left = options_.policy == Policy::all_at_once ? options_.exports_per_host : kBuffersBefore;
    for (std::uint32_t i = first; i < first + options_.exports_per_host && left > 0; ++i) {
      if (shelf != wire::kShelfBroadcast && shelf != address_of(i).shelf) continue;
      put_on_wire(now, index, i);
      --left;
    }
    return;
  }
  std::array<std::uint8_t, wire::kMinFrameBytes> memory;
  host.core->on_frame(target::PortId{0}, encode_query(memory, kRequester, shelf, tag_), now, outbox_);
  send(now, index);
}

void Fabric::on_timer(Instant now, std::uint32_t index) {
  hosts_[index].timer.reset();
  hosts_[index].core->on_timer(now, outbox_);
  send(now, index);
}

void Fabric::send(Instant now, std::uint32_t index) {
  Host& host = hosts_[index];
  for (const target::TxFrame& frame : outbox_.frames) {
    put_on_wire(now, index, index_of(wire::decode_header(frame.bytes)->address));
  }
  host.core->recycle(outbox_);
  const auto deadline = host.core->next_deadline();
  if (!deadline || (host.timer && *host.timer <= *deadline)) return;
  host.timer = std::max(*deadline, now);
  push(*host.timer, Event::Kind::timer, index, 0);
}

void Fabric::put_on_wire(Instant now, std::uint32_t index, std::uint32_t export_index) {
  Host& host = hosts_[index];
  host.link_free = std::max(host.link_free, now) + frame_time_;
  ++result_.answers;
  push(host.link_free, Event::Kind::answer, index, export_index);
}

void Fabric::on_answer(const Event& event) {
  if (port_free_ - event.at > frame_time_ * options_.switch_queue_frames) {
    ++result_.lost_in_switch;
    return;
  }
  port_free_ = std::max(port_free_, event.at) + frame_time_;
  while (!buffered_.empty() && buffered_.front() <= port_free_) buffered_.pop_front();
  if (buffered_.size() >= options_.receive_buffer_frames) {
    ++result_.lost_in_buffer;
    return;
  }
  const bool sleeps = reader_free_ < port_free_;
  reader_free_ = (sleeps ? port_free_ + options_.wake_up : reader_free_) + options_.receive_cost;
  buffered_.push_back(reader_free_);
  if (known_[event.what]) return;
  known_[event.what] = true;
  shelf_known_[address_of(event.what).shelf] = true;
  ++result_.found;
  result_.time = reader_free_.time_since_epoch();
}

StormResult Fabric::start_all(Duration spread_over) {
  StormResult result;
  std::map<std::int64_t, std::uint64_t> by_10_ms;
  Instant last{};
  const auto hear = [&](Instant now, std::uint64_t frames) {
    result.broadcasts += frames;
    by_10_ms[now.time_since_epoch() / std::chrono::milliseconds(10)] += frames;
    last = std::max(last, now);
  };
  const auto range = static_cast<std::uint64_t>(spread_over.count());
  for (std::uint32_t i = 0; i < options_.hosts; ++i) {
    Instant now{Duration(range > 0 ? static_cast<Duration::rep>(prng_.below(range)) : 0)};
    if (!hosts_[i].core) {
      hear(now, options_.exports_per_host);
      continue;
    }
    target::TargetCore& core = *hosts_[i].core;
    for (std::uint32_t id = 0; id < options_.exports_per_host; ++id) core.announce_soon(target::ExportId{id});
    while (const auto deadline = core.next_deadline()) {
      now = std::max(now, *deadline);
      core.on_timer(now, outbox_);
      if (!outbox_.frames.empty()) hear(now, outbox_.frames.size());
      core.recycle(outbox_);
    }
  }
  for (const auto& [time, frames] : by_10_ms) result.peak_per_10_ms = std::max(result.peak_per_10_ms, frames);
  result.time = last.time_since_epoch();
  return result;
}

SteadyResult steady(std::uint32_t exports, std::uint32_t requesters, Duration interval, Duration length) {
  target::TargetCore core(limits(1, {}));
  core.add_port({mac_of(0), 9000});
  for (std::uint32_t i = 0; i < exports; ++i) core.add_export(export_options(i), Instant{});
  target::Outbox outbox(kCoreBuffers);
  Prng prng(1);
  std::vector<std::pair<Instant, std::uint32_t>> asks;
  for (std::uint32_t i = 0; i < requesters; ++i) {
    const Duration phase(static_cast<Duration::rep>(prng.below(static_cast<std::uint64_t>(interval.count()))));
    for (Duration at = phase; at < length; at += interval) asks.emplace_back(Instant(at), i);
  }
  std::ranges::sort(asks);
  SteadyResult result;
  const auto count = [&] {
    for (const target::TxFrame& frame : outbox.frames) {
      ++(wire::decode_header(frame.bytes)->destination.is_broadcast() ? result.announcements : result.answers);
    }
    core.recycle(outbox);
  };
  std::array<std::uint8_t, wire::kMinFrameBytes> memory;
  for (const auto& [at, requester] : asks) {
    for (auto deadline = core.next_deadline(); deadline && *deadline <= at; deadline = core.next_deadline()) {
      core.on_timer(std::max(*deadline, Instant{}), outbox);
      count();
    }
    ++result.queries;
    core.on_frame(target::PortId{0}, encode_query(memory, mac_of(requester + 1), wire::kShelfBroadcast, 1), at, outbox);
    count();
  }
  result.told_later = core.counters().queries_announced;
  return result;
}

}  // namespace aoekit::scale

// Discovery of many exports: who asked, whose turn it is, and how many frames a tick may send.
#include "target/discovery.h"

#include <algorithm>

#include "target/reply.h"
#include "wire/decode.h"

namespace aoekit::target {
namespace {

bool only_asks(const wire::ConfigBody& body) {
  const auto op = wire::config_op_from(body.op);
  return op == wire::ConfigOp::read || op == wire::ConfigOp::test || op == wire::ConfigOp::test_prefix;
}

}  // namespace

Pace Pace::for_one_of(std::size_t cores) {
  static_assert(kAnnouncementsPerTick <= kAnswersAtOnce && kAnnouncementsPerTick <= kAnswersPerTick);
  // More cores than what a tick has for announcements take longer ticks, so that each has something in every tick.
  const std::size_t ticks = (cores + kAnnouncementsPerTick - 1) / kAnnouncementsPerTick;
  Pace pace;
  pace.answers_at_once = kAnswersAtOnce * ticks / cores;
  pace.answers_per_tick = kAnswersPerTick * ticks / cores;
  pace.announcements_per_tick = kAnnouncementsPerTick * ticks / cores;
  pace.tick = kTickInterval * static_cast<Duration::rep>(ticks);
  pace.announce_interval_per_export = kAnnounceIntervalPerExport * static_cast<Duration::rep>(cores);
  return pace;
}

bool Query::is_repeated_by(PortId from, const wire::Header& other, const wire::ConfigBody& body) const {
  return left > 0 && port == from && header.source == other.source && header.address == other.address &&
         op == body.op && std::ranges::equal(bytes_of(text), body.text);
}

std::size_t TargetCore::candidate_count(wire::AoeAddress address) const {
  if (address.shelf == wire::kShelfBroadcast) return exports_.size();
  const auto found = by_shelf_.find(address.shelf);
  return found == by_shelf_.end() ? 0 : found->second.size();
}

std::optional<ExportId> TargetCore::candidate(wire::AoeAddress address, PortId port, std::size_t index) const {
  const ExportId id = address.shelf == wire::kShelfBroadcast ? ExportId{static_cast<std::uint32_t>(index)}
                                                             : by_shelf_.at(address.shelf)[index];
  if (id == kNoExport) return std::nullopt;
  const Export& target = exports_[id.value];
  if (target.removed || !target.is_on(port) || !address.addresses(target.address)) return std::nullopt;
  return id;
}

bool TargetCore::must_spread(const wire::Header& header, ByteView frame) const {
  if (candidate_count(header.address) <= pace_.answers_at_once || header.version != wire::kVersion) return false;
  const auto body = wire::decode_body(header, frame);
  const auto* config = body ? std::get_if<wire::ConfigBody>(&*body) : nullptr;
  return config != nullptr && only_asks(*config);
}

void TargetCore::spread(PortId port, const wire::Header& header, ByteView frame, Instant now, Outbox& outbox) {
  const auto body = std::get<wire::ConfigBody>(*wire::decode_body(header, frame));
  Query* const query = place_for(port, header, body);
  if (query == nullptr) {
    ++counters_.queries_announced;
    return announce_all_soon(port);
  }
  ++counters_.queries_spread;
  if (query->left == 0) {
    ++queries_open_;
    query->port = port;
    query->op = body.op;
    query->text.assign(body.text.begin(), body.text.end());
    query->next = 0;
  }
  // One that asks again before it has all answers gets the others first, all under the new tag: however often it asks,
  // in the end it has heard of every export.
  query->header = header;
  query->left = static_cast<std::uint32_t>(candidate_count(header.address));
  if (now >= next_tick_) tick(now, outbox);
}

Query* TargetCore::place_for(PortId port, const wire::Header& header, const wire::ConfigBody& body) {
  Query* place = nullptr;
  for (Query& query : queries_) {
    if (query.is_repeated_by(port, header, body)) return &query;
    if (query.left == 0 && place == nullptr) place = &query;
  }
  return place;
}

void TargetCore::announce_soon(ExportId id) {
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    announce_some_soon(PortId{static_cast<std::uint16_t>(i)}, id.value, id.value + 1);
  }
}

void TargetCore::announce_some_soon(PortId port, std::uint32_t from, std::uint32_t end) {
  if (!accepting_ || !has_port(port)) return;
  AnnouncePass& pass = passes_[port.value];
  if (pass.state == AnnouncePass::State::running && from < pass.next) {
    pass.state = AnnouncePass::State::idle;  // once more from there, when it may
  }
  if (pass.state == AnnouncePass::State::idle) {
    pass.state = AnnouncePass::State::asked;
    if (pass.next >= pass.end) pass.next = from;
  }
  pass.end = std::max(pass.end, end);
  pass.next = std::min(pass.next, from);
  if (pass.state != AnnouncePass::State::running) pass.next_station = 0;
}

void TargetCore::stop_accepting() {
  accepting_ = false;
  for (Query& query : queries_) query.left = 0;
  queries_open_ = 0;
  for (AnnouncePass& pass : passes_) pass.state = AnnouncePass::State::idle;
}

std::optional<Instant> TargetCore::next_discovery() const {
  std::optional<Instant> earliest;
  const auto consider = [&](Instant at) { earliest = earliest ? std::min(*earliest, at) : at; };
  if (queries_open_ > 0) consider(next_tick_);
  for (const AnnouncePass& pass : passes_) {
    switch (pass.state) {
      case AnnouncePass::State::idle: break;
      case AnnouncePass::State::asked: return Instant::min();
      case AnnouncePass::State::waiting: consider(std::max(pass.due, next_tick_)); break;
      case AnnouncePass::State::running: consider(next_tick_); break;
    }
  }
  return earliest;
}

std::optional<Instant> TargetCore::next_deadline() const {
  const std::optional<Instant> discovery = next_discovery();
  std::optional<Instant> held = held_.deadline();
  if (held && !accepting_) held = Instant::min();
  return discovery && held ? std::min(*discovery, *held) : held ? held : discovery;
}

void TargetCore::on_timer(Instant now, Outbox& outbox) {
  release_held(now, outbox);
  for (AnnouncePass& pass : passes_) {
    if (pass.state != AnnouncePass::State::asked) continue;
    const auto jitter = limits_.announce_jitter.count();
    const Duration wait(jitter > 0 ? static_cast<Duration::rep>(prng_.below(static_cast<std::uint64_t>(jitter))) : 0);
    pass.state = AnnouncePass::State::waiting;
    pass.due = std::max(now + wait, pass.earliest);
  }
  if (const auto deadline = next_discovery(); deadline && *deadline <= now) tick(now, outbox);
}

void TargetCore::tick(Instant now, Outbox& outbox) {
  // By the schedule, so that wake-ups that come late do not add up; after a pause, anew.
  next_tick_ += pace_.tick;
  if (next_tick_ <= now) next_tick_ = now + pace_.tick;
  const std::uint64_t replies_before = counters_.replies;
  const auto room = [&](std::size_t frames_max) {
    const auto sent = static_cast<std::size_t>(counters_.replies - replies_before);
    return frames_max - std::min(frames_max, sent);
  };
  for (std::size_t i = 0; i < passes_.size(); ++i) {
    AnnouncePass& pass = passes_[i];
    if (pass.state == AnnouncePass::State::waiting && pass.due <= now) {
      pass.state = AnnouncePass::State::running;
      const auto count = static_cast<Duration::rep>(pass.end - pass.next);
      pass.earliest = now + std::max(kAnnounceInterval, pace_.announce_interval_per_export * count);
    }
    if (pass.state != AnnouncePass::State::running) continue;
    announce_some(PortId{static_cast<std::uint16_t>(i)}, pass, room(pace_.announcements_per_tick), outbox);
  }
  const std::size_t answers_max = pace_.answers_per_tick;
  for (std::size_t i = 0; i < queries_.size() && queries_open_ > 0 && room(answers_max) > 0; ++i) {
    Query& query = queries_[first_query_];
    const std::size_t share = std::min(pace_.answers_at_once, room(answers_max));
    if (query.left > 0) answer_some(query, share, now, outbox);
    // Who got only what was left of this tick is the first in the next.
    if (query.left > 0 && share < pace_.answers_at_once) break;
    first_query_ = (first_query_ + 1) % queries_.size();
  }
}

void TargetCore::answer_some(Query& query, std::size_t answers_max, Instant now, Outbox& outbox) {
  wire::ConfigBody body;
  body.op = query.op;
  body.text = bytes_of(query.text);
  const std::uint64_t replies_before = counters_.replies;
  const auto candidates = static_cast<std::uint32_t>(candidate_count(query.header.address));
  for (std::uint32_t looked = 0; looked < kLookedAtPerTick && query.left > 0; ++looked) {
    if (counters_.replies - replies_before >= answers_max || pool_.free_count() == 0) return;
    const std::uint32_t index = query.next % candidates;
    const std::optional<ExportId> id = candidate(query.header.address, query.port, index);
    query.next = index + 1;
    --query.left;
    if (!id) continue;
    Arrival arrival{query.port, query.header, exports_[id->value], *id, now};
    if (!admits(arrival)) continue;
    ++counters_.requests;
    note_other(arrival);
    serve_config(arrival, body, outbox);
  }
  if (query.left == 0) --queries_open_;
}

void TargetCore::announce_some(PortId port, AnnouncePass& pass, std::size_t frames_max, Outbox& outbox) {
  for (std::size_t sent = 0; sent < frames_max && pool_.free_count() > 0 && pass.next < pass.end;) {
    const Export& target = exports_[pass.next];
    if (target.removed || !target.is_on(port)) {
      ++pass.next;
      pass.next_station = 0;
      continue;
    }
    ++sent;
    const StationList& stations = audience(target);
    if (stations.empty()) {
      announce_to(wire::kBroadcastMac, port, target, outbox);
    } else if (pass.next_station < stations.size()) {
      announce_to(stations[pass.next_station++], port, target, outbox);
    }
    if (pass.next_station < stations.size()) continue;
    ++pass.next;
    pass.next_station = 0;
  }
  if (pass.next < pass.end) return;
  pass.state = AnnouncePass::State::idle;
  pass.next = pass.end = 0;
}

}  // namespace aoekit::target

// Timing constants and rules are those of docs/protocol.md; see the header.
#include "sim/clients/linux_client.h"

#include <algorithm>

#include "base/check.h"
#include "sim/clients/requests.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::sim {
namespace {

constexpr Duration kTick = milliseconds(100);
constexpr Duration kDiscoverEvery = seconds(60);
constexpr std::int64_t kAverageStart_us = 250'000 * 256;
constexpr std::int64_t kDeviationStart_us = 2'000'000 * 8;
constexpr std::uint8_t kFailureBits = 0xa9;

wire::Header header_for(wire::MacAddress from, wire::MacAddress to, wire::AoeAddress address, std::uint8_t command) {
  wire::Header header;
  header.destination = to;
  header.source = from;
  header.address = address;
  header.command = command;
  return header;
}

}  // namespace

LinuxClient::LinuxClient(World& world, Network& network, std::string name, wire::AoeAddress address,
                         const Options& options)
    : Client(world, network, std::move(name), address), options_(options), stream_(world.stream(name_)) {}

void LinuxClient::begin() {
  targets_.clear();
  open_ = false;
  last_tag_ = 0;
  average_us_ = kAverageStart_us;
  deviation_us_ = kDeviationStart_us;
  discover();
}

void LinuxClient::end() {
  queue_.clear();
  progress_.clear();
  active_.clear();
  open_ = tick_scheduled_ = false;
}

void LinuxClient::look_again() {
  if (!running_) return;
  std::array<std::uint8_t, 64> memory;
  for (const NicId nic : nics_) {
    const wire::Header header = header_for(network_.mac(nic), wire::kBroadcastMac, wire::kEverybody, 1);
    network_.send(nic, wire::encode(memory, header, wire::ConfigBody{}));
  }
}

void LinuxClient::discover() {
  look_again();
  later(kDiscoverEvery, [this] { discover(); });
}

std::uint32_t LinuxClient::new_tag() {
  const auto ticks = static_cast<std::uint64_t>(world_.now().time_since_epoch().count()) / (1'000'000'000 / options_.hz);
  last_tag_ = (last_tag_ + 1) & 0x7fff;
  return last_tag_ << 16 | static_cast<std::uint32_t>(ticks & 0xffff);
}

std::uint32_t LinuxClient::sectors_per_frame() const {
  std::uint32_t sectors = wire::kSectorsPerFrameMax;
  for (const Target& target : targets_) {
    for (const Interface& interface : target.interfaces) sectors = std::min(sectors, interface.sectors);
  }
  return sectors;
}

void LinuxClient::receive(std::size_t nic, ByteView frame) {
  const auto header = wire::decode_header(frame);
  // What a switch sends to everybody the NIC keeps away from a client that does not look whose it is.
  if (header && header->destination != network_.mac(nics_[nic]) && !header->destination.is_multicast()) return;
  if (!header || !header->is_response() || (header->tag & 0x80000000U) != 0) return;
  if (header->is_error()) return;
  if (header->address != address_) return;
  const auto body = wire::decode_body(*header, frame);
  if (!body) return;
  if (const auto* config = std::get_if<wire::ConfigBody>(&*body)) accept_config(nic, *header, *config);
  if (const auto* ata = std::get_if<wire::AtaBody>(&*body)) accept_ata(*header, *ata);
}

void LinuxClient::accept_config(std::size_t nic, const wire::Header& header, const wire::ConfigBody& body) {
  const std::uint32_t frames_max = std::min<std::uint32_t>(body.buffer_count, options_.maxout);
  auto target = std::ranges::find(targets_, header.source, &Target::mac);
  if (target == targets_.end()) {
    Target found;
    found.mac = header.source;
    found.frames_max = frames_max;
    found.window = found.slow_start_until = frames_max / 2;
    targets_.push_back(found);
    target = targets_.end() - 1;
  }
  target->frames_max = frames_max;
  const std::uint32_t advertised = body.sectors_per_frame == 0 ? 2 : body.sectors_per_frame;
  const std::uint32_t sectors = std::min(wire::sectors_advertised(network_.mtu(nics_[nic])), advertised);
  const auto interface = std::ranges::find(target->interfaces, nic, &Interface::nic);
  if (interface == target->interfaces.end()) {
    target->interfaces.push_back({nic, sectors});
  } else {
    interface->sectors = sectors;
  }
  if (!open_) identify();
}

void LinuxClient::identify() {
  const bool asks_already = std::ranges::any_of(active_, [](const Piece& piece) { return piece.io == nullptr; });
  Target* target = usable_target();
  if (asks_already || target == nullptr) return;
  average_us_ = kAverageStart_us;
  deviation_us_ = kDeviationStart_us;
  Piece piece;
  piece.first_sent_at = world_.now();
  transmit(piece, *target);
  active_.push_back(piece);
  schedule_tick();
}

void LinuxClient::submit(Io& io) {
  AOEKIT_CHECK(open_ && can(io.kind));
  queue_.push_back(&io);
  progress_[&io] = {};
  work();
}

LinuxClient::Target* LinuxClient::usable_target() {
  const auto has_room = [](const Target& target) {
    return target.outstanding < target.window && !target.interfaces.empty();
  };
  for (const bool avoid : {true, false}) {
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      Target& target = targets_[(next_target_ + i) % targets_.size()];
      if (!has_room(target) || (avoid && target.avoid_until > world_.now())) continue;
      next_target_ = (next_target_ + i + 1) % targets_.size();
      return &target;
    }
  }
  return nullptr;
}

// Frames given up for lost first, then new ones.
void LinuxClient::work() {
  for (std::size_t i = 0; i < active_.size(); ++i) {
    if (active_[i].queued_again && !send_again(active_[i])) break;
  }
  while (open_ && !queue_.empty()) {
    Target* target = usable_target();
    if (target == nullptr) break;
    Io* io = queue_.front();
    Progress& progress = progress_[io];
    Piece piece;
    piece.io = io;
    const std::uint64_t left = io->range.count.count - progress.cut;
    piece.range = {Lba{io->range.first.value + progress.cut},
                   Sectors{std::min<std::uint64_t>(left, std::max(1U, sectors_per_frame()))}};
    progress.cut += piece.range.count.count;
    ++progress.pieces;
    if (progress.cut == io->range.count.count) queue_.pop_front();
    piece.first_sent_at = world_.now();
    transmit(piece, *target);
    active_.push_back(piece);
  }
  schedule_tick();
}

bool LinuxClient::send_again(Piece& piece) {
  Target* target = usable_target();
  if (target == nullptr) return false;
  piece.queued_again = false;
  ++retransmissions_;
  transmit(piece, *target);
  return true;
}

void LinuxClient::transmit(Piece& piece, Target& target) {
  ++target.outstanding;
  piece.target = static_cast<std::size_t>(&target - targets_.data());
  piece.tag = new_tag();
  piece.sent_at = world_.now();
  const Interface& interface = target.interfaces[target.next_interface++ % target.interfaces.size()];
  const NicId nic = nics_[interface.nic];
  wire::Header header = header_for(network_.mac(nic), target.mac, address_, 0);
  header.tag = piece.tag;
  wire::AtaBody body;
  if (piece.io == nullptr) {
    body.count = 1;
    body.command_or_status = 0xec;
    body.lba[3] = 0xa0;
  } else {
    body = ata_request(piece.io->kind, piece.range);
    if (piece.io->kind == block::OpKind::write) {
      const std::uint64_t offset = (piece.range.first.value - piece.io->range.first.value) * kSectorBytes;
      body.data = ByteView(piece.io->data).subspan(offset, piece.range.count.bytes());
    }
  }
  std::vector<std::uint8_t> memory(wire::kAtaHeaderBytes + body.data.size() + wire::kMinFrameBytes);
  network_.send(nic, wire::encode(memory, header, body));
}

void LinuxClient::accept_ata(const wire::Header& header, const wire::AtaBody& body) {
  const auto found = std::ranges::find_if(active_, [&](const Piece& piece) { return piece.tag == header.tag; });
  if (found == active_.end()) {
    // "unexpected rsp": only its age counts, in jiffies as the tag tells it.
    const auto ticks = static_cast<std::uint64_t>(world_.now().time_since_epoch().count()) / (1'000'000'000 / options_.hz);
    const std::uint64_t age = (ticks - header.tag) & 0xffff;
    measure(Duration{static_cast<std::int64_t>(age * (1'000'000'000 / options_.hz))});
    return;
  }
  const Piece piece = *found;
  active_.erase(found);
  Target& target = targets_[piece.target];
  if (!piece.queued_again) --target.outstanding;
  measure(world_.now() - piece.sent_at);
  grow(target);
  if (piece.io == nullptr) {
    if (body.data.size() >= 512 && (body.command_or_status & kFailureBits) == 0 && !open_) {
      open_ = true;
      world_.say("{}: {} is usable", name_, address_.to_string());
    }
    return work();
  }
  const bool refused = (body.command_or_status & kFailureBits) != 0;
  const bool is_read = piece.io->kind == block::OpKind::read;
  const bool is_short = is_read && body.data.size() < piece.range.count.bytes();
  if (is_read && !refused && !is_short) {
    const std::uint64_t offset = (piece.range.first.value - piece.io->range.first.value) * kSectorBytes;
    std::ranges::copy(body.data.first(piece.range.count.bytes()),
                      piece.io->data.begin() + static_cast<std::ptrdiff_t>(offset));
  }
  finish_piece(piece, refused || is_short);
  work();
}

void LinuxClient::finish_piece(const Piece& piece, bool failed) {
  Progress& progress = progress_.at(piece.io);
  --progress.pieces;
  progress.failed = progress.failed || failed;
  finish_if_done(piece.io);
}

void LinuxClient::finish_if_done(Io* io) {
  const Progress progress = progress_.at(io);
  if (progress.pieces != 0 || progress.cut != io->range.count.count) return;
  progress_.erase(io);
  const auto done = std::move(io->done);
  done(progress.failed ? IoResult::failed : IoResult::ok);
}

void LinuxClient::measure(Duration round_trip) {
  std::int64_t error = round_trip / microseconds(1) - average_us_ / 256;
  average_us_ += error;
  error = (error < 0 ? -error : error) - deviation_us_ / 8;
  deviation_us_ += error;
}

void LinuxClient::grow(Target& target) {
  if (target.window >= target.frames_max) return;
  if (target.window < target.slow_start_until) {
    ++target.window;
  } else if (target.outstanding + 1 >= target.window && target.until_growth-- == 0) {
    ++target.window;
    target.until_growth = target.window;
  }
}

Duration LinuxClient::retransmit_after() const {
  return std::max<Duration>(microseconds(2 * average_us_ / 256 + 8 * (deviation_us_ / 8)),
                            Duration{static_cast<std::int64_t>(1'000'000'000 / options_.hz)});
}

void LinuxClient::schedule_tick() {
  if (tick_scheduled_ || active_.empty()) return;
  tick_scheduled_ = true;
  later(kTick, [this] { tick(); });
}

void LinuxClient::tick() {
  tick_scheduled_ = false;
  const Duration timeout = retransmit_after();
  const Duration dead = seconds(static_cast<std::int64_t>(options_.dead_seconds));
  for (Piece& piece : active_) {
    const Duration waited = world_.now() - piece.first_sent_at;
    if (options_.dead_seconds != 0 && waited > dead) return go_down();
    if (piece.queued_again || world_.now() - piece.sent_at < timeout) continue;
    Target& target = targets_[piece.target];
    const Duration scorn = std::min<Duration>(dead / static_cast<std::int64_t>(targets_.size()), seconds(10));
    if (waited > scorn) target.avoid_until = world_.now() + seconds(10);
    if (target.window != 1) {
      target.slow_start_until = target.window / 2;
      target.window = 1;
    }
    --target.outstanding;
    piece.queued_again = true;
  }
  work();
}

void LinuxClient::go_down() {
  ++times_down_;
  world_.say("{}: device failure: {} is down", name_, address_.to_string());
  std::vector<Io*> failed;
  for (const auto& [io, progress] : progress_) failed.push_back(io);
  // In the order in which they came, not where they lie in memory.
  std::ranges::sort(failed, {}, &Io::id);
  queue_.clear();
  progress_.clear();
  active_.clear();
  targets_.clear();
  open_ = false;
  for (Io* io : failed) {
    const auto done = std::move(io->done);
    done(IoResult::unanswered);
  }
}

}  // namespace aoekit::sim

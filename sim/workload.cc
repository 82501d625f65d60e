// Chooses operations and reports their ends.
#include "sim/workload.h"

#include <algorithm>

#include "base/check.h"

namespace aoekit::sim {
namespace {

constexpr std::uint64_t kIoEnded = 0x10e4d;
constexpr Duration kNotReadyPause = milliseconds(50);
constexpr std::size_t kRecentMax = 6;

}  // namespace

Workload::Workload(World& world, Client& client, SectorRegister& sectors, Values& values, const Options& options)
    : world_(world),
      client_(client),
      register_(sectors),
      values_(values),
      options_(options),
      stream_(world.stream("user of " + client.name())) {}

void Workload::start() { next_soon(); }

void Workload::finish(std::uint64_t operations) {
  mode_ = Mode::finish;
  paused_ = false;
  quota_ = operations;
  verified_ = 0;
  next_soon();
}

void Workload::rush() {
  mode_ = Mode::rush;
  paused_ = finished_ = false;
  next_soon();
}

void Workload::next_soon() {
  if (soon_ || paused_ || finished_) return;
  soon_ = true;
  Duration pause = mode_ == Mode::run ? stream_.duration_below(options_.think + Duration{1}) : microseconds(1);
  if (!client_.is_running() || !client_.is_ready()) pause += kNotReadyPause;
  world_.after(pause, [this] {
    soon_ = false;
    fill();
  });
}

void Workload::fill() {
  if (paused_ || finished_) return;
  if (!client_.is_running() || !client_.is_ready()) return next_soon();
  if (mode_ == Mode::finish && quota_ == 0) {
    if (!pending_.empty()) return;
    mode_ = Mode::verify;
  }
  if (mode_ == Mode::verify) {
    if (pending_.empty()) start_verification();
    return;
  }
  // One at a time while there are pauses; otherwise all that the depth allows.
  const bool one = mode_ == Mode::run;
  while (pending_.size() < options_.depth && start_one()) {
    if (mode_ == Mode::finish && --quota_ == 0) return;
    if (one) break;
  }
  if (pending_.size() < options_.depth) next_soon();
}

bool Workload::start_one() {
  const auto chosen = [&](std::uint64_t percent, block::OpKind kind) {
    const bool hit = stream_.percent(percent);
    return hit && client_.can(kind);
  };
  auto pending = std::make_unique<Pending>();
  Io& io = pending->io;
  io.kind = block::OpKind::read;
  if (chosen(options_.write_percent, block::OpKind::write)) io.kind = block::OpKind::write;
  if (chosen(options_.flush_percent, block::OpKind::flush)) io.kind = block::OpKind::flush;
  if (chosen(options_.trim_percent, block::OpKind::trim)) io.kind = block::OpKind::trim;
  const bool fua = stream_.percent(options_.fua_percent);
  if (io.kind != block::OpKind::flush && !choose_range(io.range)) return false;
  if (io.kind == block::OpKind::write) {
    if (fua && client_.can(block::OpKind::flush)) io.durability = block::Durability::stable;
    const bool again = stream_.percent(options_.same_data_percent);
    const std::uint64_t which = stream_.next();
    pending->value = again && !recent_.empty() ? recent_[which % recent_.size()] : values_.next() | options_.value_bits;
    recent_.push_back(pending->value);
    if (recent_.size() > kRecentMax) recent_.erase(recent_.begin());
  }
  launch(std::move(pending));
  return true;
}

bool Workload::choose_range(SectorRange& range) {
  const std::uint64_t room = std::min(options_.hot_sectors, options_.disk_size.count);
  const std::uint64_t count = stream_.between(1, std::min(options_.io_sectors, room));
  range = {Lba{stream_.below(room - count + 1)}, Sectors{count}};
  if (options_.overlap != 0) return true;
  return std::ranges::none_of(pending_, [&](const auto& other) { return other->io.range.overlaps(range); });
}

void Workload::start_verification() {
  const std::uint64_t end = std::min(options_.hot_sectors, options_.disk_size.count);
  if (verified_ >= end) {
    finished_ = true;
    world_.say("{}: its user has finished", client_.name());
    return;
  }
  auto pending = std::make_unique<Pending>();
  pending->is_verification = true;
  pending->io.range = {Lba{verified_}, Sectors{std::min<std::uint64_t>(16, end - verified_)}};
  launch(std::move(pending));
}

void Workload::launch(std::unique_ptr<Pending> pending) {
  Pending& one = *pending;
  Io& io = one.io;
  io.id = ++last_io_;
  switch (io.kind) {
    case block::OpKind::read:
      io.data.resize(io.range.count.bytes());
      one.began = register_.read_begins();
      break;
    case block::OpKind::write:
      io.data.resize(io.range.count.bytes());
      stamp_all(io.data, one.value, {options_.disk, io.range.first});
      one.write = register_.write_begins(one.value, io.range);
      break;
    case block::OpKind::trim: one.write = register_.write_begins(kZeros, io.range); break;
    case block::OpKind::flush: one.began = register_.flush_begins(); break;
  }
  world_.say("{}: operation {}: {} sectors {}+{}{}", client_.name(), io.id, to_string(io.kind), io.range.first.value,
             io.range.count.count, io.kind == block::OpKind::write ? fmt::format(", data {}", one.value) : "");
  io.done = [this, &one](IoResult result) { ended(one, result); };
  pending_.push_back(std::move(pending));
  client_.submit(io);
}

void Workload::ended(Pending& pending, IoResult result) {
  world_.mark(kIoEnded + static_cast<std::uint64_t>(result), pending.io.id);
  const char* words[] = {"done", "failed", "unanswered"};
  world_.say("{}: operation {} {}", client_.name(), pending.io.id, words[static_cast<std::size_t>(result)]);
  ++(result == IoResult::ok ? completed_ : failed_);
  if (result == IoResult::ok && client_.keeps_order()) check_order(pending);
  switch (pending.io.kind) {
    case block::OpKind::read: ended_read(pending, result); break;
    case block::OpKind::write:
    case block::OpKind::trim: ended_write(pending, result); break;
    case block::OpKind::flush:
      if (result == IoResult::ok && options_.flushed == Kept::for_good) register_.flush_acknowledged(pending.began);
      break;
  }
  if (pending.is_verification && result == IoResult::ok) verified_ = pending.io.range.end();
  pending_.remove_if([&](const auto& other) { return other.get() == &pending; });
  next_soon();
}

// Nothing ends before what it had to wait for.
void Workload::check_order(const Pending& ended) {
  const auto modifies = [](const Io& io) {
    return io.kind == block::OpKind::write || io.kind == block::OpKind::trim;
  };
  for (const auto& earlier : pending_) {
    if (earlier.get() == &ended) return;
    const Io& io = earlier->io;
    if (io.is_refused || !io.range.overlaps(ended.io.range) || !(modifies(io) || modifies(ended.io))) continue;
    world_.fail("register", fmt::format("{}: operation {} ended before operation {}, which it overlaps", client_.name(),
                                        ended.io.id, io.id));
  }
}

void Workload::ended_write(const Pending& pending, IoResult result) {
  if (result == IoResult::ok) {
    const bool stable = pending.io.durability == block::Durability::stable;
    register_.write_acknowledged(pending.write, stable ? options_.flushed : options_.acknowledged);
  } else {
    world_.after(options_.echo, [this, write = pending.write] { register_.write_is_over(write); });
  }
}

void Workload::ended_read(const Pending& pending, IoResult result) {
  const Io& io = pending.io;
  for (std::uint64_t i = 0; result == IoResult::ok && i < io.range.count.count; ++i) {
    const Lba lba{io.range.first.value + i};
    const Value value = value_in(ByteView(io.data).subspan(i * kSectorBytes, kSectorBytes), {options_.disk, lba});
    const std::string wrong = register_.read_returned(lba, value, pending.began);
    if (!wrong.empty()) {
      world_.fail(value != kGarbage && (value & kForbidden) != 0 ? "isolation" : "register",
                  client_.name() + ": " + wrong);
    }
  }
  register_.read_ends(pending.began);
}

void Workload::client_crashed() {
  for (const auto& pending : pending_) {
    if (pending->io.kind == block::OpKind::read) register_.read_ends(pending->began);
    if (pending->write != 0) ended_write(*pending, IoResult::unanswered);
  }
  pending_.clear();
  next_soon();
}

}  // namespace aoekit::sim

// A slot a request; the register first, then the frame, so that the account is never behind the wire.
#include "tests/power/load.h"

#include <fmt/core.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "ata/registers.h"
#include "base/check.h"
#include "io/clock.h"
#include "sim/content.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::power {
namespace {

constexpr std::uint32_t kUserTag = 0x80000000U;
constexpr std::size_t kDepthMax = 48;
constexpr Duration kAskAgain = std::chrono::milliseconds(200);

}  // namespace

LoadShape LoadShape::draw(Prng& prng, Sectors disk_size) {
  LoadShape shape;
  shape.depth = std::size_t{1} << prng.below(6);
  shape.hot_sectors = std::min(disk_size.count, std::uint64_t{64} << prng.below(6));
  shape.hot_first = prng.below(disk_size.count - shape.hot_sectors + 1);
  shape.read_percent = static_cast<unsigned>(prng.below(4) * 10);
  shape.flush_percent = static_cast<unsigned>(prng.below(6));
  shape.fua_percent = static_cast<unsigned>(prng.below(3) * 15);
  return shape;
}

std::string LoadShape::to_string() const {
  return fmt::format("{} outstanding in sectors {}+{}, {}% reads, {}% flushes, {}% FUA", depth, hot_first, hot_sectors,
                     read_percent, flush_percent, fua_percent);
}

Load::Load(net::FramePort& port, sim::SectorRegister& sectors, const LoadOptions& options, std::uint64_t seed)
    : port_(port),
      sectors_(sectors),
      options_(options),
      prng_(seed),
      last_tag_(static_cast<std::uint32_t>(prng_.next())),
      slots_(kDepthMax) {
  options_.sectors_max = std::min(options.sectors_max, wire::sectors_that_fit(port.info().mtu_bytes));
}

Status Load::find_target(Duration patience) {
  std::array<std::uint8_t, wire::kMinFrameBytes> memory;
  const Instant end = io::monotonic_now() + patience;
  while (io::monotonic_now() < end) {
    wire::Header header;
    header.destination = wire::kBroadcastMac;
    header.source = port_.info().mac;
    header.address = options_.address;
    header.command = static_cast<std::uint8_t>(wire::Command::config);
    header.tag = ++last_tag_ | kUserTag;
    const ByteView query = wire::encode(memory, header, wire::ConfigBody{});
    port_.send({&query, 1});
    pollfd wait{port_.fd(), POLLIN, 0};
    ::poll(&wait, 1, static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(kAskAgain).count()));
    for (const ByteView frame : port_.receive()) {
      const auto answer = wire::decode_header(frame);
      if (!answer || !answer->is_response() || answer->tag != header.tag) continue;
      target_ = answer->source;
      return {};
    }
  }
  return fail("no target answers for {} on {}", options_.address.to_string(), port_.info().name);
}

void Load::start(Slot& slot, const LoadShape& shape) {
  const std::uint64_t draw = prng_.below(100);
  slot.kind = Kind::write;
  if (draw < shape.read_percent) {
    slot.kind = Kind::read;
  } else if (draw < shape.read_percent + shape.flush_percent) {
    slot.kind = Kind::flush;
  } else if (draw < shape.read_percent + shape.flush_percent + shape.fua_percent) {
    slot.kind = Kind::fua_write;
  }
  slot.range = {};
  if (slot.kind != Kind::flush) {
    const std::uint64_t count = 1 + prng_.below(options_.sectors_max);
    slot.range = {Lba{shape.hot_first + prng_.below(shape.hot_sectors - count + 1)}, Sectors{count}};
  }
  if (slot.kind == Kind::write || slot.kind == Kind::fua_write) {
    slot.value = ++last_value_;
    slot.write = sectors_.write_begins(slot.value, slot.range);
  } else {
    slot.issued = slot.kind == Kind::flush ? sectors_.flush_begins() : sectors_.read_begins();
  }
  encode(slot);
  to_send_.push_back(slot.frame);
}

ata::Opcode Load::opcode_of(Kind kind) {
  switch (kind) {
    case Kind::write: return ata::Opcode::write_dma_ext;
    case Kind::fua_write: return ata::Opcode::write_dma_fua_ext;
    case Kind::flush: return ata::Opcode::flush_cache_ext;
    case Kind::idle:
    case Kind::read: break;
  }
  return ata::Opcode::read_dma_ext;
}

void Load::encode(Slot& slot) {
  slot.tag = ++last_tag_ | kUserTag;
  wire::Header header;
  header.destination = target_;
  header.source = port_.info().mac;
  header.address = options_.address;
  header.tag = slot.tag;
  const bool is_write = slot.kind == Kind::write || slot.kind == Kind::fua_write;
  wire::AtaBody body;
  body.flags = static_cast<std::uint8_t>(wire::kAtaFlagExtended | (is_write ? wire::kAtaFlagWrite : 0));
  body.count = static_cast<std::uint8_t>(slot.range.count.count);
  body.command_or_status = static_cast<std::uint8_t>(opcode_of(slot.kind));
  std::uint64_t lba = slot.range.first.value;
  for (std::uint8_t& byte : body.lba) {
    byte = static_cast<std::uint8_t>(lba);
    lba >>= 8;
  }
  const std::size_t data_bytes = is_write ? slot.range.count.bytes() : 0;
  slot.frame.resize(std::max(wire::kAtaHeaderBytes + data_bytes, wire::kMinFrameBytes));
  if (is_write) {
    const auto data = MutableBytes(slot.frame).subspan(wire::kAtaHeaderBytes, data_bytes);
    sim::stamp_all(data, slot.value, {.lba = slot.range.first});
  }
  wire::encode_around_data(slot.frame, header, body, data_bytes);
}

Status Load::run(const LoadShape& shape, Promise promise, Instant end) {
  AOEKIT_CHECK(shape.depth <= slots_.size() && shape.hot_sectors > options_.sectors_max);
  while (io::monotonic_now() < end) {
    for (std::size_t i = 0; i < shape.depth; ++i) {
      if (slots_[i].kind == Kind::idle) start(slots_[i], shape);
    }
    port_.send(to_send_);
    to_send_.clear();
    if (Status status = receive_until(end, promise); !status) return status;
  }
  return {};
}

Status Load::stop(Promise promise, Instant end) {
  while (io::monotonic_now() < end) {
    if (Status status = receive_until(end, promise); !status) return status;
  }
  for (Slot& slot : slots_) {
    if (slot.kind == Kind::idle) continue;
    ++counters_.unanswered;
    give_up(slot);
    slot.kind = Kind::idle;
  }
  return {};
}

void Load::give_up(const Slot& slot) {
  if (slot.kind == Kind::write || slot.kind == Kind::fua_write) sectors_.write_is_over(slot.write);
  if (slot.kind == Kind::read) sectors_.read_ends(slot.issued);
}

// Returns after the first batch of frames, or at `end`.
Status Load::receive_until(Instant end, Promise promise) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - io::monotonic_now()).count();
  pollfd wait{port_.fd(), POLLIN, 0};
  const int ready = ::poll(&wait, 1, static_cast<int>(std::clamp<long>(left, 0, 1000)));
  if (ready < 0 && errno != EINTR) return fail_errno(errno, "poll");
  for (const ByteView frame : port_.receive()) on_frame(frame, promise);
  return {};
}

void Load::on_frame(ByteView frame, Promise promise) {
  const auto header = wire::decode_header(frame);
  if (!header || !header->is_response() || header->source != target_) return;
  const auto found = std::ranges::find_if(
      slots_, [&](const Slot& slot) { return slot.kind != Kind::idle && slot.tag == header->tag; });
  if (found == slots_.end()) return;
  Slot& slot = *found;
  const auto body = wire::decode_body(*header, frame);
  const auto* answer = body ? std::get_if<wire::AtaBody>(&*body) : nullptr;
  if (header->is_error() || answer == nullptr || answer->command_or_status != ata::kStatusReady ||
      (slot.kind == Kind::read && answer->data.size() < slot.range.count.bytes())) {
    ++counters_.failed;
    give_up(slot);
  } else {
    on_answer(slot, *answer, promise);
  }
  slot.kind = Kind::idle;
}

void Load::on_answer(Slot& slot, const wire::AtaBody& answer, Promise promise) {
  switch (slot.kind) {
    case Kind::read:
      ++counters_.reads;
      check_read(slot, answer.data);
      sectors_.read_ends(slot.issued);
      break;
    case Kind::flush:
      ++counters_.flushes;
      sectors_.flush_acknowledged(slot.issued);
      break;
    case Kind::write:
    case Kind::fua_write:
      ++(slot.kind == Kind::write ? counters_.writes : counters_.fua_writes);
      sectors_.write_acknowledged(slot.write, slot.kind == Kind::fua_write || promise == Promise::at_once
                                                  ? sim::Kept::for_good
                                                  : sim::Kept::in_a_cache);
      break;
    case Kind::idle: break;
  }
}

void Load::check_read(const Slot& slot, ByteView data) {
  for (std::uint64_t i = 0; i < slot.range.count.count; ++i) {
    const Lba lba{slot.range.first.value + i};
    const sim::Value seen = sim::value_in(data.subspan(i * kSectorBytes, kSectorBytes), {.lba = lba});
    std::string violation = sectors_.read_returned(lba, seen, slot.issued);
    if (!violation.empty()) violations_.push_back(std::move(violation));
  }
}

// One frame after the other; reading twice changes nothing, so here a request is sent again until it is answered.
Result<std::vector<sim::Value>> Load::read_all(Duration patience) {
  std::vector<sim::Value> values;
  Instant end = io::monotonic_now() + patience;
  Slot slot;
  while (values.size() < options_.disk_size.count) {
    if (io::monotonic_now() >= end) return fail("the target does not answer reads of sector {}", values.size());
    const Lba first{values.size()};
    const std::uint64_t left = options_.disk_size.count - first.value;
    if (slot.kind == Kind::idle || slot.range.first != first) {
      slot.kind = Kind::read;
      slot.range = {first, Sectors{std::min<std::uint64_t>(options_.sectors_max, left)}};
      encode(slot);  // with a tag of its own: on a busy machine the answer may come after the request was repeated
    }
    const ByteView request = slot.frame;
    port_.send({&request, 1});
    pollfd wait{port_.fd(), POLLIN, 0};
    ::poll(&wait, 1, 500);
    for (const ByteView frame : port_.receive()) {
      const auto header = wire::decode_header(frame);
      if (!header || !header->is_response() || header->tag != slot.tag) continue;
      const auto body = wire::decode_body(*header, frame);
      const auto* answer = body ? std::get_if<wire::AtaBody>(&*body) : nullptr;
      if (header->is_error() || answer == nullptr || answer->command_or_status != ata::kStatusReady ||
          answer->data.size() < slot.range.count.bytes()) {
        return fail("sector {} cannot be read any more", first.value);
      }
      for (std::uint64_t i = 0; i < slot.range.count.count; ++i) {
        const ByteView sector = answer->data.subspan(i * kSectorBytes, kSectorBytes);
        values.push_back(sim::value_in(sector, {.lba = Lba{first.value + i}}));
      }
      end = io::monotonic_now() + patience;
      break;
    }
  }
  return values;
}

}  // namespace aoekit::power

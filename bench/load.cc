// Each request has a slot; the tag's low bits name it, the rest its generation, so that late copies are not counted.
#include "bench/load.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "ata/registers.h"
#include "io/clock.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::bench {
namespace {

constexpr std::uint32_t kSlotBits = 10;
constexpr std::uint32_t kUserTag = 0x80000000U;  // user-space programs set it: the Linux driver leaves such frames alone
constexpr Duration kOverdue = std::chrono::milliseconds(100);

}  // namespace

Load::Load(net::FramePort& port, wire::MacAddress mac, const LoadOptions& options)
    : port_(port), mac_(mac), options_(options), slots_(std::min<std::size_t>(options.queue_depth, 1U << kSlotBits)) {
  const std::size_t data_bytes = options.direction == Direction::write ? Sectors{options.sectors}.bytes() : 0;
  for (Slot& slot : slots_) {
    slot.frame.assign(std::max(wire::kAtaHeaderBytes + data_bytes, wire::kMinFrameBytes), 0x5a);
  }
  to_send_.reserve(slots_.size());
  latencies_.reserve(1U << 20);
}

std::uint64_t Load::next_place() {
  const std::uint64_t places = options_.disk_sectors / options_.sectors;
  if (options_.pattern == Pattern::random && frames_left_ == 0) {
    frames_left_ = options_.frames_a_place;
    place_ = prng_.below(places / frames_left_) * frames_left_;
  }
  if (frames_left_ > 0) --frames_left_;
  return place_++ % places;
}

void Load::prepare(Slot& slot, Instant now) {
  std::uint64_t lba = next_place() * options_.sectors;
  slot.tag = kUserTag | (++generation_ << kSlotBits & 0x7fffffffU) | static_cast<std::uint32_t>(&slot - slots_.data());
  wire::Header header;
  header.destination = mac_;
  header.source = port_.info().mac;
  header.address = options_.address;
  header.tag = slot.tag;
  wire::AtaBody body;
  const bool is_write = options_.direction == Direction::write;
  body.flags = static_cast<std::uint8_t>(wire::kAtaFlagExtended | (is_write ? wire::kAtaFlagWrite : 0));
  body.count = options_.sectors;
  body.command_or_status =
      static_cast<std::uint8_t>(is_write ? ata::Opcode::write_sectors_ext : ata::Opcode::read_sectors_ext);
  for (std::uint8_t& byte : body.lba) {
    byte = static_cast<std::uint8_t>(lba);
    lba >>= 8;
  }
  wire::encode_around_data(slot.frame, header, body, is_write ? Sectors{options_.sectors}.bytes() : 0);
  slot.sent = now;
  to_send_.push_back(slot.frame);
}

void Load::on_reply(ByteView frame, Instant now) {
  const auto header = wire::decode_header(frame);
  if (!header || !header->is_response() || header->address != options_.address) return;
  const std::size_t index = header->tag & ((1U << kSlotBits) - 1);
  if (index >= slots_.size() || slots_[index].tag != header->tag) return;
  const auto body = wire::decode_body(*header, frame);
  const auto* ata = body ? std::get_if<wire::AtaBody>(&*body) : nullptr;
  const std::size_t wanted = options_.direction == Direction::read ? Sectors{options_.sectors}.bytes() : 0;
  const bool good = ata != nullptr && !header->is_error() && ata->command_or_status == ata::kStatusReady &&
                    ata->data.size() >= wanted;
  if (!good) ++result_.failed;
  ++result_.frames;
  latencies_.push_back(now - slots_[index].sent);
  prepare(slots_[index], now);
}

void Load::retransmit_overdue(Instant now) {
  for (Slot& slot : slots_) {
    if (now - slot.sent < kOverdue) continue;
    ++result_.retransmitted;
    slot.sent = now;
    to_send_.push_back(slot.frame);
  }
}

Status Load::run_for(Duration length) {
  const Instant start = io::monotonic_now();
  Instant now = start;
  Instant last_check = start;
  if (!started_) {
    for (Slot& slot : slots_) prepare(slot, now);
    started_ = true;
  }
  while (now - start < length) {
    port_.send(to_send_);
    to_send_.clear();
    pollfd wait{port_.fd(), POLLIN, 0};
    const int ready = ::poll(&wait, 1, 50);
    if (ready < 0 && errno != EINTR) return fail_errno(errno, "poll");
    now = io::monotonic_now();
    if (ready > 0) {
      for (const ByteView frame : port_.receive()) on_reply(frame, now);
    }
    if (now - last_check >= kOverdue) {
      retransmit_overdue(now);
      last_check = now;
    }
  }
  result_.measured = now - start;
  return {};
}

LoadResult Load::finish() {
  if (latencies_.empty()) return result_;
  const auto at = [this](std::size_t percent) {
    const auto place = latencies_.begin() + static_cast<std::ptrdiff_t>((latencies_.size() - 1) * percent / 100);
    std::nth_element(latencies_.begin(), place, latencies_.end());
    return *place;
  };
  result_.latency_p50 = at(50);
  result_.latency_p99 = at(99);
  return result_;
}

}  // namespace aoekit::bench

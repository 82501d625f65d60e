// Fuzzes the initiator core with whole sessions: hostile frames on two ports, answers right and wrong, late and
// doubled, disks that change, ports that go, time that passes. What must hold: every accepted request ends exactly
// once, the frames on the wire of a target never grow beyond its buffers, memory is written only while its request is
// unfinished and only by an answer to a frame that we sent, and time never stands still.
#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "ata/identify.h"
#include "ata/registers.h"
#include "base/check.h"
#include "base/cursor.h"
#include "initiator/core.h"
#include "initiator_script.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::fuzz {
namespace {

using namespace initiator;
using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kPorts = 2;
constexpr std::size_t kStations = 4;
constexpr std::uint8_t kUntouched = 0xee;
constexpr std::uint8_t kOnDisk = 0x5a;  // what every sector of every disk holds

wire::MacAddress own_mac(std::size_t port) { return {{2, 0, 0, 0, 1, static_cast<std::uint8_t>(port)}}; }
wire::MacAddress station_mac(std::size_t station) { return {{2, 0, 0, 0, 2, static_cast<std::uint8_t>(station)}}; }
wire::AoeAddress address_of(std::uint8_t device) {
  constexpr std::array<wire::AoeAddress, 5> kAddresses{
      {{1, 1}, {1, 2}, {2, 1}, {0x0fff, 1}, {wire::kShelfBroadcast, wire::kSlotBroadcast}}};
  return kAddresses[device % kAddresses.size()];
}

// A frame of ours that may be answered.
struct Sent {
  PortId port;
  wire::Header header;
  wire::AtaBody body;
};

struct Operation {
  Bytes memory;
  Bytes at_the_end;
  block::OpKind kind = block::OpKind::read;
  bool is_finished = false;
};

class InitiatorSession {
 public:
  explicit InitiatorSession(ByteView input)
      : input_(input), core_(options(), now_), outbox_(core_.outbox_capacity()) {
    for (std::size_t port = 0; port < kPorts; ++port) {
      core_.add_port({.mac = own_mac(port), .mtu_bytes = 9000}, now_, outbox_);
    }
    settle();
  }

  void run() {
    while (input_.remaining() > 0) {
      note_wires();
      step(static_cast<InitiatorStep>(input_.u8() % kInitiatorSteps));
      settle();
    }
    // Whatever happened, everything ends.
    for (int i = 0; i < 20'000 && unfinished_ > 0; ++i) {
      note_wires();
      pass_to_deadline();
      settle();
    }
    AOEKIT_CHECK(unfinished_ == 0);
    for (const auto& [cookie, operation] : operations_) AOEKIT_CHECK(operation.memory == operation.at_the_end);
  }

 private:
  static InitiatorOptions options() {
    InitiatorOptions options;
    options.limits = {.requests = 16, .frames = 24, .sectors_per_frame_max = 17, .devices = 3};
    options.dead_after = std::chrono::seconds(20);
    return options;
  }

  void step(InitiatorStep what) {
    switch (what) {
      case InitiatorStep::config: return config();
      case InitiatorStep::identify: return identify();
      case InitiatorStep::answer: return answer();
      case InitiatorStep::wrong: return wrong();
      case InitiatorStep::raw: return raw();
      case InitiatorStep::time: return time();
      case InitiatorStep::submit: return submit();
      case InitiatorStep::port: return port();
      case InitiatorStep::device: return device();
      case InitiatorStep::again: return again();
      case InitiatorStep::holder: return holder();
    }
  }

  void deliver(std::size_t port, const Bytes& frame) {
    if (const auto header = wire::decode_header(frame)) heard_tags_.insert(header->tag);
    replies_.push_back({port, frame});
    core_.on_frame(PortId{static_cast<std::uint16_t>(port)}, frame, now_, outbox_);
  }

  void config() {
    const std::size_t port = input_.u8() % kPorts;
    wire::Header header;
    header.destination = own_mac(port);
    header.source = station_mac(input_.u8() % kStations);
    header.flags = wire::kFlagResponse;
    header.address = address_of(input_.u8());
    header.command = static_cast<std::uint8_t>(wire::Command::config);
    wire::ConfigBody body;
    body.buffer_count = input_.u8();
    body.sectors_per_frame = input_.u8();
    Bytes frame(wire::kMinFrameBytes);
    static_cast<void>(wire::encode(frame, header, body));
    deliver(port, frame);
  }

  void identify() {
    const std::uint8_t number = input_.u8(), size_log2 = input_.u8(), flags = input_.u8();
    const auto asked = std::find_if(sent_.begin(), sent_.end(), is_identify);
    if (asked == sent_.end()) return;
    ata::Disk disk;
    disk.identity.serial = std::to_string(number % 3);
    disk.identity.can_trim = true;
    disk.size = Sectors{std::uint64_t{1} << (size_log2 % 64)};
    Bytes page(ata::kIdentifyBytes);
    ata::build_identify(disk, page);
    const auto clear = [&page](std::size_t word, std::uint16_t bits) {
      page[2 * word] = static_cast<std::uint8_t>(page[2 * word] & ~bits);
      page[2 * word + 1] = static_cast<std::uint8_t>(page[2 * word + 1] & ~(bits >> 8));
    };
    if ((flags & 1) != 0) clear(84, 0x0040);
    if ((flags & 2) != 0) clear(83, 0x3000);
    if ((flags & 4) != 0) clear(83, 0x0400);
    if ((flags & 4) != 0) clear(86, 0x0400);
    if (flags != 0) page[510] = 0;
    Bytes frame = reply_to(*asked, page);
    const std::size_t port = asked->port.value;
    sent_.erase(asked);
    deliver(port, frame);
  }

  void answer() {
    const std::uint8_t which = input_.u8();
    const auto how = static_cast<AnswerStyle>(input_.u8() % kAnswerStyles);
    const auto found = outstanding(which);
    if (found == sent_.end()) return;
    const Sent sent = *found;
    sent_.erase(found);
    Bytes frame = right_answer(sent);
    std::size_t port = sent.port.value;
    switch (how) {
      case AnswerStyle::right: break;
      case AnswerStyle::ata_error: frame[27] = ata::kStatusReady | ata::kStatusError; break;
      case AnswerStyle::reserved: aoe_error(frame, wire::AoeError::target_reserved); break;
      case AnswerStyle::unavailable: aoe_error(frame, wire::AoeError::device_unavailable); break;
      case AnswerStyle::short_data: frame.resize(wire::kMinFrameBytes); break;
      case AnswerStyle::other_port: port = (port + 1) % kPorts; break;
      case AnswerStyle::other_station: frame[11] ^= 1; break;
    }
    deliver(port, frame);
  }

  void wrong() {
    const auto found = outstanding(input_.u8());
    const std::uint8_t offset = input_.u8(), value = input_.u8();
    if (found == sent_.end()) return;
    Bytes frame = right_answer(*found);
    frame[offset % std::min<std::size_t>(frame.size(), 64)] = value;
    deliver(found->port.value, frame);
  }

  void raw() {
    const std::size_t port = input_.u8() % kPorts;
    const std::size_t length = std::min<std::size_t>(input_.u16_le(), input_.remaining());
    const ByteView bytes = input_.take(length);
    deliver(port, Bytes(bytes.begin(), bytes.end()));
  }

  void time() {
    const std::uint8_t tens_of_ms = input_.u8();
    if (tens_of_ms == 0) return pass_to_deadline();
    now_ += std::chrono::milliseconds(10 * tens_of_ms);
    core_.on_timer(now_, outbox_);
  }
  void pass_to_deadline() {
    const auto next = core_.next_deadline();
    if (!next) return;
    standing_still_ = *next > now_ ? 0 : standing_still_ + 1;
    AOEKIT_CHECK(standing_still_ < 100);
    now_ = std::max(now_, *next);
    core_.on_timer(now_, outbox_);
  }

  void submit() {
    const std::uint8_t which = input_.u8(), kind = input_.u8();
    const std::uint16_t lba = input_.u16_le();
    const std::uint8_t sectors = input_.u8();
    const auto found = core_.find(address_of(which));
    if (!found) return;
    const std::uint64_t cookie = ++last_cookie_;
    block::BlockOp op;
    op.cookie = cookie;
    op.kind = static_cast<block::OpKind>(kind % 4);
    op.durability = (kind & 4) != 0 ? block::Durability::stable : block::Durability::cached;
    const bool is_flush = op.kind == block::OpKind::flush;
    op.range = {{is_flush ? 0U : lba}, {is_flush ? 0U : sectors % 40U}};
    Operation& operation = operations_[cookie];
    operation.kind = op.kind;
    const bool has_data = op.kind == block::OpKind::read || op.kind == block::OpKind::write;
    operation.memory.assign(has_data ? op.range.count.bytes() : 0, kUntouched);
    op.data = operation.memory;
    if (core_.submit(*found, op, now_, outbox_)) {
      ++unfinished_;
    } else {
      operations_.erase(cookie);
    }
  }

  void port() {
    const std::size_t port = input_.u8() % kPorts;
    const std::uint8_t state = input_.u8();
    const std::uint32_t mtu = (state & 4) != 0 ? 500 : (state & 2) != 0 ? 9000 : 1500;
    const PortOptions options{.mac = own_mac(port), .mtu_bytes = mtu, .up = (state & 1) != 0};
    core_.update_port(PortId{static_cast<std::uint16_t>(port)}, options, now_, outbox_);
  }

  void device() {
    const wire::AoeAddress address = address_of(input_.u8());
    const std::uint8_t what = input_.u8() % 4;
    if (what == 3) return core_.discover(address, now_, outbox_);
    const auto found = core_.find(address);
    if (!found) return;
    if (what == 0) core_.open(*found);
    if (what == 1 && core_.device_status(*found).open_count > 0) core_.close(*found);
    if (what == 2) static_cast<void>(core_.forget(*found));
  }

  void again() {
    const std::uint8_t which = input_.u8();
    if (replies_.empty()) return;
    const auto [port, frame] = replies_[which % replies_.size()];
    core_.on_frame(PortId{static_cast<std::uint16_t>(port)}, frame, now_, outbox_);
  }

  void holder() {
    const auto asked = std::find_if(sent_.begin(), sent_.end(), [](const Sent& sent) {
      return sent.header.command == static_cast<std::uint8_t>(wire::Command::reserve);
    });
    if (asked == sent_.end()) return;
    wire::ReserveBody body;
    const wire::MacAddress mac = station_mac(0);
    body.macs = mac.bytes;
    Bytes frame(wire::kMinFrameBytes);
    static_cast<void>(wire::encode(
        frame, wire::reply_header(asked->header, asked->header.destination, asked->header.address), body));
    const std::size_t port = asked->port.value;
    sent_.erase(asked);
    deliver(port, frame);
  }

  static bool is_identify(const Sent& sent) {
    return sent.header.command == static_cast<std::uint8_t>(wire::Command::ata) &&
           sent.body.command_or_status == static_cast<std::uint8_t>(ata::Opcode::identify_device);
  }
  std::vector<Sent>::iterator outstanding(std::uint8_t which) {
    const auto is_wanted = [](const Sent& sent) {
      return sent.header.command == static_cast<std::uint8_t>(wire::Command::ata) && !is_identify(sent);
    };
    const auto count = std::count_if(sent_.begin(), sent_.end(), is_wanted);
    if (count == 0) return sent_.end();
    auto found = std::find_if(sent_.begin(), sent_.end(), is_wanted);
    for (auto skip = which % count; skip > 0; --skip) found = std::find_if(found + 1, sent_.end(), is_wanted);
    return found;
  }
  static Bytes reply_to(const Sent& sent, ByteView data) {
    wire::AtaBody body = sent.body;
    body.command_or_status = ata::kStatusReady;
    body.feature_or_error = 0;
    body.data = data;
    Bytes frame(wire::kFrameBytesMax);
    const wire::Header header = wire::reply_header(sent.header, sent.header.destination, sent.header.address);
    frame.resize(wire::encode(frame, header, body).size());
    return frame;
  }
  static Bytes right_answer(const Sent& sent) {
    return reply_to(sent, sent.body.is_write() ? Bytes() : Bytes(sent.body.count * kSectorBytes, kOnDisk));
  }
  static void aoe_error(Bytes& frame, wire::AoeError error) {
    frame[14] |= wire::kFlagError;
    frame[15] = static_cast<std::uint8_t>(error);
  }

  // Frames on the wire by device and target, before the event.
  using Wires = std::map<std::pair<std::uint32_t, wire::MacAddress>, std::uint32_t>;
  Wires wires() const {
    Wires wires;
    for (const DeviceId id : core_.devices()) {
      for (std::size_t i = 0; i < core_.device_status(id).path_count; ++i) {
        const PathStatus path = core_.path_status(id, i);
        wires[{id.value, path.target_mac}] += path.in_flight;
      }
    }
    return wires;
  }
  void note_wires() { before_ = wires(); }
  void check_wires() {
    for (const auto& [key, count] : wires()) {
      std::uint32_t buffers = 1;
      const DeviceId id{key.first};
      for (std::size_t i = 0; i < core_.device_status(id).path_count; ++i) {
        const PathStatus path = core_.path_status(id, i);
        if (path.target_mac == key.second) buffers = std::max<std::uint32_t>(path.buffer_count, 1);
      }
      AOEKIT_CHECK(count <= buffers || count <= before_[key]);
    }
  }

  // Sends what is to be sent, takes what is done, and looks whether all is well.
  void settle() {
    check_wires();
    for (const TxFrame& frame : outbox_.frames) {
      const auto header = wire::decode_header(frame.bytes);
      AOEKIT_CHECK(header.has_value() && !header->is_response() && (header->tag & kTagUserSpace) != 0);
      AOEKIT_CHECK(frame.port.value < kPorts && header->source == own_mac(frame.port.value));
      AOEKIT_CHECK(frame.bytes.size() >= wire::kMinFrameBytes);
      const auto body = wire::decode_body(*header, frame.bytes);
      AOEKIT_CHECK(body.has_value());
      if (header->command == static_cast<std::uint8_t>(wire::Command::config)) continue;
      Sent sent{frame.port, *header, {}};
      if (const auto* ata = std::get_if<wire::AtaBody>(&*body)) sent.body = *ata;
      sent.body.data = {};
      sent_.push_back(sent);
    }
    core_.recycle(outbox_);
    if (sent_.size() > 200) sent_.erase(sent_.begin(), sent_.begin() + 100);
    std::array<Completion, 8> completions;
    for (std::size_t i = core_.drain(completions); i-- > 0;) finish(completions[i]);
    std::array<DeviceEvent, 8> events;
    static_cast<void>(core_.drain_events(events));
  }

  void finish(const Completion& completion) {
    Operation& operation = operations_.at(completion.cookie);
    AOEKIT_CHECK(!operation.is_finished);
    operation.is_finished = true;
    operation.at_the_end = operation.memory;
    AOEKIT_CHECK(unfinished_ > 0);
    --unfinished_;
    if (completion.outcome != Outcome::ok) {
      AOEKIT_CHECK(!explain(completion).empty());
    } else if (operation.kind == block::OpKind::read && heard_tags_.empty()) {
      AOEKIT_CHECK(operation.memory.empty());  // nobody said anything
    } else if (operation.kind == block::OpKind::write) {
      AOEKIT_CHECK(std::all_of(operation.memory.begin(), operation.memory.end(),
                               [](std::uint8_t byte) { return byte == kUntouched; }));
    }
  }

  ByteReader input_;
  Instant now_{};
  InitiatorCore core_;
  Outbox outbox_;
  std::vector<Sent> sent_;
  std::vector<std::pair<std::size_t, Bytes>> replies_;
  std::set<std::uint32_t> heard_tags_;
  std::map<std::uint64_t, Operation> operations_;
  std::uint64_t last_cookie_ = 0;
  std::size_t unfinished_ = 0;
  int standing_still_ = 0;
  Wires before_;
};

}  // namespace
}  // namespace aoekit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  aoekit::fuzz::InitiatorSession({data, size}).run();
  return 0;
}

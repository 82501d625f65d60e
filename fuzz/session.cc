// Plays sessions.
#include "session.h"

#include <algorithm>

#include "base/check.h"
#include "wire/encode.h"

namespace aoekit::fuzz {
namespace {

using target::ExportId;
using target::ExportOp;
using target::PortId;

// Few buffers, so that a short session runs out of them.
constexpr target::TargetLimits kLimits{.buffers = target::kBuffersForReplies + 8,
                                       .sectors_per_frame_max = kSectorsPerFrameMax,
                                       .frame_life = target::FrameLife::turn,
                                       .read_loans = target::ReadLoans::accepted};

target::ExportOptions export_options(std::size_t i) {
  target::ExportOptions options;
  options.address = kExports[i];
  options.size = Sectors{kDiskSectorsMax / (i + 1)};
  options.identity.serial = options.address.to_string();
  options.identity.can_trim = i == 0;
  // The third station may not write the first export, and knows nothing of the second, which one at a time may write.
  (i == 0 ? options.access.write : options.access.read).deny = {kStations[2]};
  options.sharing = i == 0 ? target::Sharing::shared : target::Sharing::exclusive;
  options.identity.has_write_cache = i == 0;
  return options;
}

std::size_t length_from(ByteReader& input, std::size_t wanted) { return std::min(wanted, input.remaining()); }

}  // namespace

Session::Session(ByteView input)
    : input_(input), core_(kLimits), outbox_(core_.outbox_capacity()), oracle_(core_) {
  for (std::size_t i = 0; i < kPortMacs.size(); ++i) {
    oracle_.set_mtu(core_.add_port({kPortMacs[i], kMtuBytes}), kMtuBytes);
  }
  for (std::size_t i = 0; i < kExports.size(); ++i) {
    core_.add_export(export_options(i), now_);
    for (std::size_t at = 0; at < disks_[i].size(); ++at) {
      disks_[i][at] = static_cast<std::uint8_t>(at / kSectorBytes + 100 * i);
    }
  }
}

void Session::run() {
  while (input_.remaining() > 0) play_event();
  end_turn();
  while (!in_flight_.empty()) {
    complete(0, block::BlockStatus::ok, Lends::no);
    end_turn();
  }
  AOEKIT_CHECK(core_.idle());
  check_that_all_buffers_are_back();
}

void Session::play_event() {
  const std::uint8_t event = input_.u8();
  switch (static_cast<Event>((event & kEventMask) % kEventCount)) {
    case Event::raw_frame: play_raw_frame(); break;
    case Event::ata_frame: play_ata_frame(); break;
    case Event::other_frame: play_other_frame(); break;
    case Event::complete: play_completion(); break;
    case Event::pass_time: now_ += std::chrono::minutes(input_.u16_le()); break;
    case Event::resize: {
      const ExportId id = read_export();
      core_.resize(id, Sectors{input_.u8() % (kDiskSectorsMax + std::uint64_t{1})}, outbox_);
      oracle_.after_announcement(new_frames());
      break;
    }
    case Event::set_mtu: play_mtu(); break;
    case Event::set_available: {
      const ExportId id = read_export();
      core_.set_available(id, (input_.u8() & 1) != 0);
      break;
    }
    case Event::announce:
      core_.announce(read_export(), outbox_);
      oracle_.after_announcement(new_frames());
      break;
    case Event::set_commit: play_commit(); break;
    case Event::come_or_go: play_come_or_go(); break;
  }
  if ((event & kTurnGoesOn) == 0) end_turn();
}

Session::Envelope Session::read_envelope() {
  const std::uint8_t who = input_.u8();
  const std::uint8_t version_and_flags = input_.u8();
  Envelope envelope;
  envelope.port = PortId{static_cast<std::uint16_t>(who >> 2 & 1)};
  envelope.header.source = kStations[who & 3];
  envelope.header.address = kAddresses[who >> 3 & 7];
  const wire::MacAddress destinations[] = {kPortMacs[envelope.port.value], kPortMacs[envelope.port.value],
                                           wire::kBroadcastMac, kStations[1]};
  envelope.header.destination = destinations[who >> 6];
  envelope.header.version = version_and_flags >> 4;
  envelope.header.flags = version_and_flags & 0x0f;
  envelope.header.tag = kTagHigh | input_.u8();
  return envelope;
}

void Session::play_raw_frame() {
  const PortId port = read_port();
  const std::uint16_t length = input_.u16_le();
  receive(port, input_.take(length_from(input_, length)));
}

void Session::play_ata_frame() {
  const Envelope envelope = read_envelope();
  wire::AtaBody body;
  body.flags = input_.u8();
  body.feature_or_error = input_.u8();
  body.count = input_.u8();
  body.command_or_status = input_.u8();
  for (std::uint8_t& byte : body.lba) byte = input_.u8();
  std::vector<std::uint8_t> data((input_.u8() % (kDataSectorsMax + 1U)) * kSectorBytes);
  std::fill(data.begin(), data.end(), input_.u8());
  const ByteView start = input_.take(length_from(input_, input_.u8()));
  std::copy_n(start.begin(), std::min(start.size(), data.size()), data.begin());
  body.data = data;
  std::vector<std::uint8_t> memory(wire::kAtaHeaderBytes + data.size() + wire::kMinFrameBytes);
  receive(envelope.port, wire::encode(memory, envelope.header, body));
}

void Session::play_other_frame() {
  Envelope envelope = read_envelope();
  envelope.header.command = input_.u8();
  const std::size_t length = input_.u16_le() % (kBodyBytesMax + std::size_t{1});
  const wire::UnknownBody body{input_.take(length_from(input_, length))};
  std::array<std::uint8_t, wire::kHeaderBytes + kBodyBytesMax> memory;
  const ByteView padded = wire::encode(memory, envelope.header, body);
  // Not padded, as a virtual cable would deliver it.
  receive(envelope.port, padded.first(wire::kHeaderBytes + body.data.size()));
}

void Session::play_completion() {
  const std::uint8_t which = input_.u8();
  const std::uint8_t outcome = input_.u8();
  constexpr std::uint8_t kOutcomes = static_cast<std::uint8_t>(block::BlockStatus::unsupported) + 1;
  if (in_flight_.empty()) return;
  complete(which % in_flight_.size(), static_cast<block::BlockStatus>((outcome & ~kLends) % kOutcomes),
           (outcome & kLends) != 0 ? Lends::yes : Lends::no);
}

void Session::play_mtu() {
  const PortId port = read_port();
  const std::uint32_t mtu_bytes = input_.u16_le();
  oracle_.set_mtu(port, mtu_bytes);
  core_.update_port(port, {kPortMacs[port.value], mtu_bytes}, outbox_);
  oracle_.after_announcement(new_frames());
}

void Session::play_commit() {
  const ExportId id = read_export();
  const auto commit = static_cast<target::Commit>(input_.u8() % 4);
  if (core_.exported(id).removed) return;
  target::ExportOptions changed = export_options(id.value);
  changed.size = core_.exported(id).disk.size;
  changed.commit = commit;
  core_.update_export(id, changed, outbox_);
  oracle_.after_announcement(new_frames());
}

void Session::play_come_or_go() {
  const ExportId id{kExports.size() - 1};
  if (!core_.exported(id).removed) return core_.remove_export(id);
  if (core_.is_removed(id)) AOEKIT_CHECK(core_.add_export(export_options(id.value), now_) == id);
}

void Session::receive(PortId port, ByteView frame) {
  // A heap copy of the exact size: the sanitizer sees every read beyond the frame, and after the turn.
  const std::vector<std::uint8_t>& received = received_.emplace_back(frame.begin(), frame.end());
  oracle_.before_frame(port, received, now_);
  core_.on_frame(port, received, now_, outbox_);
  oracle_.after_frame(new_frames(), new_ops());
}

void Session::complete(std::size_t which, block::BlockStatus status, Lends lends) {
  const ExportOp op = in_flight_[which];
  in_flight_.erase(in_flight_.begin() + static_cast<std::ptrdiff_t>(which));
  block::BlockCompletion completion{op.op.cookie, status};
  if (status == block::BlockStatus::ok && op.op.may_lend && lends == Lends::yes) {
    completion.lent = on_disk(op);
  } else if (status == block::BlockStatus::ok) {
    apply(op);
  }
  core_.on_block_done({&completion, 1}, now_, outbox_);
  const auto frames = new_frames();
  oracle_.after_completion(op, status, on_disk(op), frames, new_ops());
}

MutableBytes Session::on_disk(const ExportOp& op) {
  return MutableBytes(disks_[op.device.value]).subspan(op.op.range.first.byte_offset(), op.op.range.count.bytes());
}

void Session::apply(const ExportOp& op) {
  const MutableBytes sectors = on_disk(op);
  switch (op.op.kind) {
    case block::OpKind::read: std::copy(sectors.begin(), sectors.end(), op.op.data.begin()); break;
    case block::OpKind::write: std::copy(op.op.data.begin(), op.op.data.end(), sectors.begin()); break;
    case block::OpKind::trim: std::fill(sectors.begin(), sectors.end(), std::uint8_t{0}); break;
    case block::OpKind::flush: break;
  }
}

void Session::end_turn() {
  // They leave now, before the disks get anything else to do.
  for (const Split& split : split_) {
    AOEKIT_CHECK(std::ranges::equal(split.data, ByteView(split.whole).subspan(wire::kAtaHeaderBytes)));
  }
  split_.clear();
  for (const ExportOp& op : outbox_.ops) {
    in_flight_.push_back(op);
    block::take_in(in_flight_.back().op);
  }
  AOEKIT_CHECK(in_flight_.size() <= core_.ops_in_flight_max());
  core_.recycle(outbox_);
  received_.clear();
  frames_seen_ = ops_seen_ = 0;
}

std::vector<target::TxFrame> Session::new_frames() {
  const auto seen = outbox_.frames.view().subspan(frames_seen_);
  std::vector<target::TxFrame> frames(seen.begin(), seen.end());
  frames_seen_ = outbox_.frames.size();
  for (target::TxFrame& frame : frames) {
    if (frame.data.empty()) continue;
    Split& split = split_.emplace_back();
    split.data = frame.data;
    split.whole.assign(frame.bytes.begin(), frame.bytes.end());
    split.whole.insert(split.whole.end(), frame.data.begin(), frame.data.end());
    frame.bytes = split.whole;
  }
  return frames;
}

std::span<const ExportOp> Session::new_ops() {
  const auto ops = outbox_.ops.view().subspan(ops_seen_);
  ops_seen_ = outbox_.ops.size();
  return ops;
}

// As many announcements as there are buffers: if one were lost, one announcement would be missing.
void Session::check_that_all_buffers_are_back() {
  for (std::size_t i = 0; i < kLimits.buffers; ++i) core_.announce(ExportId{0}, outbox_);
  AOEKIT_CHECK(outbox_.frames.size() == outbox_.frames.capacity());
  AOEKIT_CHECK(core_.outbox_capacity() == kLimits.buffers);
}

}  // namespace aoekit::fuzz

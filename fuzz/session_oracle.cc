// What must hold of everything that the target does.
#include "session_oracle.h"

#include <algorithm>

#include "ata/interpret.h"
#include "base/check.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::fuzz {
namespace {

using target::ExportId;
using target::ExportOp;
using target::TxFrame;

bool holds(const target::StationList& list, const wire::MacAddress& mac) {
  return std::find(list.begin(), list.end(), mac) != list.end();
}
bool is_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}
bool is_same(ByteView a, ByteView b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

std::uint32_t sectors_that_fit(std::uint32_t mtu_bytes) {
  return std::min(wire::sectors_that_fit(mtu_bytes), kSectorsPerFrameMax);
}

// The ranges of a trim that are work, in order.
std::vector<SectorRange> trims_of(ByteView data) {
  std::vector<SectorRange> ranges;
  for (std::size_t i = 0; i < data.size() / 8; ++i) {
    if (ata::trim_range(data, i).count.count != 0) ranges.push_back(ata::trim_range(data, i));
  }
  return ranges;
}

std::vector<SectorRange> ranges_of(const ata::Transfer& transfer, ByteView data) {
  if (transfer.kind == block::OpKind::trim) return trims_of(data);
  return {transfer.range};
}

bool modifies(block::OpKind kind) { return kind == block::OpKind::write || kind == block::OpKind::trim; }

// Bytes of a response that mean something; all behind them is padding.
std::size_t used_bytes(const wire::Header& header, ByteView frame) {
  const auto body = wire::decode_body(header, frame);
  AOEKIT_CHECK(body.has_value());
  const bool explains = header.error == static_cast<std::uint8_t>(wire::AoeError::config_string_present);
  if (header.is_error() && !explains) return wire::kHeaderBytes;
  if (const auto* config = std::get_if<wire::ConfigBody>(&*body)) return wire::kConfigHeaderBytes + config->text.size();
  if (const auto* mask = std::get_if<wire::MaskBody>(&*body)) return wire::kMaskHeaderBytes + mask->directives.size();
  if (const auto* list = std::get_if<wire::ReserveBody>(&*body)) return wire::kReserveHeaderBytes + list->macs.size();
  // Data comes in whole sectors, so a smallest frame has none.
  AOEKIT_CHECK(header.command == static_cast<std::uint8_t>(wire::Command::ata));
  if (frame.size() == wire::kMinFrameBytes) return wire::kAtaHeaderBytes;
  AOEKIT_CHECK((frame.size() - wire::kAtaHeaderBytes) % kSectorBytes == 0);
  return frame.size();
}

}  // namespace

void Oracle::set_mtu(target::PortId port, std::uint32_t mtu_bytes) {
  mtu_bytes_[port.value] = mtu_bytes;
  std::uint32_t& allowed = mtu_bytes_allowed_[port.value];
  allowed = accepted_.empty() ? mtu_bytes : std::max(allowed, mtu_bytes);
}

void Oracle::before_frame(target::PortId port, ByteView frame, Instant now) {
  port_ = port;
  frame_.assign(frame.begin(), frame.end());
  now_ = now;
  for (std::uint32_t i = 0; i < before_.size(); ++i) {
    const target::Export& exported = core_.exported(ExportId{i});
    before_[i] = {exported.requests.last, exported.config_string, exported.mask, exported.reserved_for,
                   core_.holder(ExportId{i}, now), exported.disk};
  }
}

void Oracle::after_frame(std::span<const TxFrame> frames, std::span<const ExportOp> ops) {
  for (std::uint32_t i = 0; i < before_.size(); ++i) check_effects_on(ExportId{i}, frames);
  for (const TxFrame& frame : frames) check_reply(frame);
  check_ops(ops);
  AOEKIT_CHECK(core_.requests_in_progress() == accepted_.size());
  AOEKIT_CHECK(accepted_.size() <= core_.ops_in_flight_max());
}

void Oracle::check_effects_on(ExportId id, std::span<const TxFrame> frames) {
  const Before& before = before_[id.value];
  const target::Export& exported = core_.exported(id);
  const auto header = wire::decode_header(frame_);
  const bool reached = header && !header->is_response() && !header->source.is_multicast() &&
                       (header->destination == kPortMacs[port_.value] || header->destination.is_broadcast()) &&
                       !exported.removed && header->address.addresses(exported.address);
  const bool silent = !reached || (!before.mask.empty() && !holds(before.mask, header->source)) ||
                      !exported.access.may_read(header->source);
  const bool may_write = !silent && exported.access.may_write(header->source);
  const auto may_change = [&](wire::Command command) {
    return !silent && header->version == wire::kVersion && header->command == static_cast<std::uint8_t>(command);
  };
  const bool accepted = exported.requests.last != before.last_request;
  AOEKIT_CHECK((may_write && may_change(wire::Command::config)) || exported.config_string == before.config_string);
  AOEKIT_CHECK((may_write && may_change(wire::Command::mask)) || exported.mask == before.mask);
  AOEKIT_CHECK((may_write && may_change(wire::Command::reserve)) || exported.reserved_for == before.reserved_for);
  AOEKIT_CHECK(may_change(wire::Command::ata) || !accepted);
  std::size_t answers = 0;
  for (const TxFrame& frame : frames) answers += wire::decode_header(frame.bytes)->address == exported.address;
  AOEKIT_CHECK(answers <= (silent ? 0U : 1U));
  if (!accepted) return;
  AOEKIT_CHECK(exported.available);
  AOEKIT_CHECK(before.reserved_for.empty() || holds(before.reserved_for, header->source));
  accept(id, before);
  if (!modifies(accepted_.at(exported.requests.last).transfer.kind)) return;
  AOEKIT_CHECK(may_write);
  AOEKIT_CHECK(!before.holder || !before.reserved_for.empty() || *before.holder == header->source);
}

void Oracle::accept(ExportId id, const Before& before) {
  Accepted request;
  request.device = id;
  request.port = port_;
  request.header = *wire::decode_header(frame_);
  const auto body = std::get<wire::AtaBody>(wire::decode_body(request.header, frame_).value());
  ata::Disk disk = before.disk;
  std::array<std::uint8_t, kSectorBytes> scratch;
  const ata::Action action =
      ata::interpret(body, {sectors_that_fit(mtu_bytes_[port_.value])}, disk, now_, scratch);
  const auto* transfer = std::get_if<ata::Transfer>(&action);
  AOEKIT_CHECK(transfer != nullptr);
  request.transfer = *transfer;
  const ByteView data = body.data.first(transfer->write_bytes);
  request.data.assign(data.begin(), data.end());
  request.arrival = arrivals_++;
  request.in_group = core_.exported(id).commit == target::Commit::group && modifies(transfer->kind) &&
                     transfer->durability == block::Durability::stable;
  AOEKIT_CHECK(accepted_.emplace(core_.exported(id).requests.last, std::move(request)).second);
}

void Oracle::check_ops(std::span<const ExportOp> ops) {
  for (const auto& [device, op] : ops) {
    const auto found = accepted_.find(op.cookie);
    AOEKIT_CHECK(found != accepted_.end());
    Accepted& request = found->second;
    AOEKIT_CHECK(!request.in_flight && device == request.device);
    if (request.in_group && op.kind == block::OpKind::flush) {
      check_group_sync(request, op);
      continue;
    }
    const bool is_last_flush = op.kind == block::OpKind::flush && expects_flush(request);
    AOEKIT_CHECK(is_last_flush || op.kind == request.transfer.kind);
    AOEKIT_CHECK(op.durability == request.transfer.durability || request.in_group);
    AOEKIT_CHECK(op.range.fits(core_.exported(device).disk.size));
    SectorRange expected = request.transfer.range;
    if (op.kind == block::OpKind::trim) expected = trims_of(request.data).at(request.trims_issued++);
    if (is_last_flush) {
      expected = {};
      request.trims_flushed = true;
    }
    AOEKIT_CHECK(op.range == expected);
    const bool has_data = op.kind == block::OpKind::read || op.kind == block::OpKind::write;
    AOEKIT_CHECK(op.data.size() == (has_data ? op.range.count.bytes() : 0));
    AOEKIT_CHECK(op.kind != block::OpKind::write || is_same(op.source(), request.data));
    request.in_flight = true;
    for (const auto& [cookie, other] : accepted_) {
      if (other.device != device || other.arrival >= request.arrival) continue;
      if (!modifies(other.transfer.kind) && !modifies(op.kind)) continue;
      for (const SectorRange& range : ranges_of(other.transfer, other.data)) AOEKIT_CHECK(!range.overlaps(op.range));
    }
  }
}

// One at a time, for all that is done.
void Oracle::check_group_sync(Accepted& request, const block::BlockOp& op) {
  AOEKIT_CHECK(request.done && op.range == SectorRange{} && op.data.empty());
  for (auto& [cookie, other] : accepted_) {
    if (other.device != request.device) continue;
    AOEKIT_CHECK(!other.is_sync);
    other.covered = other.done;
  }
  request.is_sync = request.in_flight = true;
}

bool Oracle::expects_more_trims(const Accepted& request) const {
  return request.transfer.kind == block::OpKind::trim && request.trims_issued < trims_of(request.data).size();
}

// A trim that may not be acknowledged from a cache ends with a flush, if it did anything.
bool Oracle::expects_flush(const Accepted& request) const {
  return !request.in_group && request.transfer.kind == block::OpKind::trim &&
         request.trims_issued == trims_of(request.data).size() &&
         request.trims_issued > 0 && request.transfer.durability == block::Durability::stable && !request.trims_flushed;
}

bool Oracle::is_lapsed(const Accepted& request) const {
  const Sectors size = core_.exported(request.device).disk.size;
  if (request.in_flight || request.done) return false;
  if (request.transfer.kind != block::OpKind::trim) return !request.transfer.range.fits(size);
  return expects_more_trims(request) && !trims_of(request.data)[request.trims_issued].fits(size);
}

// Who is answered because an operation is done. Others are condemned, or wait for a sync.
Oracle::Answers Oracle::answers_to(const ExportOp& op, block::BlockStatus status) {
  using block::BlockStatus;
  Accepted& request = accepted_.at(op.op.cookie);
  const bool syncs_itself =
      op.op.kind == block::OpKind::write && op.op.durability == block::Durability::stable &&
      (status == BlockStatus::medium_error || status == BlockStatus::unavailable);
  const bool leaves_doubt = status != BlockStatus::ok && (op.op.kind == block::OpKind::flush || syncs_itself);
  Answers answers;
  for (auto& [cookie, other] : accepted_) {
    if (other.device != op.device) continue;
    if (leaves_doubt && other.done && !other.covered) answers.emplace_back(cookie, status);
    const bool is_stable = other.transfer.durability == block::Durability::stable;
    const bool is_with_disk = other.in_flight || other.covered;
    if (leaves_doubt && modifies(other.transfer.kind) && is_stable && is_with_disk) other.condemned = true;
    if (!request.is_sync || !other.covered) continue;
    const bool is_doubtful = status == BlockStatus::ok && other.condemned;
    answers.emplace_back(cookie, is_doubtful ? BlockStatus::medium_error : status);
  }
  if (request.is_sync) return answers;
  const bool lapsed = expects_more_trims(request) && is_lapsed(request);
  if (status == BlockStatus::ok && request.condemned) {
    status = BlockStatus::medium_error;
  } else if (status == BlockStatus::ok && lapsed) {
    status = BlockStatus::out_of_range;
  } else if (status == BlockStatus::ok && (expects_more_trims(request) || expects_flush(request))) {
    return answers;
  } else if (status == BlockStatus::ok && request.in_group && op.op.durability == block::Durability::cached) {
    request.done = true;
    return answers;
  }
  answers.emplace_back(op.op.cookie, status);
  return answers;
}

void Oracle::after_completion(const ExportOp& op, block::BlockStatus status, ByteView on_disk,
                              std::span<const TxFrame> frames, std::span<const ExportOp> ops) {
  const auto found = accepted_.find(op.op.cookie);
  AOEKIT_CHECK(found != accepted_.end() && found->second.in_flight);
  found->second.in_flight = false;
  std::vector<TxFrame> sent(frames.begin(), frames.end());
  target::StationList answered;
  for (const auto& [cookie, outcome] : answers_to(op, status)) {
    const Accepted& request = accepted_.at(cookie);
    const auto answer = std::ranges::find_if(sent, [&](const TxFrame& frame) {
      const auto header = wire::decode_header(frame.bytes);
      return frame.port == request.port && header->tag == request.header.tag &&
             header->destination == request.header.source;
    });
    AOEKIT_CHECK(answer != sent.end());
    check_sent(*answer);
    check_answer(request, outcome, on_disk, *answer);
    answered.push_back(request.header.source);
    sent.erase(answer);
    accepted_.erase(cookie);
  }
  for (const TxFrame& frame : sent) check_follower(frame, answered);
  check_ops(ops);
  const auto same = accepted_.find(op.op.cookie);
  if (same != accepted_.end() && !same->second.done) AOEKIT_CHECK(same->second.in_flight);
  AOEKIT_CHECK(core_.requests_in_progress() == accepted_.size());
  if (accepted_.empty()) mtu_bytes_allowed_ = mtu_bytes_;
}

void Oracle::check_follower(const TxFrame& frame, target::StationList& answered) {
  check_sent(frame);
  const auto header = wire::decode_header(frame.bytes);
  const auto body = std::get<wire::AtaBody>(wire::decode_body(*header, frame.bytes).value());
  const bool is_refusal = body.feature_or_error == ata::kErrorIdNotFound;
  const auto lapsed = std::find_if(accepted_.begin(), accepted_.end(), [&](const auto& entry) {
    const Accepted& request = entry.second;
    return is_refusal && is_lapsed(request) && request.port == frame.port && request.header.tag == header->tag &&
           request.header.source == header->destination;
  });
  if (lapsed != accepted_.end()) {
    check_answer(lapsed->second, block::BlockStatus::out_of_range, {}, frame);
    answered.push_back(lapsed->second.header.source);
    accepted_.erase(lapsed);
  }
  AOEKIT_CHECK(holds(answered, header->destination));
}

void Oracle::check_answer(const Accepted& request, block::BlockStatus status, ByteView on_disk,
                          const TxFrame& frame) const {
  AOEKIT_CHECK(frame.port == request.port);
  const auto header = wire::decode_header(frame.bytes);
  AOEKIT_CHECK(!header->is_error() && header->tag == request.header.tag);
  AOEKIT_CHECK(header->address == core_.exported(request.device).address);
  const auto body = std::get<wire::AtaBody>(wire::decode_body(*header, frame.bytes).value());
  const bool ok = status == block::BlockStatus::ok;
  AOEKIT_CHECK(ok ? body.command_or_status == ata::kStatusReady && body.feature_or_error == 0
                  : (body.command_or_status & ata::kStatusError) != 0 && body.feature_or_error != 0);
  if (ok && request.transfer.returns_data) {
    AOEKIT_CHECK(is_same(body.data, on_disk));
  } else {
    AOEKIT_CHECK(frame.bytes.size() == wire::kMinFrameBytes);
  }
}

void Oracle::check_sent(const TxFrame& frame) const {
  AOEKIT_CHECK(frame.port.value < kPortMacs.size());
  AOEKIT_CHECK(frame.bytes.size() >= wire::kMinFrameBytes);
  const auto header = wire::decode_header(frame.bytes);
  AOEKIT_CHECK(header.has_value());
  AOEKIT_CHECK(header->source == kPortMacs[frame.port.value]);
  AOEKIT_CHECK(header->version == wire::kVersion);
  AOEKIT_CHECK((header->flags & ~wire::kFlagError) == wire::kFlagResponse);
  AOEKIT_CHECK(header->is_error() == (header->error != 0));
  AOEKIT_CHECK(std::find(kExports.begin(), kExports.end(), header->address) != kExports.end());
  const std::size_t used = used_bytes(*header, frame.bytes);
  AOEKIT_CHECK(frame.bytes.size() == std::max(used, wire::kMinFrameBytes));
  AOEKIT_CHECK(is_zero(frame.bytes.subspan(used)));
  if (header->command != static_cast<std::uint8_t>(wire::Command::ata)) return;
  const std::size_t allowed = mtu_bytes_allowed_[frame.port.value] + wire::kEthernetHeaderBytes;
  AOEKIT_CHECK(frame.bytes.size() <= std::max(allowed, wire::kMinFrameBytes));
}

void Oracle::check_reply(const TxFrame& frame) const {
  check_sent(frame);
  const auto request = wire::decode_header(frame_);
  const auto reply = wire::decode_header(frame.bytes);
  AOEKIT_CHECK(frame.port == port_ && reply->destination == request->source);
  AOEKIT_CHECK(reply->tag == request->tag && reply->command == request->command);
}

void Oracle::after_announcement(std::span<const TxFrame> frames) const {
  for (const TxFrame& frame : frames) {
    check_sent(frame);
    const auto header = wire::decode_header(frame.bytes);
    AOEKIT_CHECK(!header->is_error() && header->tag == 0);
    AOEKIT_CHECK(header->command == static_cast<std::uint8_t>(wire::Command::config));
  }
}

}  // namespace aoekit::fuzz

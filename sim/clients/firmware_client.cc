// One machine for both: they differ in options.
#include "sim/clients/firmware_client.h"

#include <algorithm>

#include "base/check.h"
#include "sim/clients/requests.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::sim {
namespace {

constexpr std::uint32_t kDiscoveryTag = 0x18ae0000;
constexpr Duration kLookEvery = seconds(2);

}  // namespace

FirmwareOptions ipxe() {
  FirmwareOptions options;
  options.outstanding_max = 1;
  options.retransmit_after = milliseconds(250);
  options.retransmit_max = seconds(10);
  options.tries_max = 7;
  options.tag_base = kDiscoveryTag;
  return options;
}

FirmwareOptions winaoe() {
  FirmwareOptions options;
  options.outstanding_max = 64;
  options.retransmit_after = milliseconds(500);
  options.retransmit_max = seconds(2);
  options.finds_by_identify = true;
  options.takes_errors_for_success = true;
  options.counts_little_endian = true;
  return options;
}

FirmwareClient::FirmwareClient(World& world, Network& network, std::string name, wire::AoeAddress address,
                               const FirmwareOptions& options)
    : Client(world, network, std::move(name), address), options_(options) {}

void FirmwareClient::begin() {
  target_.reset();
  counter_ = 1;  // after the discovery's
  look_until_found();
}

void FirmwareClient::end() {
  progress_.clear();
  active_.clear();
  target_.reset();
}

void FirmwareClient::look_until_found() {
  if (target_) return;
  look_again();
  later(kLookEvery, [this] { look_until_found(); });
}

void FirmwareClient::look_again() {
  if (!running_) return;
  std::array<std::uint8_t, 64> memory;
  for (const NicId nic : nics_) {
    wire::Header header;
    header.destination = wire::kBroadcastMac;
    header.source = network_.mac(nic);
    header.address = options_.finds_by_identify ? wire::kEverybody : address_;
    header.tag = kDiscoveryTag;
    if (options_.finds_by_identify) {
      wire::AtaBody body;
      body.count = 1;
      body.command_or_status = 0xec;
      network_.send(nic, wire::encode(memory, header, body));
    } else {
      header.command = 1;
      network_.send(nic, wire::encode(memory, header, wire::ConfigBody{}));
    }
  }
}

void FirmwareClient::nic_changed(std::size_t nic) {
  if (target_ && target_->nic == nic) {
    target_->sectors = std::min(target_->sectors, wire::sectors_advertised(network_.mtu(nics_[nic])));
  }
}

std::uint32_t FirmwareClient::new_tag() {
  for (;;) {
    const std::uint32_t count = ++counter_;
    const std::uint32_t tag = options_.counts_little_endian
                                  ? count << 24 | (count & 0xff00) << 8 | (count >> 8 & 0xff00) | count >> 24
                                  : options_.tag_base | (count & 0xffff);
    if (tag != kDiscoveryTag) return tag;
  }
}

void FirmwareClient::submit(Io& io) {
  AOEKIT_CHECK(is_ready() && can(io.kind));
  progress_.push_back({.io = &io});
  work();
}

void FirmwareClient::work() {
  for (Progress& progress : progress_) {
    Io& io = *progress.io;
    while (active_.size() < options_.outstanding_max && progress.cut < io.range.count.count) {
      Piece piece;
      piece.io = &io;
      piece.range = {Lba{io.range.first.value + progress.cut},
                     Sectors{std::min<std::uint64_t>(io.range.count.count - progress.cut, target_->sectors)}};
      piece.tag = new_tag();
      piece.wait = options_.retransmit_after;
      progress.cut += piece.range.count.count;
      ++progress.pieces;
      active_.push_back(piece);
      transmit(active_.back());
    }
  }
}

void FirmwareClient::transmit(Piece& piece) {
  const NicId nic = nics_[target_->nic];
  wire::Header header;
  header.destination = target_->mac;
  header.source = network_.mac(nic);
  header.address = address_;
  header.tag = piece.tag;
  wire::AtaBody body = ata_request(piece.io->kind, piece.range);
  if (piece.io->kind == block::OpKind::write) {
    const std::uint64_t offset = (piece.range.first.value - piece.io->range.first.value) * kSectorBytes;
    body.data = ByteView(piece.io->data).subspan(offset, piece.range.count.bytes());
  }
  std::vector<std::uint8_t> memory(wire::kAtaHeaderBytes + body.data.size() + wire::kMinFrameBytes);
  network_.send(nic, wire::encode(memory, header, body));
  ++piece.tries;
  later(piece.wait, [this, tag = piece.tag, tries = piece.tries] { timed_out(tag, tries); });
  piece.wait = std::min(piece.wait * 2, options_.retransmit_max);
}

void FirmwareClient::timed_out(std::uint32_t tag, unsigned tries) {
  const auto found = std::ranges::find(active_, tag, &Piece::tag);
  if (found == active_.end() || found->tries != tries) return;
  if (options_.tries_max != 0 && tries >= options_.tries_max) return finish_piece(tag, IoResult::unanswered);
  transmit(*found);
}

void FirmwareClient::receive(std::size_t nic, ByteView frame) {
  const auto header = wire::decode_header(frame);
  // What a switch sends to everybody the NIC keeps away from a client that does not look whose it is.
  if (header && header->destination != network_.mac(nics_[nic]) && !header->destination.is_multicast()) return;
  if (!header || !header->is_response() || header->address != address_) return;
  const auto body = wire::decode_body(*header, frame);
  const auto* ata = body ? std::get_if<wire::AtaBody>(&*body) : nullptr;
  if (header->tag == kDiscoveryTag) {
    if (!body || target_ || header->is_error()) return;
    std::uint32_t sectors = wire::sectors_advertised(network_.mtu(nics_[nic]));
    if (const auto* config = std::get_if<wire::ConfigBody>(&*body)) {
      sectors = std::min<std::uint32_t>(sectors, config->sectors_per_frame == 0 ? 2 : config->sectors_per_frame);
    } else {
      sectors = std::min(sectors, 2U);
    }
    target_ = Target{nic, header->source, std::max(1U, sectors)};
    world_.say("{}: {} is usable", name_, address_.to_string());
    return;
  }
  const auto found = std::ranges::find(active_, header->tag, &Piece::tag);
  if (found == active_.end()) return;
  const bool refused = header->is_error() || ata == nullptr || (ata->command_or_status & 0x01) != 0;
  const bool is_read = found->io->kind == block::OpKind::read;
  const bool is_short = is_read && !refused && ata->data.size() < found->range.count.bytes();
  if (is_read && !refused && !is_short) {
    const std::uint64_t offset = (found->range.first.value - found->io->range.first.value) * kSectorBytes;
    std::ranges::copy(ata->data.first(found->range.count.bytes()),
                      found->io->data.begin() + static_cast<std::ptrdiff_t>(offset));
  }
  if ((refused || is_short) && options_.takes_errors_for_success) ++errors_swallowed_;
  finish_piece(header->tag, refused || is_short ? IoResult::failed : IoResult::ok);
}

void FirmwareClient::finish_piece(std::uint32_t tag, IoResult result) {
  const auto found = std::ranges::find(active_, tag, &Piece::tag);
  const Piece piece = *found;
  active_.erase(found);
  const auto progress = std::ranges::find(progress_, piece.io, &Progress::io);
  --progress->pieces;
  if (result != IoResult::ok) {
    progress->result = result;
    progress->cut = piece.io->range.count.count;
  }
  if (progress->pieces == 0 && progress->cut == piece.io->range.count.count) {
    const IoResult whole = progress->result;
    progress_.erase(progress);
    const auto done = std::move(piece.io->done);
    done(whole);
  }
  work();
}

}  // namespace aoekit::sim

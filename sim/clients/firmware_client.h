// Models of the clients that keep the tag when they send again: iPXE and WinAoE (docs/protocol.md).
#pragma once

#include <deque>
#include <vector>

#include "sim/clients/client.h"
#include "wire/frame.h"

namespace aoekit::sim {

struct FirmwareOptions {
  std::size_t outstanding_max = 1;     // frames; the advertised buffer count is not looked at
  Duration retransmit_after{};         // doubles each time up to retransmit_max
  Duration retransmit_max{};
  unsigned tries_max = 0;              // then the operation is unanswered; 0: for ever
  bool finds_by_identify = false;      // broadcast ATA IDENTIFY instead of a config query
  bool takes_errors_for_success = false;
  std::uint32_t tag_base = 0;          // above a 16-bit counter, or
  bool counts_little_endian = false;   // a 32-bit counter the wrong way round
};
FirmwareOptions ipxe();
FirmwareOptions winaoe();

class FirmwareClient final : public Client {
 public:
  FirmwareClient(World& world, Network& network, std::string name, wire::AoeAddress address,
                 const FirmwareOptions& options);

  bool is_ready() const override { return target_.has_value(); }
  bool can(block::OpKind kind) const override { return kind == block::OpKind::read || kind == block::OpKind::write; }
  void submit(Io& io) override;
  void look_again() override;
  void nic_changed(std::size_t nic) override;

  // Errors that its user was not told of.
  std::uint64_t errors_swallowed() const { return errors_swallowed_; }

 private:
  struct Target {
    std::size_t nic;
    wire::MacAddress mac;
    std::uint32_t sectors;
  };
  struct Piece {
    Io* io = nullptr;
    SectorRange range;
    std::uint32_t tag = 0;
    unsigned tries = 0;
    Duration wait{};
  };
  struct Progress {
    Io* io = nullptr;
    std::uint64_t cut = 0;
    std::uint32_t pieces = 0;
    IoResult result = IoResult::ok;
  };

  void begin() override;
  void end() override;
  void receive(std::size_t nic, ByteView frame) override;
  void look_until_found();
  void work();
  void transmit(Piece& piece);
  void timed_out(std::uint32_t tag, unsigned tries);
  void finish_piece(std::uint32_t tag, IoResult result);
  std::uint32_t new_tag();

  FirmwareOptions options_;
  std::optional<Target> target_;
  std::deque<Progress> progress_;  // oldest first
  std::vector<Piece> active_;
  std::uint32_t counter_ = 0;
  std::uint64_t errors_swallowed_ = 0;
};

}  // namespace aoekit::sim

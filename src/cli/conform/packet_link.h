// The suite's cable on a real interface: a raw socket that sends anything and, promiscuous, sees all AoE frames.
#pragma once

#include <memory>
#include <string>

#include "base/fd.h"
#include "cli/conform/link.h"
#include "net/interface.h"

namespace aoekit::conform {

// Unlike net::PacketPort it neither filters by destination nor minds what it sends. Blocks in next() and, where the
// interface's queue is full, in send().
class PacketLink final : public Link {
 public:
  // Needs CAP_NET_RAW. Errors as net::query_interface() and net::open_packet_socket(), and for an interface that is
  // down or has no Ethernet frames.
  static Result<std::unique_ptr<PacketLink>> open(const std::string& interface);

  wire::MacAddress mac() const override { return interface_.mac; }
  std::uint32_t mtu_bytes() const override { return interface_.mtu_bytes; }
  bool sends_short_frames() const override { return virtual_; }
  bool sees_other_stations() const override { return promiscuous_; }
  Instant now() const override;
  Status send(std::span<const Bytes> frames) override;
  Result<std::optional<Bytes>> next(Duration patience) override;

 private:
  PacketLink(net::InterfaceState interface, Fd socket);
  bool become_promiscuous() const;

  net::InterfaceState interface_;
  Fd socket_;
  bool virtual_ = false;
  bool promiscuous_ = false;
  Bytes memory_;
};

}  // namespace aoekit::conform

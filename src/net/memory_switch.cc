// Forwarding by learned MAC addresses.
#include "net/memory_switch.h"

#include <utility>

#include "base/cursor.h"
#include "wire/constants.h"

namespace aoekit::net {
namespace {

struct EthernetHeader {
  wire::MacAddress destination;
  wire::MacAddress source;
  std::uint16_t ether_type = 0;
};

// REQUIRES: a whole Ethernet header.
EthernetHeader ethernet_header(ByteView frame) {
  ByteReader reader(frame);
  EthernetHeader header;
  header.destination = wire::MacAddress::from_bytes(reader.take(wire::kMacBytes));
  header.source = wire::MacAddress::from_bytes(reader.take(wire::kMacBytes));
  header.ether_type = reader.u16_be();
  return header;
}

bool fits(ByteView frame, const PortInfo& info) {
  return frame.size() >= wire::kEthernetHeaderBytes && frame.size() <= info.mtu_bytes + wire::kEthernetHeaderBytes;
}

}  // namespace

Result<MemoryPort*> MemorySwitch::add_port(PortInfo info) {
  Result<io::Wakeup> wakeup = io::Wakeup::create();
  if (!wakeup) return tl::unexpected(wakeup.error());
  ports_.push_back(std::make_unique<MemoryPort>(*this, std::move(info), std::move(*wakeup)));
  return ports_.back().get();
}

void MemorySwitch::forward(MemoryPort& from, ByteView frame) {
  const EthernetHeader header = ethernet_header(frame);
  if (!header.source.is_multicast()) learned_[header.source] = &from;
  const auto known = header.destination.is_multicast() ? learned_.end() : learned_.find(header.destination);
  if (known != learned_.end()) {
    if (known->second != &from) deliver(from, *known->second, frame);
    return;
  }
  for (const auto& port : ports_) {
    if (port.get() != &from) deliver(from, *port, frame);
  }
}

void MemorySwitch::deliver(const MemoryPort& from, MemoryPort& to, ByteView frame) {
  if (lose_ && lose_(from, to, frame)) return;
  if (to.wants(frame)) to.arrive(frame);
}

MemoryPort::MemoryPort(MemorySwitch& fabric, PortInfo info, io::Wakeup wakeup)
    : fabric_(fabric), info_(std::move(info)), wakeup_(std::move(wakeup)) {}

bool MemoryPort::wants(ByteView frame) const {
  const EthernetHeader header = ethernet_header(frame);
  const bool for_us = header.destination == info_.mac || header.destination.is_broadcast();
  return info_.up && for_us && header.ether_type == wire::kEtherType;
}

void MemoryPort::arrive(ByteView frame) {
  if (!fits(frame, info_)) {
    ++counters_.frames_truncated;
  } else if (waiting_.size() == MemorySwitch::kQueueFramesMax) {
    ++counters_.receive_drops;
  } else {
    if (waiting_.empty()) wakeup_.light();
    waiting_.emplace_back(frame.begin(), frame.end());
  }
}

std::span<const ByteView> MemoryPort::receive() {
  handed_out_.clear();
  views_.clear();
  while (!waiting_.empty() && handed_out_.size() < kBatchFrames) {
    handed_out_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
    if (waiting_.empty()) wakeup_.put_out();
  }
  views_.assign(handed_out_.begin(), handed_out_.end());
  counters_.frames_received += views_.size();
  counters_.bytes_received += total_bytes(views_);
  return views_;
}

void MemoryPort::send(std::span<const ByteView> frames) {
  for (const ByteView frame : frames) {
    if (!info_.up || !fits(frame, info_)) {
      ++counters_.send_drops;
      continue;
    }
    ++counters_.frames_sent;
    counters_.bytes_sent += frame.size();
    fabric_.forward(*this, frame);
  }
}

}  // namespace aoekit::net

// Links and switches.
#include "sim/network.h"

#include <algorithm>

#include "base/check.h"
#include "wire/constants.h"
#include "wire/print.h"

namespace aoekit::sim {
namespace {

// For trace hashes: what happened to a frame.
constexpr std::uint64_t kDelivered = 0xde11;
constexpr SwitchId kNoSwitch = SIZE_MAX;

wire::MacAddress destination_of(const Frame& frame) { return wire::MacAddress::from_bytes(frame->bytes); }

}  // namespace

void Link::carry(const Frame& frame, const std::function<void(Frame)>& arrive) {
  const auto lose = [&](std::uint64_t& counter, const char* why) {
    ++counter;
    if (world_->telling()) world_->say("{}: {}: {}", name_, why, wire::describe(frame->bytes));
  };
  // Every frame takes the same number of draws, whatever happens, so that faults do not shift each other's choices.
  const bool lost = stream_.ppm(weather_.loss_ppm);
  const bool damaged = stream_.ppm(weather_.corrupt_ppm);
  const bool copied = stream_.ppm(weather_.duplicate_ppm);
  const bool altered = stream_.ppm(weather_.flip_ppm);
  if (cut_) return lose(counters_.cut, "cut");
  if (frame->bytes.size() > std::size_t{mtu_bytes_} + wire::kEthernetHeaderBytes) {
    return lose(counters_.too_long, "too long");
  }
  if (lost) return lose(counters_.lost, "lost");
  if (damaged) return lose(counters_.damaged, "damaged and so lost");
  Instant leaves = std::max(world_->now(), clogged_until_);
  if (weather_.bytes_per_second != 0) {
    const Instant starts = std::max(world_->now(), busy_until_);
    const auto waiting_ns = static_cast<std::uint64_t>((starts - world_->now()).count());
    if (waiting_ns * weather_.bytes_per_second / 1'000'000'000 > weather_.queue_bytes) {
      return lose(counters_.overflowed, "queue full");
    }
    busy_until_ =
        starts + Duration{static_cast<std::int64_t>(frame->bytes.size() * 1'000'000'000 / weather_.bytes_per_second)};
    leaves = std::max(leaves, busy_until_);
  }
  deliver(altered ? flipped(frame) : frame, leaves, arrive);
  if (!copied) return;
  ++counters_.copied;
  if (world_->telling()) world_->say("{}: delivered twice: {}", name_, wire::describe(frame->bytes));
  deliver(frame, leaves, arrive);
}

void Link::deliver(const Frame& frame, Instant leaves, const std::function<void(Frame)>& arrive) {
  const Duration jitter = stream_.duration_below(weather_.jitter + Duration{1});
  const bool late = stream_.ppm(weather_.late_ppm);
  Instant arrives = leaves + weather_.delay + jitter;
  if (late) {
    ++counters_.late;
    const Duration held_up = stream_.duration_below(weather_.late_max + Duration{1});
    if (world_->telling()) {
      world_->say("{}: held up for {} ms: {}", name_, held_up / milliseconds(1), wire::describe(frame->bytes));
    }
    arrives += held_up;
  } else if (weather_.keeps_order) {
    last_arrival_ = arrives = std::max(arrives, last_arrival_);
  }
  world_->at(arrives, [frame, arrive] { arrive(frame); });
}

Frame Link::flipped(const Frame& frame) {
  auto altered = std::make_shared<FrameOnItsWay>(*frame);
  const std::uint64_t bit = stream_.below(altered->bytes.size() * 8);
  altered->bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
  ++counters_.flipped;
  if (world_->telling()) world_->say("{}: bit {} altered: {}", name_, bit, wire::describe(frame->bytes));
  return altered;
}

SwitchId Network::add_switch() {
  flood_stream_ = world_.stream("flood");
  switches_.emplace_back();
  return switches_.size() - 1;
}

std::size_t Network::add_link(std::string name) {
  const Stream stream = world_.stream("link", links_.size());
  links_.emplace_back(world_, std::move(name), stream);
  return links_.size() - 1;
}

void Network::add_trunk(SwitchId a, SwitchId b) {
  switches_[a].trunks.push_back({b, add_link(fmt::format("switch{}>switch{}", a, b))});
  switches_[b].trunks.push_back({a, add_link(fmt::format("switch{}>switch{}", b, a))});
  learn_routes();
}

NicId Network::add_nic(SwitchId at, std::string name, wire::MacAddress mac, std::uint32_t mtu_bytes, Receive receive) {
  const NicId id = nics_.size();
  const std::size_t up = add_link(fmt::format("{}>switch{}", name, at));
  const std::size_t down = add_link(fmt::format("switch{}>{}", at, name));
  if (world_.recorder() != nullptr) world_.recorder()->name_interface(name);
  nics_.push_back({std::move(name), mac, mtu_bytes, at, up, down, std::move(receive)});
  AOEKIT_CHECK(by_mac_.emplace(mac, id).second);
  switches_[at].nics.push_back(id);
  learn_routes();
  return id;
}

// Spreads from each station's switch outwards; there are no loops.
void Network::learn_routes() {
  for (const Nic& nic : nics_) {
    std::vector<SwitchId> reached{nic.at};
    for (std::size_t i = 0; i < reached.size(); ++i) {
      for (const Trunk& trunk : switches_[reached[i]].trunks) {
        if (std::ranges::find(reached, trunk.to) != reached.end()) continue;
        reached.push_back(trunk.to);
        const auto& back = switches_[trunk.to].trunks;
        const auto way = std::ranges::find(back, reached[i], &Trunk::to);
        switches_[trunk.to].towards[nic.mac] = static_cast<std::size_t>(way - back.begin());
      }
    }
  }
}

void Network::send(NicId from, ByteView bytes) {
  const Nic& nic = nics_[from];
  if (world_.recorder() != nullptr) world_.recorder()->frame(world_.now(), from, Direction::sent, bytes);
  if (bytes.size() > std::size_t{nic.mtu_bytes} + wire::kEthernetHeaderBytes) {
    if (world_.telling()) world_.say("{}: longer than its MTU, not sent: {}", nic.name, wire::describe(bytes));
    return;
  }
  if (world_.telling()) world_.say("{}: sends {}", nic.name, wire::describe(bytes));
  if (tap_) tap_(from, bytes);
  const Frame frame =
      std::make_shared<const FrameOnItsWay>(FrameOnItsWay{{bytes.begin(), bytes.end()}, world_.now()});
  links_[nic.up].carry(frame, [this, at = nic.at](const Frame& arrived) { arrive_at_switch(at, kNoSwitch, arrived); });
}

void Network::arrive_at_switch(SwitchId at, SwitchId from, const Frame& frame) {
  const Switch& here = switches_[at];
  const wire::MacAddress destination = destination_of(frame);
  const wire::MacAddress source = wire::MacAddress::from_bytes(ByteView(frame->bytes).subspan(wire::kMacBytes));
  const auto known = by_mac_.find(destination);
  const bool flood = destination.is_multicast() || known == by_mac_.end() || flood_stream_.ppm(flood_ppm_);
  if (!flood) {
    if (nics_[known->second].at == at) return hand_over(known->second, frame);
    const auto way = here.towards.find(destination);
    if (way != here.towards.end() && here.trunks[way->second].to != from) {
      forward(at, here.trunks[way->second], frame);
    }
    return;
  }
  for (const NicId id : here.nics) {
    if (nics_[id].mac != source) hand_over(id, frame);
  }
  for (const Trunk& trunk : here.trunks) {
    if (trunk.to != from) forward(at, trunk, frame);
  }
}

void Network::forward(SwitchId at, const Trunk& trunk, const Frame& frame) {
  links_[trunk.link].carry(frame,
                           [this, at, to = trunk.to](const Frame& arrived) { arrive_at_switch(to, at, arrived); });
}

void Network::hand_over(NicId to, const Frame& frame) {
  links_[nics_[to].down].carry(frame, [this, to](const Frame& arrived) {
    Nic& nic = nics_[to];
    if (arrived->bytes.size() > std::size_t{nic.mtu_bytes} + wire::kEthernetHeaderBytes) return;
    if (lifetime_ && world_.now() - arrived->sent_at > *lifetime_) return;
    world_.mark(kDelivered + to, hash_of(arrived->bytes));
    if (world_.telling()) {
      world_.recorder()->frame(world_.now(), to, Direction::received, arrived->bytes);
      world_.say("{}: receives {}", nic.name, wire::describe(arrived->bytes));
    }
    nic.receive(arrived);
  });
}

}  // namespace aoekit::sim

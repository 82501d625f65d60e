// Ethernet: stations on switches, joined by directed links that lose, copy, delay, cut, clog and overflow.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/units.h"
#include "sim/world.h"
#include "wire/mac_address.h"

namespace aoekit::sim {

// A frame on its way; shared by all the copies that switches make.
struct FrameOnItsWay {
  std::vector<std::uint8_t> bytes;
  Instant sent_at{};
};
using Frame = std::shared_ptr<const FrameOnItsWay>;

// How a link treats frames. Chances are in millionths of the frames.
struct Weather {
  std::uint64_t loss_ppm = 0;
  std::uint64_t corrupt_ppm = 0;    // damaged, noticed by the frame check sequence and so lost
  std::uint64_t flip_ppm = 0;       // damaged unnoticed: one bit, as no real link with a check sequence does
  std::uint64_t duplicate_ppm = 0;  // a second copy, with a delay of its own
  std::uint64_t late_ppm = 0;       // held up for late_max at most, while others pass
  Duration late_max{};
  Duration delay{};
  Duration jitter{};
  bool keeps_order = true;          // but for frames that are late
  std::uint64_t bytes_per_second = 0;  // 0: no limit
  std::uint64_t queue_bytes = 0;       // what a full queue does not hold is lost
};

struct LinkCounters {
  std::uint64_t lost = 0, damaged = 0, flipped = 0, copied = 0, late = 0, overflowed = 0, too_long = 0, cut = 0;
};

using NicId = std::size_t;
using SwitchId = std::size_t;

// One direction of a cable.
class Link {
 public:
  Link(World& world, std::string name, Stream stream) : world_(&world), name_(std::move(name)), stream_(stream) {}

  void carry(const Frame& frame, const std::function<void(Frame)>& arrive);

  void set_weather(const Weather& weather) { weather_ = weather; }
  void set_mtu(std::uint32_t mtu_bytes) { mtu_bytes_ = mtu_bytes; }
  void set_cut(bool cut) { cut_ = cut; }
  // Frames go in and stay there until then.
  void clog_until(Instant until) { clogged_until_ = until; }
  const std::string& name() const { return name_; }
  const LinkCounters& counters() const { return counters_; }

 private:
  void deliver(const Frame& frame, Instant leaves, const std::function<void(Frame)>& arrive);
  Frame flipped(const Frame& frame);

  World* world_;
  std::string name_;
  Stream stream_;
  Weather weather_;
  std::uint32_t mtu_bytes_ = UINT32_MAX;
  bool cut_ = false;
  Instant clogged_until_{};
  Instant busy_until_{};
  Instant last_arrival_{};
  LinkCounters counters_;
};

class Network {
 public:
  using Receive = std::function<void(const Frame&)>;

  explicit Network(World& world) : world_(world) {}
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  SwitchId add_switch();
  // Joins two switches; REQUIRES that they are not connected yet (no loops).
  void add_trunk(SwitchId a, SwitchId b);
  // `receive` is called with every frame that arrives: those for its MAC, broadcasts, and what switches flood.
  NicId add_nic(SwitchId at, std::string name, wire::MacAddress mac, std::uint32_t mtu_bytes, Receive receive);

  // What is longer than the NIC's MTU allows does not leave.
  void send(NicId from, ByteView bytes);
  // Sees every frame that is sent, as a station on a mirror port would.
  void tap(std::function<void(NicId, ByteView)> tap) { tap_ = std::move(tap); }

  std::size_t nic_count() const { return nics_.size(); }
  const std::string& nic_name(NicId id) const { return nics_[id].name; }
  wire::MacAddress mac(NicId id) const { return nics_[id].mac; }
  std::uint32_t mtu(NicId id) const { return nics_[id].mtu_bytes; }
  void set_mtu(NicId id, std::uint32_t mtu_bytes) { nics_[id].mtu_bytes = mtu_bytes; }
  // Bridges throw away frames older than this (IEEE 802.1D calls it the maximum bridge transit delay); nothing: never.
  void set_lifetime(std::optional<Duration> lifetime) { lifetime_ = lifetime; }
  // Switches send unicast frames to everybody with this chance, as they do for addresses that they forgot.
  void set_flood_ppm(std::uint64_t ppm) { flood_ppm_ = ppm; }

  // Towards the switch and back.
  Link& uplink(NicId id) { return links_[nics_[id].up]; }
  Link& downlink(NicId id) { return links_[nics_[id].down]; }
  std::vector<Link>& links() { return links_; }

 private:
  struct Nic {
    std::string name;
    wire::MacAddress mac;
    std::uint32_t mtu_bytes;
    SwitchId at;
    std::size_t up, down;
    Receive receive;
  };
  struct Trunk {
    SwitchId to;
    std::size_t link;
  };
  struct Switch {
    std::vector<NicId> nics;
    std::vector<Trunk> trunks;
    std::map<wire::MacAddress, std::size_t> towards;  // the trunk behind which a station is
  };

  std::size_t add_link(std::string name);
  void learn_routes();
  void arrive_at_switch(SwitchId at, SwitchId from, const Frame& frame);
  void forward(SwitchId at, const Trunk& trunk, const Frame& frame);
  void hand_over(NicId to, const Frame& frame);

  World& world_;
  std::vector<Nic> nics_;
  std::vector<Switch> switches_;
  std::vector<Link> links_;
  std::map<wire::MacAddress, NicId> by_mac_;
  std::function<void(NicId, ByteView)> tap_;
  std::optional<Duration> lifetime_;
  std::uint64_t flood_ppm_ = 0;
  Stream flood_stream_{0};
};

}  // namespace aoekit::sim

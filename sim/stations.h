// Stations that use no disk: aoetools that ask and configure, and strangers that may not and try all the same.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/content.h"
#include "sim/network.h"
#include "sim/workload.h"
#include "sim/world.h"
#include "wire/frame.h"

namespace aoekit::sim {

// A disk as stations address it: the target's MACs, one a fabric, and shelf and slot.
struct Reachable {
  std::vector<wire::MacAddress> macs;
  wire::AoeAddress address;
  std::uint64_t disk = 0;
  Sectors size;
};

// Sends one raw frame at a time from a NIC on each fabric; what comes in is not looked at.
class Station {
 public:
  Station(World& world, Network& network, const std::string& name, std::uint64_t fabrics, std::uint8_t number);
  void stop() { stopped_ = true; }
  wire::MacAddress mac(std::size_t fabric) const { return network_.mac(nics_[fabric]); }

 protected:
  template <class Body>
  void send(std::size_t fabric, const Reachable& to, std::uint8_t command, const Body& body);
  void every(Duration mean, std::function<void()> action);

  World& world_;
  Network& network_;
  Stream stream_;
  std::vector<NicId> nics_;
  std::uint32_t tag_ = 0x80000000;  // as user space has it
  bool stopped_ = false;
};

// aoeping, aoecfg, aoe-mask and the like.
class ToolStation : public Station {
 public:
  ToolStation(World& world, Network& network, const std::string& name, std::uint64_t fabrics, std::uint8_t number,
              std::vector<Reachable> disks);

 private:
  void ask();
  std::vector<Reachable> disks_;
};

// A station that every mask list leaves out. It writes, trims and configures as if it were allowed; a hostile one also
// sends frames that are damaged, foreign or copied from others, and may send answers in the place of targets. It never
// forges the address of another station: against that there is no defence (docs/fault-model.md).
class Stranger : public Station {
 public:
  struct Manners {
    std::optional<Duration> hostile_every;
    bool forges_answers = false;
  };
  Stranger(World& world, Network& network, const std::string& name, std::uint64_t fabrics, std::uint8_t number,
           std::vector<Reachable> disks, Values& values, const Manners& manners);
  // A frame that somebody sent, to copy from.
  void overheard(ByteView frame);

 private:
  void intrude();
  void attack();
  std::vector<Reachable> disks_;
  Values& values_;
  bool forges_answers_;
  std::vector<std::uint8_t> overheard_;
};

}  // namespace aoekit::sim

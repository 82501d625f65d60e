// Targets, and the paths to them.
#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "cli/doctor/findings.h"
#include "wire/constants.h"

namespace aoekit::cli::doctor {
namespace {

constexpr std::uint32_t kUsefulBuffers = 2;  // the Linux driver's window is half of them
constexpr std::uint16_t kVblade25 = 0x4019;  // the firmware word of vblade 25

std::string subject_of(const PathFacts& path) {
  return fmt::format("{} on {} ({})", path.address.to_string(), path.interface, path.mac.to_string());
}

const InterfaceFacts* interface_of(const Facts& facts, const PathFacts& path) {
  for (const InterfaceFacts& one : facts.interfaces) {
    if (one.name == path.interface) return &one;
  }
  return nullptr;
}

// The MTU that `sectors` in a frame need, as targets count.
std::uint32_t mtu_for(std::uint32_t sectors) {
  return static_cast<std::uint32_t>(sectors * kSectorBytes + wire::kAtaHeaderBytes);
}

std::string list_of(const std::vector<wire::MacAddress>& macs) {
  std::string text;
  for (const wire::MacAddress& mac : macs) text += (text.empty() ? "" : ", ") + mac.to_string();
  return text;
}

void look_at_disk(const PathFacts& path, std::vector<Finding>& findings) {
  if (!path.disk) {
    findings.push_back({Severity::problem, "no-identify", subject_of(path),
                        fmt::format("the target is there, but its disk is not: {}", path.identify_error),
                        "look at the target's log on the server, and whether its file or device is still there"});
  } else if (!path.read_error.empty()) {
    findings.push_back(
        {Severity::problem, "read-error", subject_of(path),
         fmt::format("the disk's first sector cannot be read: {}", path.read_error),
         fmt::format("look at the disk on the server; its health: aoe smart {}", path.address.to_string())});
  }
  if (path.buffers < kUsefulBuffers) {
    findings.push_back({Severity::problem, "buffers", subject_of(path),
                        fmt::format("the target takes {} requests at a time; the Linux driver uses half of that "
                                    "number, and so cannot use the disk at all",
                                    path.buffers),
                        "start the target with more buffers: vblade -b 64 ..."});
  }
}

// Frames get lost that both ends could take: something between them cannot.
bool look_at_lost_sizes(const PathFacts& path, std::uint32_t local, std::vector<Finding>& findings) {
  if (!path.sectors_out) return false;
  const std::uint32_t agreed = std::min(local, path.sectors_advertised);
  const std::uint32_t out = *path.sectors_out, in = path.sectors_in.value_or(out);
  const std::uint32_t carried = std::min(out, in);
  if (carried >= agreed) return false;
  const char* direction = out < in ? "to the target" : in < out ? "from the target" : "in both directions";
  findings.push_back(
      {Severity::problem, "path-mtu", subject_of(path),
       fmt::format(
           "both ends agree on {} sectors in a frame (MTU {}), but {} only {} get through: larger requests hang",
           agreed, mtu_for(agreed), direction, carried),
       fmt::format(
           "raise the MTU of what is in between (switch, bridge, the server's interface) to {}, or lower it here: "
           "ip link set {} mtu {}",
           mtu_for(agreed), path.interface, carried == 0 ? 1500 : mtu_for(carried))});
  return true;
}

void look_at_sizes(const Facts& facts, const PathFacts& path, std::vector<Finding>& findings) {
  const InterfaceFacts* interface = interface_of(facts, path);
  if (interface == nullptr) return;
  const std::uint32_t local = wire::sectors_advertised(interface->mtu_bytes);
  if (look_at_lost_sizes(path, local, findings)) return;
  if (path.sectors_advertised > local) {
    findings.push_back(
        {Severity::advice, "mtu-mismatch", subject_of(path),
         fmt::format("the target takes {} sectors in a frame, the MTU of {} ({}) allows {}: slower than it could be",
                     path.sectors_advertised, interface->name, interface->mtu_bytes, local),
         fmt::format("ip link set {} mtu {}, if everything in between carries it", interface->name,
                     mtu_for(path.sectors_advertised))});
  } else if (path.sectors_advertised < local) {
    findings.push_back(
        {Severity::advice, "mtu-mismatch", subject_of(path),
         fmt::format("the MTU of {} ({}) allows {} sectors in a frame, the target takes {}: slower than it could be",
                     interface->name, interface->mtu_bytes, local, path.sectors_advertised),
         fmt::format("on the server: ip link set IF mtu {}, if everything in between carries it",
                     interface->mtu_bytes)});
  }
}

void look_at_lists(const Facts& facts, const PathFacts& path, std::vector<Finding>& findings) {
  const InterfaceFacts* interface = interface_of(facts, path);
  const std::string name = path.address.to_string();
  const auto has = [](const std::vector<wire::MacAddress>& macs, const wire::MacAddress& mac) {
    return std::find(macs.begin(), macs.end(), mac) != macs.end();
  };
  if (path.reservation && !path.reservation->empty() && interface != nullptr &&
      !has(*path.reservation, interface->mac)) {
    findings.push_back(
        {Severity::problem, "reserved", subject_of(path),
         fmt::format(
             "the disk is reserved for {}, not for this station ({}): requests are refused, and the Linux driver "
             "repeats them for 180 seconds",
             list_of(*path.reservation), interface->mac.to_string()),
         fmt::format("have its holder give it back (aoe reserve {} release), or, if that machine is dead: "
                     "aoe reserve {} force",
                     name, name)});
  }
  if (!path.mask || path.mask->empty()) return;
  findings.push_back({Severity::advice, "mask", subject_of(path),
                      fmt::format("the target answers only stations in its list: {}", list_of(*path.mask)),
                      fmt::format("to let another one in: aoe mask {} add MAC", name)});
  for (const InterfaceFacts& other : facts.interfaces) {
    if (!other.probed || has(*path.mask, other.mac)) continue;
    const bool seen = std::any_of(facts.paths.begin(), facts.paths.end(), [&](const PathFacts& one) {
      return one.address == path.address && one.interface == other.name;
    });
    if (seen) continue;
    findings.push_back(
        {Severity::advice, "mask-path", fmt::format("{} on {}", name, other.name),
         fmt::format("the target does not answer {} ({}), which is not in its list: this path is not used", other.name,
                     other.mac.to_string()),
         fmt::format("aoe mask {} add {}", name, other.mac.to_string())});
  }
}

void look_at_age(const PathFacts& path, std::vector<Finding>& findings) {
  if (path.answers_other_version || path.firmware_version == kVblade25) {
    findings.push_back(
        {Severity::problem, "old-target", subject_of(path),
         fmt::format("{}: a write may be acknowledged that a power cut takes back, a MAC mask edit kills it, and "
                     "replies carry old bytes of its memory",
                     path.firmware_version == kVblade25 ? "this is vblade 25"
                                                        : "the target answers requests of a protocol version that does "
                                                          "not exist, as vblade does"),
         "export the disk with aoekit's vblade, which takes the same arguments"});
  }
  if (path.shortest_answer_bytes < wire::kMinFrameBytes) {
    findings.push_back(
        {Severity::problem, "short-frames", subject_of(path),
         fmt::format(
             "the target sends frames of {} bytes; over a virtual network, where nobody fills them up, programs "
             "that insist on Ethernet's minimum of {} ignore them (aoeping and aoecfg of aoetools do)",
             path.shortest_answer_bytes, wire::kMinFrameBytes),
         "export the disk with aoekit's vblade, or use aoekit's tools on this machine"});
  }
}

}  // namespace

void diagnose_paths(const Facts& facts, std::vector<Finding>& findings) {
  for (const PathFacts& path : facts.paths) {
    look_at_disk(path, findings);
    look_at_sizes(facts, path, findings);
    look_at_lists(facts, path, findings);
    look_at_age(path, findings);
  }
}

void diagnose_duplicates(const Facts& facts, std::vector<Finding>& findings) {
  std::set<wire::AoeAddress> told;
  for (const PathFacts& first : facts.paths) {
    if (!first.disk || told.contains(first.address)) continue;
    for (const PathFacts& other : facts.paths) {
      if (other.address != first.address || !other.disk || *other.disk == *first.disk) continue;
      const auto describe = [](const PathFacts& path) {
        return fmt::format("{} ({}, serial {}, {} sectors)", path.mac.to_string(), path.disk->model, path.disk->serial,
                           path.disk->sectors);
      };
      findings.push_back(
          {Severity::problem, "duplicate", first.address.to_string(),
           fmt::format("two different disks have this address: {} and {}. Clients that take them for one "
                       "destroy data",
                       describe(first), describe(other)),
           "stop one of the two targets now, and start it again with another shelf or slot"});
      told.insert(first.address);
      break;
    }
  }
}

std::vector<Finding> diagnose(const Facts& facts) {
  std::vector<Finding> findings;
  diagnose_interfaces(facts, findings);
  diagnose_firewall(facts, findings);
  diagnose_duplicates(facts, findings);
  diagnose_paths(facts, findings);
  diagnose_local(facts, findings);
  return findings;
}

}  // namespace aoekit::cli::doctor

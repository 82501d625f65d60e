// Interfaces, firewalls, and requests that nobody answers.
#include <fmt/core.h>

#include <algorithm>

#include "cli/doctor/findings.h"

namespace aoekit::cli::doctor {
namespace {

bool usable(const InterfaceFacts& one) { return one.exists && one.ethernet && one.enabled && one.carrier; }

// An interface that is out of order is a problem when it was asked for, or when there is no better one.
Severity severity_of(const InterfaceFacts& interface, const Facts& facts) {
  const bool another = std::any_of(facts.interfaces.begin(), facts.interfaces.end(), usable);
  return interface.named || !another ? Severity::problem : Severity::advice;
}

void look_at_state(const InterfaceFacts& one, const Facts& facts, std::vector<Finding>& findings) {
  const Severity severity = severity_of(one, facts);
  if (!one.exists) {
    findings.push_back({severity, "no-interface", one.name, "there is no network interface of this name",
                        "choose one of those that \"ip link\" lists"});
  } else if (!one.ethernet) {
    findings.push_back({severity, "no-interface", one.name, "this is no Ethernet interface: AoE cannot go over it",
                        "choose another one with -i"});
  } else if (!one.enabled) {
    findings.push_back(
        {severity, "interface-down", one.name, "the interface is down", fmt::format("ip link set {} up", one.name)});
  } else if (!one.carrier) {
    findings.push_back({severity, "no-carrier", one.name, "the interface is up but has no link",
                        "look at the cable, and whether the switch's port or the other end is up"});
  }
}

bool blocked(const Facts& facts, const std::string& interface) {
  return std::any_of(facts.blocks.begin(), facts.blocks.end(),
                     [&](const Block& block) { return block.certain && block.interface == interface; });
}

void look_at_silence(const InterfaceFacts& one, const Facts& facts, std::vector<Finding>& findings) {
  if (!one.probed || one.answers > 0 || one.requests == 0 || blocked(facts, one.name)) return;
  const bool others_answer = std::any_of(facts.interfaces.begin(), facts.interfaces.end(),
                                         [](const InterfaceFacts& other) { return other.answers > 0; });
  if (others_answer && !one.named) return;  // not every network has AoE disks
  if (!one.bridge.empty()) {
    findings.push_back({Severity::problem, "bridge-port", one.name,
                        fmt::format("nothing is received here, because the interface is a port of the bridge {}: what "
                                    "arrives goes to the bridge",
                                    one.bridge),
                        fmt::format("use the bridge in its place: -i {}", one.bridge)});
  } else if (one.packets_sent < one.requests) {
    findings.push_back({Severity::problem, "not-sent", one.name,
                        fmt::format("of {} requests only {} left this machine: something here drops them", one.requests,
                                    one.packets_sent),
                        fmt::format("look at: nft list ruleset; tc filter show dev {} egress", one.name)});
  } else {
    std::string why;
    for (const std::string& text : facts.not_looked_at) why += fmt::format(" ({})", text);
    findings.push_back({Severity::problem, "no-answer", one.name,
                        fmt::format("{} requests went out and nothing came back: either no target is on this Ethernet "
                                    "segment (AoE is not routed, and VLANs are segments of their own), or its MAC mask "
                                    "list leaves this station ({}) out, or a switch or firewall drops EtherType "
                                    "0x88a2{}",
                                    one.requests, one.mac.to_string(), why),
                        "on the server, see whether vblade runs on the interface that leads here, and whether requests "
                        "arrive: aoe dump"});
  }
}

const char* direction_text(Block::Direction direction) {
  switch (direction) {
    case Block::Direction::in:
      return "that arrive";
    case Block::Direction::out:
      return "that leave";
    case Block::Direction::forward:
      return "that a bridge passes on";
  }
  return "";
}

// Whether AoE frames went through the interface in spite of it all.
bool works(const Facts& facts, const std::string& interface) {
  return std::any_of(facts.interfaces.begin(), facts.interfaces.end(),
                     [&](const InterfaceFacts& one) { return one.name == interface && one.answers > 0; });
}

}  // namespace

const char* to_string(Severity severity) { return severity == Severity::problem ? "problem" : "advice"; }

void diagnose_interfaces(const Facts& facts, std::vector<Finding>& findings) {
  if (facts.interfaces.empty()) {
    findings.push_back(
        {Severity::problem, "no-interface", "this machine", "it has no Ethernet interface", "see: ip link"});
  }
  for (const InterfaceFacts& one : facts.interfaces) {
    look_at_state(one, facts, findings);
    look_at_silence(one, facts, findings);
    if (one.probed && one.buffer_granted_bytes < one.buffer_wanted_bytes) {
      findings.push_back(
          {Severity::problem, "receive-buffer", one.name,
           fmt::format("the targets here may have {} bytes of answers on their way at once, and this program may hold "
                       "only {}: answers get lost",
                       one.buffer_wanted_bytes, one.buffer_granted_bytes),
           fmt::format("run the clients as root or with cap_net_admin, or: sysctl -w net.core.rmem_max={}",
                       one.buffer_wanted_bytes)});
    }
  }
}

void diagnose_firewall(const Facts& facts, std::vector<Finding>& findings) {
  for (const Block& block : facts.blocks) {
    const bool forward = block.direction == Block::Direction::forward;
    // What depends on more than the rule tells counts only where it would explain something.
    if (!block.certain && (forward || works(facts, block.interface))) continue;
    findings.push_back({forward || !block.certain ? Severity::advice : Severity::problem, "firewall",
                        block.interface.empty() ? "this machine" : block.interface,
                        fmt::format("a firewall on this machine {}drops AoE frames {}: {}",
                                    block.certain ? "" : "perhaps ", direction_text(block.direction), block.place),
                        block.remedy});
  }
}

}  // namespace aoekit::cli::doctor

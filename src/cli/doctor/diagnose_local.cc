// Who on this machine provides the disks: the kernel's driver, aoefuse, both or neither.
#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "cli/doctor/findings.h"

namespace aoekit::cli::doctor {
namespace {

constexpr const char* kThisMachine = "this machine";

bool driver_may_use(const LocalFacts& local, const std::string& interface) {
  const auto& list = local.driver_interfaces;
  return list.empty() || std::find(list.begin(), list.end(), interface) != list.end();
}

void look_at_restriction(const Facts& facts, std::vector<Finding>& findings) {
  if (!facts.local.driver_loaded) return;
  std::set<std::string> told;
  for (const PathFacts& path : facts.paths) {
    if (driver_may_use(facts.local, path.interface) || !told.insert(path.interface).second) continue;
    std::string list, all;
    for (const std::string& name : facts.local.driver_interfaces) list += (list.empty() ? "" : " ") + name;
    findings.push_back({Severity::problem, "driver-interfaces", path.interface,
                        fmt::format("targets answer here, but the kernel's aoe driver is restricted to {}", list),
                        fmt::format("aoe-interfaces {} {} && aoe-discover", list, path.interface)});
  }
}

bool driver_has(const LocalFacts& local, const std::string& name) {
  const auto found = local.uses.find(name);
  return found != local.uses.end() && std::any_of(found->second.begin(), found->second.end(),
                                                  [](const auto& use) { return use.client == "kernel"; });
}

void look_at_missing(const Facts& facts, std::vector<Finding>& findings) {
  if (!facts.local.driver_loaded) return;
  std::set<std::string> told;
  for (const PathFacts& path : facts.paths) {
    const std::string name = path.address.to_string();
    if (!driver_may_use(facts.local, path.interface) || driver_has(facts.local, name) || !told.insert(name).second)
      continue;
    findings.push_back({Severity::problem, "driver-misses", name,
                        "the target answers, but the kernel's aoe driver does not have the disk", "aoe-discover"});
  }
}

void look_at_uses(const Facts& facts, std::vector<Finding>& findings) {
  for (const auto& entry : facts.local.uses) {
    const std::string& name = entry.first;
    const std::vector<LocalFacts::Use>& uses = entry.second;
    if (uses.size() > 1) {
      findings.push_back({Severity::problem, "two-clients", name,
                          fmt::format("this machine has the disk twice, by {} and by {}: each keeps data of its own in "
                                      "memory, and using both destroys file systems",
                                      uses[0].client, uses[1].client),
                          "use one: unmount aoefuse (umount DIR), or unload the driver (modprobe -r aoe)"});
    }
    const bool answers = std::any_of(facts.paths.begin(), facts.paths.end(),
                                     [&](const PathFacts& path) { return path.address.to_string() == name; });
    for (const LocalFacts::Use& use : uses) {
      if (!answers || !use.state.starts_with("down")) continue;
      const bool open = use.state.find("closewait") != std::string::npos;
      findings.push_back(
          {Severity::problem, "disk-down", name,
           fmt::format("the target answers, but {} has given the disk up (state {}){}", use.client, use.state,
                       open ? ", and somebody still has it open" : ""),
           fmt::format("{}aoe-flush {} && aoe-discover", open ? "unmount it and end what uses it; then: " : "", name)});
    }
  }
}

}  // namespace

void diagnose_local(const Facts& facts, std::vector<Finding>& findings) {
  if (!facts.paths.empty() && !facts.local.driver_loaded && facts.local.aoefuse_mounts.empty()) {
    findings.push_back(
        {Severity::advice, "no-client", kThisMachine,
         "targets answer, but nothing here makes disks of them: neither the kernel's aoe driver is loaded "
         "nor aoefuse mounted",
         facts.local.driver_installed ? "modprobe aoe" : "mkdir -p /dev/etherd; aoefuse /dev/etherd"});
  }
  look_at_restriction(facts, findings);
  look_at_missing(facts, findings);
  look_at_uses(facts, findings);
}

}  // namespace aoekit::cli::doctor

// vblade says on its command line what aoed reads from a file.
#include "tests/power/targets.h"

#include <fmt/core.h>

#include <cerrno>
#include <fstream>

namespace aoekit::power {
namespace {

bool is_aoed(TargetKind kind) { return kind == TargetKind::aoed_flush || kind == TargetKind::aoed_durable; }

const char* durability_of(TargetKind kind) { return kind == TargetKind::aoed_durable ? "durable" : "flush"; }

Result<std::string> write_configuration(TargetKind kind, TargetCaching caching, const TargetPlace& place,
                                        const std::string& disk) {
  const std::string path = place.directory + "/aoed.toml";
  std::ofstream file(path, std::ios::trunc);
  file << fmt::format(R"(interfaces = ["{0}"]
user = ""
metrics = ""
control_socket = "{1}/aoed.sock"
state = "{1}/state.db"

[export."e{2}.{3}"]
path = "{4}"
durability = "{5}"
caching = "{6}"
)",
                      place.interface, place.directory, place.shelf, place.slot, disk, durability_of(kind),
                      caching == TargetCaching::direct ? "direct" : "buffered");
  file.close();
  if (!file) return fail_errno(errno, "cannot write {}", path);
  return path;
}

}  // namespace

Promise promise_of(TargetKind kind) {
  switch (kind) {
    case TargetKind::vblade:
    case TargetKind::aoed_flush: return Promise::when_flushed;
    case TargetKind::vblade_stable:
    case TargetKind::aoed_durable: return Promise::at_once;
  }
  return Promise::when_flushed;
}

const std::map<std::string, std::vector<TargetKind>>& target_kinds() {
  using enum TargetKind;
  static const std::map<std::string, std::vector<TargetKind>> kinds{
      {"vblade-cached", {vblade}},    {"vblade-stable", {vblade_stable}},
      {"aoed-flush", {aoed_flush}},   {"aoed-durable", {aoed_durable}},
      {"vblade", {vblade, vblade_stable}}, {"aoed", {aoed_flush, aoed_durable}}};
  return kinds;
}

Result<std::vector<std::string>> target_command(TargetKind kind, TargetCaching caching, const TargetPlace& place,
                                                const std::string& disk) {
  if (is_aoed(kind)) {
    const auto path = write_configuration(kind, caching, place, disk);
    if (!path) return tl::unexpected(path.error());
    return std::vector<std::string>{place.aoed_program, "--config", *path};
  }
  std::vector<std::string> command{place.vblade_program};
  if (kind == TargetKind::vblade_stable) command.emplace_back("-s");
  if (caching == TargetCaching::direct) command.emplace_back("-d");
  command.insert(command.end(), {place.shelf, place.slot, place.interface, disk});
  return command;
}

std::string describe(TargetKind kind, TargetCaching caching) {
  const bool direct = caching == TargetCaching::direct;
  if (is_aoed(kind)) return fmt::format("aoed {}{}", durability_of(kind), direct ? " direct" : "");
  return fmt::format("vblade{}{}", kind == TargetKind::vblade_stable ? " -s" : "", direct ? " -d" : "");
}

}  // namespace aoekit::power

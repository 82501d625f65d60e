// The targets whose promises are tested, and the command lines that start them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/prng.h"
#include "base/result.h"
#include "tests/power/load.h"

namespace aoekit::power {

enum class TargetKind : std::uint8_t {
  vblade,         // vblade: what was flushed is kept
  vblade_stable,  // vblade -s: every acknowledged write is kept
  aoed_flush,     // aoed, durability = "flush"
  aoed_durable,   // aoed, durability = "durable"
};
Promise promise_of(TargetKind kind);

// What may be drawn: one of each name's kinds, by chance.
const std::map<std::string, std::vector<TargetKind>>& target_kinds();

struct TargetPlace {
  std::string vblade_program, aoed_program;  // paths
  std::string shelf, slot, interface;
  std::string directory;  // scratch, for aoed's files
};

enum class TargetCaching : std::uint8_t { buffered, direct };

// How to start a target that serves `disk`; writes aoed's configuration file.
Result<std::vector<std::string>> target_command(TargetKind kind, TargetCaching caching, const TargetPlace& place,
                                                const std::string& disk);
// "vblade -s", "aoed durable": for reports.
std::string describe(TargetKind kind, TargetCaching caching);

}  // namespace aoekit::power

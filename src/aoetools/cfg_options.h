// The command line of aoecfg.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "wire/address.h"

namespace aoekit::aoetools {

struct CfgOptions {
  wire::ConfigOp op = wire::ConfigOp::read;
  std::string text{};                      // at most wire::kConfigStringBytesMax
  std::optional<unsigned> timeout_s{};     // 0: for ever
  wire::AoeAddress address = wire::kEverybody;
  std::string interface = "eth0";

  // Whether one target is meant, and its answer ends the wait.
  bool for_one() const { return address.is_valid_target(); }
};

// `argv` as main() has it. What getopt(3) complains of is on stderr already; an Error's message, which may be empty,
// is for stderr, before the usage.
Result<CfgOptions> parse_cfg_options(std::span<char*> argv);
extern const char* const kCfgUsage;

}  // namespace aoekit::aoetools

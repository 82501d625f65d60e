// Looking at this machine and its networks for `aoe doctor`. Sends AoE questions and reads, and changes nothing.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "cli/doctor/facts.h"
#include "cli/interrupt.h"
#include "cli/station.h"
#include "wire/address.h"

namespace aoekit::cli::doctor {

struct GatherOptions {
  std::vector<std::string> interfaces;                // empty: all
  std::vector<wire::AoeAddress> addresses;            // wildcards allowed; empty: all
  Duration timeout = std::chrono::milliseconds(300);  // for one answer
};

// Everything. Fails when the network may not be used at all; what is out of order is a fact.
Result<Facts> gather(const GatherOptions& options, Interrupt* interrupt);

// The parts. Interfaces as they are, named ones first also if they do not exist.
Result<std::vector<InterfaceFacts>> gather_interfaces(const std::vector<std::string>& named);
LocalFacts gather_local();
// Asks nft(8) and tc(8); what cannot be asked is added to facts.not_looked_at.
void gather_firewall(Facts& facts);
// Finds the targets on the station's ports and examines each path. Counts requests and answers of each interface.
void gather_paths(Station& station, const GatherOptions& options, Facts& facts);

}  // namespace aoekit::cli::doctor

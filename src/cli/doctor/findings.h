// The diagnosis of `aoe doctor`: from facts to findings in plain words. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/doctor/facts.h"

namespace aoekit::cli::doctor {

enum class Severity : std::uint8_t {
  problem,  // disks are missing, hang, are slow without need or in danger
  advice,   // works, but somebody should know
};
const char* to_string(Severity severity);

struct Finding {
  Severity severity = Severity::problem;
  const char* code = "";  // "path-mtu": stable, one of those in aoe-doctor(1)
  std::string subject;    // "e1.2 on eth0"
  std::string text;       // what is wrong, in one sentence or two
  std::string remedy;     // the command that mends it, or what to do
};

// Everything that is wrong, interfaces first.
std::vector<Finding> diagnose(const Facts& facts);

// The parts.
void diagnose_interfaces(const Facts& facts, std::vector<Finding>& findings);
void diagnose_firewall(const Facts& facts, std::vector<Finding>& findings);
void diagnose_paths(const Facts& facts, std::vector<Finding>& findings);
void diagnose_duplicates(const Facts& facts, std::vector<Finding>& findings);
void diagnose_local(const Facts& facts, std::vector<Finding>& findings);

}  // namespace aoekit::cli::doctor

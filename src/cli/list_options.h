// What `aoe mask` and `aoe reserve` share: a target, an operation, stations, and the list that is printed.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/list_client.h"
#include "cli/session.h"

namespace aoekit::cli {

struct ListOptions {
  wire::AoeAddress address;
  std::string operation = "list";
  std::vector<std::string> macs;
  NetworkOptions network;
  bool json = false;
};

// Adds ADDRESS, OPERATION (with this help), MAC..., --json and the network's options.
void add_list_options(CLI::App& app, ListOptions& options, const std::string& operation_help);

// The stations named; an Error is a usage error.
Result<MacList> parse_macs(const std::vector<std::string>& texts);

// Prints one MAC a line, or `when_empty`; as JSON {"address": ..., KEY: [...]}.
void print_macs(const MacList& macs, const ListOptions& options, const char* key, const char* when_empty);

}  // namespace aoekit::cli

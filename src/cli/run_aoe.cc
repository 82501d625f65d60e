// The frame around all subcommands: parsing, help, suggestions, and the last word on errors.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string>
#include <vector>

#include "base/nearest.h"
#include "base/version.h"
#include "cli/exit_code.h"
#include "cli/report.h"
#include "cli/subcommand.h"

namespace aoekit::cli {
namespace {

constexpr const char* kFooter =
    "Exit status: 0 success, 1 the operation failed or nobody answered, 2 bad usage.\n"
    "Most subcommands need the right to open packet sockets: run them as root, or give the program cap_net_raw.\n"
    "Each subcommand has --help and a manual page: man aoe-ping.\n";

// The first argument that is no option must be a subcommand; says which one was probably meant if it is not.
int check_name(std::span<const Subcommand> subcommands, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return kExitOk;
  const std::string typed = argv[1];
  std::vector<std::string> names;
  for (const Subcommand& subcommand : subcommands) {
    names.emplace_back(subcommand.name);
    if (subcommand.alias != nullptr) names.emplace_back(subcommand.alias);
    if (std::find(names.begin(), names.end(), typed) != names.end()) return kExitOk;
  }
  const std::string meant = nearest(typed, names);
  return report_usage(fmt::format("there is no subcommand '{}'{}", typed,
                                  meant.empty() ? " (see: aoe --help)" : fmt::format("; did you mean '{}'?", meant)));
}

// What to ask for help with: "aoe", "aoe ping", or "aoe export add".
std::string help_command(const CLI::App& app) {
  const CLI::App* deepest = &app;
  std::string command = app.get_name();
  for (auto parsed = deepest->get_subcommands(); !parsed.empty(); parsed = deepest->get_subcommands()) {
    deepest = parsed.front();
    command += " " + deepest->get_name();
  }
  return command + " --help";
}

int finish(int status) {
  if (std::fflush(stdout) == 0) return status;
  return report(fail_errno(errno, "cannot write to standard output").value());
}

bool is_two_words(const Subcommand& subcommand) {
  return std::string_view(subcommand.name).find(' ') != std::string_view::npos;
}

// The row of two words that the command line begins with, or null.
const Subcommand* two_words(std::span<const Subcommand> subcommands, int argc, char** argv) {
  if (argc < 3) return nullptr;
  const std::string typed = fmt::format("{} {}", argv[1], argv[2]);
  const auto found = std::find_if(subcommands.begin(), subcommands.end(),
                                  [&](const Subcommand& one) { return is_two_words(one) && one.name == typed; });
  return found == subcommands.end() ? nullptr : &*found;
}

int run_two_words(const Subcommand& subcommand, int argc, char** argv) {
  CLI::App app(subcommand.summary, fmt::format("aoe {}", subcommand.name));
  app.footer(fmt::format("Examples:\n{}\n", subcommand.examples));
  const Action action = subcommand.set_up(app);
  try {
    app.parse(argc - 2, argv + 2);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return finish(app.exit(error));
    return report_usage(fmt::format("{} (see: aoe {} --help)", error.what(), subcommand.name));
  }
  return finish(action());
}

}  // namespace

int run_aoe(std::span<const Subcommand> subcommands, int argc, char** argv) {
  const int name_status = check_name(subcommands, argc, argv);
  if (name_status != kExitOk) return name_status;
  if (const Subcommand* found = two_words(subcommands, argc, argv)) return run_two_words(*found, argc, argv);
  CLI::App app("ATA over Ethernet from the command line: find targets, look at them, read and write them.", "aoe");
  app.footer(kFooter);
  app.require_subcommand(1);
  app.set_version_flag("--version", fmt::format("aoe (aoekit) {}", aoekit::kVersion), "Print the version and exit");
  std::vector<std::pair<const CLI::App*, Action>> actions;
  for (const Subcommand& subcommand : subcommands) {
    if (is_two_words(subcommand)) continue;
    CLI::App* child = app.add_subcommand(subcommand.name, subcommand.summary);
    if (subcommand.alias != nullptr) child->alias(subcommand.alias);
    child->footer(fmt::format("Examples:\n{}\n", subcommand.examples));
    actions.emplace_back(child, subcommand.set_up(*child));
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return finish(app.exit(error));
    std::string message = error.what();
    if (argc < 2) message = "a subcommand is required";
    return report_usage(fmt::format("{} (see: {})", message, help_command(app)));
  }
  for (const auto& [child, action] : actions) {
    if (child->parsed()) return finish(action());
  }
  return kExitUsage;
}

}  // namespace aoekit::cli

// Few words: what is exported, and how, is the configuration's affair.
#include "daemon/aoed_options.h"

#include <CLI/CLI.hpp>

#include "base/version.h"
#include "config/load.h"

namespace aoekit::daemon {
namespace {

constexpr const char* kFooter = R"(
Serves the AoE exports of the configuration until SIGTERM or SIGINT; SIGHUP reads the configuration again.
A running aoed is asked and changed with aoe export, aoe interface, aoe client and aoe top.

Exit status: 0 after a signal, or if --check finds no error; 1 otherwise. See aoed(8) and aoed.toml(5).)";

}  // namespace

Result<LogLevel> parse_log_level(const std::string& name) {
  if (name == "error") return LogLevel::error;
  if (name == "warning") return LogLevel::warning;
  if (name == "notice") return LogLevel::notice;
  if (name == "info") return LogLevel::info;
  if (name == "debug") return LogLevel::debug;
  return fail("'{}' is not a log level: take error, warning, notice, info or debug", name);
}

Result<std::variant<AoedOptions, PrintAndLeave>> parse_aoed_options(int argc, const char* const* argv) {
  AoedOptions options;
  options.config_file = config::kDefaultFile;
  bool check = false;
  bool no_seccomp = false;
  std::string log_level;
  CLI::App app("Export many disks over ATA over Ethernet", "aoed");
  app.footer(kFooter);
  app.set_version_flag("--version,-V", std::string("aoed (aoekit) ") + kVersion);
  app.add_option("-c,--config", options.config_file, "configuration (/etc/aoekit/aoed.toml)")->type_name("FILE");
  app.add_flag("--check", check, "say what is wrong with the configuration, and leave");
  app.add_option("--log-level", log_level, "error, warning, notice, info or debug, whatever the configuration says")
      ->type_name("LEVEL");
  app.add_flag("--no-seccomp", no_seccomp, "allow all system calls");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return PrintAndLeave{app.help()};
  } catch (const CLI::CallForVersion&) {
    return PrintAndLeave{app.version() + "\n"};
  } catch (const CLI::ParseError& error) {
    return fail("{}\nusage: aoed [--config FILE] [--check] [--log-level LEVEL] [--no-seccomp] (more: aoed --help)",
                error.what());
  }
  if (!log_level.empty()) {
    const auto level = parse_log_level(log_level);
    if (!level) return fail("--log-level: {}", level.error().message);
    options.log_level = *level;
  }
  options.task = check ? Task::check : Task::serve;
  options.filter = no_seccomp ? Filter::nothing : Filter::system_calls;
  return options;
}

}  // namespace aoekit::daemon

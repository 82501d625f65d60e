// What a subcommand of `aoe` is: one row of the table from which usage, dispatch and suggestions all come.
#pragma once

#include <functional>
#include <span>

namespace CLI {
class App;
}

namespace aoekit::cli {

// Does the work after the command line was parsed; returns the exit status.
using Action = std::function<int()>;

struct Subcommand {
  // One word; or two, for a command of its own beside the row of the first word, whose arguments the second may be, too.
  const char* name;
  const char* summary;   // one line for `aoe --help`
  const char* examples;  // lines for `aoe NAME --help`
  Action (*set_up)(CLI::App& app);  // adds its options and arguments to `app`
  const char* alias = nullptr;      // another name, or none
};

// Each in its own file, <name>_command.cc.
Action set_up_discover(CLI::App& app);
Action set_up_list(CLI::App& app);
Action set_up_ping(CLI::App& app);
Action set_up_identify(CLI::App& app);
Action set_up_smart(CLI::App& app);
Action set_up_read(CLI::App& app);
Action set_up_write(CLI::App& app);
Action set_up_copy(CLI::App& app);
Action set_up_config(CLI::App& app);
Action set_up_config_import(CLI::App& app);
Action set_up_mask(CLI::App& app);
Action set_up_reserve(CLI::App& app);
Action set_up_mount(CLI::App& app);
Action set_up_umount(CLI::App& app);
Action set_up_dump(CLI::App& app);
Action set_up_chaos(CLI::App& app);
Action set_up_export(CLI::App& app);     // these of aoed's are in aoed/
Action set_up_client(CLI::App& app);
Action set_up_interface(CLI::App& app);
Action set_up_status(CLI::App& app);
Action set_up_reload(CLI::App& app);
Action set_up_top(CLI::App& app);
Action set_up_doctor(CLI::App& app);   // doctor/doctor_command.cc
Action set_up_conform(CLI::App& app);  // conform/conform_command.cc
Action set_up_bench(CLI::App& app);    // bench/bench_command.cc

// Parses the command line, runs the subcommand and returns the exit status. `argv` as main has it.
int run_aoe(std::span<const Subcommand> subcommands, int argc, char** argv);

}  // namespace aoekit::cli

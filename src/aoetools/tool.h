// What a tool of the aoetools family is: one row of the table from which usage and dispatch both come.
//
// The tools replace those of Debian's aoetools 36: arguments, output bytes and exit statuses are theirs, and every
// deliberate difference is under DIFFERENCES in the tool's manual page. All run in one thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "aoetools/environment.h"

namespace aoekit::aoetools {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitRegex = 2;  // aoe-stat: the pattern cannot be meant, as grep has it

// The command line of one tool. `argv` is as main() has it, the tool's own name first; it outlives the call.
struct Invocation {
  std::string_view name;  // "aoe-stat"
  std::span<char*> argv;
  const Environment& environment;

  std::size_t count() const { return argv.size() - 1; }
  std::string argument(std::size_t i) const { return argv[i + 1]; }  // from 0; REQUIRES i < count()
};

struct Tool {
  const char* name;
  const char* arguments;  // for the usage line
  const char* summary;
  int (*run)(const Invocation&);  // returns the exit status
};

int run_stat(const Invocation& invocation);
int run_version(const Invocation& invocation);
int run_discover(const Invocation& invocation);
int run_flush(const Invocation& invocation);
int run_revalidate(const Invocation& invocation);
int run_interfaces(const Invocation& invocation);
int run_mkdevs(const Invocation& invocation);
int run_mkshelf(const Invocation& invocation);
int run_ping(const Invocation& invocation);
int run_cfg(const Invocation& invocation);
int run_sancheck(const Invocation& invocation);

// Finds the tool by the name that the program was called with, or by its first argument when that name is "aoetools",
// and runs it. Returns the exit status.
int run_aoetools(std::span<const Tool> tools, int argc, char** argv);

}  // namespace aoekit::aoetools

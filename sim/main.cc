// aoe-sim: runs simulated worlds and says which promises they break.
#include <fmt/core.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>

#include "base/version.h"
#include "sim/scenario.h"
#include "sim/shrink.h"

namespace aoekit::sim {
namespace {

constexpr const char* kFooter = R"(
Everything that happens in a world follows from its seed: the same seed gives the same run on every machine. Without
--scenario the seed also draws the world's options, which are printed first; --set changes them.

Examples:
  aoe-sim --seed 42                      one world, with what it did
  aoe-sim --seeds 1..1000 --quiet        a thousand; what fails is written to aoe-sim-SEED.txt and .pcapng
  aoe-sim --seed 42 --trace              the whole story, in words
  aoe-sim --seed 42 --shrink             the smallest world that still breaks the same promise
  aoe-sim --scenario sim/scenarios/linux-late-copy.scn

Exit status: 0 all promises were kept (or a scenario came out as expected), 1 not, 2 usage. See docs/testing.md.)";

constexpr std::size_t kTimelineLines = 4000;
constexpr std::size_t kCapturedFrames = 4000;

struct Arguments {
  std::string seeds;
  std::vector<std::string> scenarios;
  std::vector<std::string> assignments;
  std::vector<std::string> without;
  std::string canary;
  std::string folder = ".";
  std::uint64_t seconds_max = 0;
  std::uint64_t failures_max = 10;
  bool trace = false, shrink = false, quiet = false, hashes = false;
  bool list_options = false, list_canaries = false;
};

// For a check that fails in the code under test: the seed is what repeats it.
std::uint64_t g_seed = 0;
void say_seed(int) {
  char text[96];
  const int length = std::snprintf(text, sizeof text, "aoe-sim: that was seed %llu\n",
                                   static_cast<unsigned long long>(g_seed));
  if (length > 0) std::fwrite(text, 1, static_cast<std::size_t>(length), stderr);
}

Status adjust(Options& options, const Arguments& arguments, const CanaryInfo* canary) {
  std::vector<std::string> assignments;
  if (canary != nullptr) assignments = CLI::detail::split(std::string(canary->options), ' ');
  assignments.insert(assignments.end(), arguments.assignments.begin(), arguments.assignments.end());
  for (const std::string& assignment : assignments) {
    if (assignment.empty()) continue;
    if (const Status status = options.set(assignment); !status) return status;
  }
  for (const std::string& name : arguments.without) {
    const OptionInfo* option = find_option(name);
    if (option == nullptr || option->is_fault == 0) return fail("there is no fault '{}' to leave out", name);
    options.*option->value = option->off;
  }
  return {};
}

std::string command_for(const Options& options) {
  return fmt::format("aoe-sim --seed {} --scenario none --set {}", options.seed, options.describe());
}

// Runs the world once more and writes down what it did.
void write_story(const Options& options, Canary canary, const std::string& folder) {
  Recorder recorder(kTimelineLines, kCapturedFrames);
  const Verdict verdict = Simulation(options, canary, &recorder).run();
  const std::string base = fmt::format("{}/aoe-sim-{}", folder, options.seed);
  const std::string heading = fmt::format("{}\n{}: {}\n\n", command_for(options),
                                          verdict.failure ? verdict.failure->checker : "nothing",
                                          verdict.failure ? verdict.failure->text : "all promises were kept");
  for (const Status& status : {recorder.write_timeline(base + ".txt", heading),
                               recorder.write_pcapng(base + ".pcapng")}) {
    if (!status) fmt::print(stderr, "aoe-sim: {}\n", status.error().message);
  }
  fmt::print("  story: {}.txt, frames: {}.pcapng\n", base, base);
}

void report_failure(const Options& options, Canary canary, const Failure& failure, const Arguments& arguments) {
  const std::int64_t ms = (failure.at.time_since_epoch() - seconds(3600)) / milliseconds(1);
  fmt::print("seed {}: BROKEN PROMISE ({}) after {}.{:03} s: {}\n", options.seed, failure.checker, ms / 1000, ms % 1000,
             failure.text);
  fmt::print("  again: {}\n", command_for(options));
  if (!arguments.shrink) return write_story(options, canary, arguments.folder);
  const Options smallest = shrink(options, canary, failure.checker,
                                  [](const std::string& step) { fmt::print("  {}\n", step); });
  fmt::print("  smallest: {}\n", command_for(smallest));
  write_story(smallest, canary, arguments.folder);
}

Verdict run_world(const Options& options, Canary canary, const Arguments& arguments) {
  g_seed = options.seed;
  if (!arguments.trace) return Simulation(options, canary, nullptr).run();
  Recorder recorder(kTimelineLines, kCapturedFrames);
  recorder.follow(stdout);
  return Simulation(options, canary, &recorder).run();
}

int run_seeds(const Arguments& arguments, const CanaryInfo* canary, const Scenario* scenario) {
  const auto seeds = parse_seeds(arguments.seeds);
  if (!seeds) {
    fmt::print(stderr, "aoe-sim: {}\n", seeds.error().message);
    return 2;
  }
  const Canary bug = canary != nullptr ? canary->canary : Canary::none;
  const auto began = std::chrono::steady_clock::now();
  const auto elapsed = [&] { return std::chrono::steady_clock::now() - began; };
  auto told = began;
  std::uint64_t run = 0, failures = 0;
  Duration virtual_time{};
  const bool single = seeds->first == seeds->second;
  for (std::uint64_t seed = seeds->first; seed <= seeds->second && failures < arguments.failures_max; ++seed) {
    if (arguments.seconds_max != 0 && elapsed() >= std::chrono::seconds(arguments.seconds_max)) break;
    Options options = scenario != nullptr ? scenario->world(seed) : Options::draw(seed);
    if (const Status status = adjust(options, arguments, canary); !status) {
      fmt::print(stderr, "aoe-sim: {}\n", status.error().message);
      return 2;
    }
    if (single) fmt::print("seed {}: {}\n", seed, options.describe());
    if (arguments.shrink && single) {
      // A crash is found in a process of its own only.
      if (const auto crashed = run_apart(options, bug); crashed && crashed->checker == "crash") {
        fmt::print("seed {}: the code under test aborts\n", seed);
        const Options smallest =
            shrink(options, bug, "crash", [](const std::string& step) { fmt::print("  {}\n", step); });
        fmt::print("  smallest: {}\n", command_for(smallest));
        return 1;
      }
    }
    const Verdict verdict = run_world(options, bug, arguments);
    ++run;
    virtual_time += verdict.virtual_time;
    if (arguments.hashes) fmt::print("{} {:016x}\n", seed, verdict.trace_hash);
    if (single && !arguments.hashes) {
      fmt::print("seed {}: trace {:016x}, {} events in {} s of its time: {}\n", seed, verdict.trace_hash,
                 verdict.events, verdict.virtual_time / seconds(1), verdict.statistics);
    }
    if (verdict.failure) {
      ++failures;
      report_failure(options, bug, *verdict.failure, arguments);
    }
    if (!arguments.quiet && !single && std::chrono::steady_clock::now() - told > std::chrono::seconds(10)) {
      told = std::chrono::steady_clock::now();
      fmt::print(stderr, "aoe-sim: {} worlds, {} failures\n", run, failures);
    }
  }
  if (!arguments.hashes && !single) {
    fmt::print("{} worlds ({} s of their time, {} s of ours): {} broke a promise\n", run, virtual_time / seconds(1),
               std::chrono::duration_cast<std::chrono::seconds>(elapsed()).count(), failures);
  }
  return failures == 0 ? 0 : 1;
}

// All its seeds; what came out is compared with what is expected.
int run_scenario(const Arguments& arguments, const std::string& path) {
  const auto scenario = read_scenario(path);
  if (!scenario) {
    fmt::print(stderr, "aoe-sim: {}\n", scenario.error().message);
    return 2;
  }
  std::uint64_t broken = 0, kept = 0;
  for (std::uint64_t seed = scenario->first_seed; seed <= scenario->last_seed; ++seed) {
    Options options = scenario->world(seed);
    if (const Status status = adjust(options, arguments, nullptr); !status) {
      fmt::print(stderr, "aoe-sim: {}\n", status.error().message);
      return 2;
    }
    const Verdict verdict = run_world(options, Canary::none, arguments);
    if (!verdict.failure) {
      ++kept;
    } else if (verdict.failure->checker == scenario->expected_checker) {
      ++broken;
    } else {
      report_failure(options, Canary::none, *verdict.failure, arguments);
      return 1;
    }
  }
  const bool as_expected = scenario->expected_checker.empty() || broken > 0;
  fmt::print("{}: {}: {} of {} worlds kept all promises{}{}\n", scenario->name, scenario->title, kept, kept + broken,
             broken > 0 ? fmt::format(", {} broke '{}', as is documented", broken, scenario->expected_checker) : "",
             as_expected ? "" : fmt::format(": UNEXPECTED, '{}' should break", scenario->expected_checker));
  return as_expected ? 0 : 1;
}

int run(const Arguments& arguments) {
  if (arguments.list_options) {
    const Options defaults;
    for (const OptionInfo& option : option_table()) {
      fmt::print("{:<20} {:>8}  {}{}\n", option.name, defaults.*option.value, option.help,
                 option.is_fault != 0 ? " (fault)" : "");
    }
    return 0;
  }
  if (arguments.list_canaries) {
    for (const CanaryInfo& canary : canary_table()) fmt::print("{:<20} {}\n", canary.name, canary.checker);
    return 0;
  }
  const CanaryInfo* canary = nullptr;
  for (const CanaryInfo& info : canary_table()) {
    if (info.name == arguments.canary) canary = &info;
  }
  if (!arguments.canary.empty() && canary == nullptr) {
    fmt::print(stderr, "aoe-sim: there is no canary '{}': see aoe-sim --list-canaries\n", arguments.canary);
    return 2;
  }
  const bool plain = arguments.scenarios == std::vector<std::string>{"none"};
  if (!arguments.scenarios.empty() && !plain && arguments.seeds.empty()) {
    for (const std::string& path : arguments.scenarios) {
      if (const int status = run_scenario(arguments, path); status != 0) return status;
    }
    return 0;
  }
  if (arguments.seeds.empty()) {
    fmt::print(stderr, "aoe-sim: say which world: --seed N, --seeds FIRST..LAST or --scenario FILE\n");
    return 2;
  }
  const Scenario defaults;
  if (plain) return run_seeds(arguments, canary, &defaults);
  if (arguments.scenarios.empty()) return run_seeds(arguments, canary, nullptr);
  const auto scenario = read_scenario(arguments.scenarios[0]);
  if (!scenario) {
    fmt::print(stderr, "aoe-sim: {}\n", scenario.error().message);
    return 2;
  }
  return run_seeds(arguments, canary, &*scenario);
}

}  // namespace
}  // namespace aoekit::sim

int main(int argc, char** argv) {
  using namespace aoekit::sim;
  Arguments arguments;
  CLI::App app("Run simulated AoE networks and check what aoekit promises", "aoe-sim");
  app.footer(kFooter);
  app.set_version_flag("--version,-V", std::string("aoe-sim (aoekit) ") + aoekit::kVersion);
  app.add_option("--seed,--seeds", arguments.seeds, "the world or worlds to run")->type_name("N|FIRST..LAST");
  app.add_option("--scenario", arguments.scenarios,
                 "pinned worlds; with --seed only its options. 'none': defaults instead of what the seed draws")
      ->type_name("FILE");
  app.add_option("--set", arguments.assignments, "change options of the world")->type_name("NAME=VALUE");
  app.add_option("--without", arguments.without, "switch faults off")->type_name("NAME");
  app.add_option("--canary", arguments.canary, "insert a bug that a checker must find")->type_name("NAME");
  app.add_option("--time", arguments.seconds_max, "start no more worlds after so long")->type_name("SECONDS");
  app.add_option("--failures", arguments.failures_max, "stop after so many failures (10)")->type_name("COUNT");
  app.add_option("--out", arguments.folder, "where stories and captures of failures go (.)")->type_name("FOLDER")
      ->check(CLI::ExistingDirectory);
  app.add_flag("--trace", arguments.trace, "write down everything that happens");
  app.add_flag("--shrink", arguments.shrink, "reduce what fails to its smallest world");
  app.add_flag("--hashes", arguments.hashes, "print only each world's trace hash");
  app.add_flag("--quiet", arguments.quiet, "no progress");
  app.add_flag("--list-options", arguments.list_options, "what can be set, with defaults");
  app.add_flag("--list-canaries", arguments.list_canaries, "bugs that can be inserted, and who must find them");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    return status == 0 ? 0 : 2;
  }
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  std::signal(SIGABRT, say_seed);
  return run(arguments);
}

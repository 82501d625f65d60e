// powercut: loads a real target on a forgetful disk, cuts the power at random instants, and checks what is left.
#include <fmt/core.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "io/clock.h"
#include "net/packet_port.h"
#include "tests/power/load.h"
#include "tests/power/targets.h"
#include "tests/power/world.h"

namespace aoekit::power {
namespace {

// What the checker holds the target to. "everything" is more than a target with a volatile cache promises: with it the
// checker must fail, which shows that it can.
enum class Claim : std::uint8_t { promised, everything };

constexpr std::uint64_t kDiskSectors = 4096;
constexpr Duration kPatience = std::chrono::seconds(20);
constexpr Duration kLateAnswers = std::chrono::milliseconds(20);
constexpr std::size_t kViolationsShown = 10;

struct Options {
  std::string interface = "cli0";
  WorldOptions world;
  unsigned rounds = 30;
  std::uint64_t seed = 1;
  Claim claim = Claim::promised;
  TargetPlace place;
  std::vector<TargetKind> targets = target_kinds().at("vblade");
  bool lying_disk = false;
};

struct Round {
  std::uint64_t seed = 0;
  Ending ending = Ending::power_cut;
  TargetKind target = TargetKind::vblade;
  TargetCaching caching = TargetCaching::buffered;
  bool direct_disk = false;  // the disk without the kernel's page cache
  LoadShape shape;
  Duration length{};

  Promise promise() const { return promise_of(target); }
  std::vector<std::string> disk_arguments() const {
    std::vector<std::string> arguments{"--seed", std::to_string(seed)};
    if (direct_disk) arguments.emplace_back("--direct-io");
    return arguments;
  }
};

Round draw_round(std::uint64_t seed, const Options& options) {
  Prng prng(seed);
  Round round;
  round.seed = seed;
  const std::uint64_t ending = prng.below(10);
  round.ending = ending < 5 ? Ending::power_cut : ending < 9 ? Ending::process_first : Ending::process_only;
  round.target = options.targets[prng.below(options.targets.size())];
  round.direct_disk = prng.below(2) == 0;
  round.caching = prng.below(4) == 0 ? TargetCaching::direct : TargetCaching::buffered;
  round.shape = LoadShape::draw(prng, Sectors{kDiskSectors});
  round.length = std::chrono::milliseconds(30 + prng.below(570));
  return round;
}

// What a power cut left of the sectors.
struct Survey {
  std::size_t taken_back = 0;  // hold an older version than the newest acknowledged one, rightly or not
  std::size_t destroyed = 0;   // hold garbage that was not there before, rightly or not
  std::vector<std::string> violations;
};

// Checks every sector and makes what is there the new beginning. `before` is what the survey before has seen.
Survey survey(const std::vector<sim::Value>& before, const std::vector<sim::Value>& seen,
              sim::SectorRegister& sectors) {
  constexpr std::uint64_t kTears = 1;
  Survey result;
  const sim::Moment began = sectors.read_begins();
  for (std::uint64_t i = 0; i < seen.size(); ++i) {
    const Lba lba{i};
    if (seen[i] == sim::kGarbage) {
      result.destroyed += before[i] != sim::kGarbage;
    } else if (!sectors.read_returned(lba, seen[i], began).empty()) {
      ++result.taken_back;
    }
    std::string violation = sectors.survived(lba, seen[i], kTears);
    if (!violation.empty()) result.violations.push_back(std::move(violation));
  }
  sectors.read_ends(began);
  return result;
}

void show(const std::vector<std::string>& violations) {
  for (std::size_t i = 0; i < std::min(violations.size(), kViolationsShown); ++i) {
    fmt::print("  VIOLATION: {}\n", violations[i]);
  }
  if (violations.size() > kViolationsShown) fmt::print("  ... and {} more\n", violations.size() - kViolationsShown);
}

// How many sectors were wrong over all rounds, or why the test could not be made.
Result<std::size_t> run(const Options& options) {
  auto port = net::PacketPort::open({.interface = options.interface, .role = net::PortRole::initiator});
  if (!port) return tl::unexpected(port.error());
  auto world = World::create(options.world);
  if (!world) return tl::unexpected(world.error());
  const auto address = wire::AoeAddress::parse(options.place.shelf + "." + options.place.slot);
  if (!address) return tl::unexpected(address.error());
  sim::SectorRegister sectors(0, Sectors{kDiskSectors});
  Load load(**port, sectors, {.address = *address, .disk_size = Sectors{kDiskSectors}}, options.seed);

  std::size_t violations = 0;
  std::size_t taken_back = 0;
  std::size_t destroyed = 0;
  std::vector<sim::Value> before_cut(kDiskSectors, sim::kZeros);
  Prng seeds(options.seed);
  unsigned rounds_done = 0;
  for (unsigned i = 0; i <= options.rounds; ++i) {
    rounds_done = i;
    const Round round = draw_round(seeds.next(), options);
    const auto command = target_command(round.target, round.caching, options.place, world->disk());
    if (!command) return tl::unexpected(command.error());
    if (Status status = world->start(round.disk_arguments(), *command); !status) {
      return tl::unexpected(status.error());
    }
    if (Status status = load.find_target(kPatience); !status) {
      return fail("{}; it said: {}", status.error().message, world->target_output());
    }
    if (i > 0) {
      const auto seen = load.read_all(kPatience);
      if (!seen) return tl::unexpected(seen.error());
      const Survey found = survey(before_cut, *seen, sectors);
      before_cut = *seen;
      fmt::print("  after the restart: {} sectors taken back, {} destroyed, {} wrong\n", found.taken_back,
                 found.destroyed, found.violations.size());
      show(found.violations);
      violations += found.violations.size();
      taken_back += found.taken_back;
      destroyed += found.destroyed;
    }
    // What is wrong now stays wrong: later rounds would only repeat it.
    if (i == options.rounds || violations > 0) break;

    const LoadCounters before = load.counters();
    const std::size_t wrong_reads_before = load.violations().size();
    if (Status status = load.run(round.shape, round.promise(), io::monotonic_now() + round.length); !status) {
      return tl::unexpected(status.error());
    }
    const std::uint64_t failed = load.counters().failed - before.failed;
    const auto report = world->end(round.ending);
    if (!report) return tl::unexpected(report.error());
    if (Status status = load.stop(round.promise(), io::monotonic_now() + kLateAnswers); !status) {
      return tl::unexpected(status.error());
    }
    const bool holds_all = round.ending == Ending::process_only || options.claim == Claim::everything;
    const LoadCounters& after = load.counters();
    fmt::print("round {}: seed {}: {}, disk {} the page cache; {}\n", i + 1, round.seed,
               describe(round.target, round.caching), round.direct_disk ? "without" : "behind", round.shape.to_string());
    fmt::print("  {} after {} ms: {} writes, {} FUA, {} flushes, {} reads acknowledged{}{}\n",
               to_string(round.ending), std::chrono::duration_cast<std::chrono::milliseconds>(round.length).count(),
               after.writes - before.writes, after.fua_writes - before.fua_writes, after.flushes - before.flushes,
               after.reads - before.reads, report->empty() ? "" : "; ", *report);
    if (holds_all) sectors.flush_acknowledged(sectors.flush_begins());
    const std::vector<std::string> wrong_reads(
        load.violations().begin() + static_cast<std::ptrdiff_t>(wrong_reads_before), load.violations().end());
    show(wrong_reads);
    violations += wrong_reads.size();
    if (failed > 0) return fail("{} requests were answered with an error while the disk was well", failed);
    std::fflush(stdout);
  }
  const LoadCounters& total = load.counters();
  if (total.writes == 0) return fail("no write was acknowledged: nothing was tested");
  fmt::print("{} rounds, seed {}: {} writes, {} FUA writes, {} flushes and {} reads acknowledged, {} requests in "
             "flight at the end of a round; {} sectors taken back, {} destroyed, {} wrong\n",
             rounds_done, options.seed, total.writes, total.fua_writes, total.flushes, total.reads, total.unanswered,
             taken_back, destroyed, violations);
  return violations;
}

}  // namespace
}  // namespace aoekit::power

int main(int argc, char** argv) {
  using namespace aoekit::power;
  Options options;
  WorldOptions& world = options.world;
  TargetPlace& place = options.place;
  place.shelf = "1";
  place.slot = "2";
  std::string targets = "vblade";
  world.disk_bytes = aoekit::Sectors{kDiskSectors}.bytes();
  CLI::App app("Cuts the power of a target under load, and checks that what it promised is there afterwards");
  app.add_option("-i,--interface", options.interface, "of this side")->required();
  app.add_option("--server-namespace", world.server_namespace)->required();
  app.add_option("--server-interface", place.interface)->required();
  app.add_option("--disk-program", world.disk_program, "powerdisk")->required();
  app.add_option("--vblade-program", place.vblade_program);
  app.add_option("--aoed-program", place.aoed_program);
  app.add_option("--directory", world.directory, "scratch")->required();
  app.add_option("--rounds", options.rounds, "at most: the first with a violation is the last");
  app.add_option("--seed", options.seed, "of everything but the instants' exact timing");
  app.add_option("--target", targets, "whose promise; 'vblade' and 'aoed' draw one of theirs for each round")
      ->transform(CLI::IsMember(target_kinds()));
  app.add_option("--claim", options.claim, "hold the target to what it promised, or (a canary) to everything")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Claim>{{"promised", Claim::promised}, {"everything", Claim::everything}}));
  app.add_flag("--lying-disk", options.lying_disk, "a canary: the disk acknowledges syncs without doing them");
  CLI11_PARSE(app, argc, argv);
  options.targets = target_kinds().at(targets);
  place.directory = world.directory;
  if (options.lying_disk) world.disk_arguments.emplace_back("--lying");
  const auto violations = run(options);
  if (!violations) {
    fmt::print(stderr, "powercut: {}\n", violations.error().message);
    return 2;
  }
  return *violations == 0 ? 0 : 1;
}

// aoe bench: how much a target gives, and how fast it answers.
#include <fmt/core.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>

#include "cli/ata_client.h"
#include "cli/bench/bench_format.h"
#include "cli/bench/file_access.h"
#include "cli/bench/job_load.h"
#include "cli/bench/library_access.h"
#include "cli/bench/nbd_access.h"
#include "cli/bench/wire_load.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/subcommand.h"
#include "cli/text.h"
#include "io/clock.h"
#include "net/packet_port.h"

namespace aoekit::cli {
namespace {

using bench::BenchOptions;
using bench::Subject;

constexpr int kExitInterrupted = 130;  // as a shell has it for SIGINT
// Room for the answer to each frame outstanding and to a copy of it, and for so many at least.
constexpr std::size_t kReceiveFramesMin = 256;

struct FoundTarget {
  Target target;
  Sectors disk_size;
};

// What is on the wire, by a station of its own: it ends before the load begins, so that frames are not delivered twice.
Result<std::vector<FoundTarget>> find_targets(const BenchOptions& options, Interrupt& interrupt) {
  auto station = Station::open(options.interfaces, &interrupt);
  if (!station) return tl::unexpected(station.error());
  std::vector<FoundTarget> found;
  for (const wire::AoeAddress address : options.addresses) {
    const auto target = find_target(*station, address, Patience{});
    if (!target) return tl::unexpected(target.error());
    if (!found.empty() && target->interface != found.front().target.interface) {
      return fail("{} is on {} and {} on {}: the wire layer uses one interface (start one aoe bench for each)",
                  found.front().target.address.to_string(), found.front().target.interface, address.to_string(),
                  target->interface);
    }
    FoundTarget one{.target = *target, .disk_size = {}};
    const std::uint32_t fit = wire::sectors_that_fit(station->port(target->port).mtu_bytes);
    one.target.sectors_per_frame = std::max(1U, std::min(target->sectors_per_frame, fit));
    if (!options.queries) {
      const auto page = identify(*station, *target, Patience{});
      if (!page) return tl::unexpected(page.error());
      one.disk_size = page->size;
    }
    found.push_back(std::move(one));
  }
  return found;
}

// The load with what it stands on.
struct Prepared {
  std::unique_ptr<net::PacketPort> port;  // of the wire layer; outlives the load
  std::unique_ptr<bench::Load> load;
  Subject subject;
};

Result<Prepared> prepare_wire(const BenchOptions& options, Interrupt& interrupt) {
  const auto found = find_targets(options, interrupt);
  if (!found) return tl::unexpected(found.error());
  Prepared prepared;
  std::vector<bench::WireTarget> targets;
  std::size_t frames = 0;
  const Instant start = io::monotonic_now();
  for (std::size_t i = 0; i < found->size(); ++i) {
    const Target& target = (*found)[i].target;
    const auto workload = workload_for(options, i, (*found)[i].disk_size, target.sectors_per_frame);
    if (!workload) return tl::unexpected(workload.error());
    const std::size_t frames_a_request =
        options.queries ? 1 : (workload->request_size.count - 1) / target.sectors_per_frame + 1;
    const std::size_t wanted = options.window.value_or(std::max<std::size_t>(target.buffer_count, 1));
    const std::size_t window = std::min(wanted, options.depth * frames_a_request);
    frames += window;
    if (i == 0) prepared.subject = {target.interface, target.sectors_per_frame, workload->request_size, window, true};
    targets.push_back({.address = target.address, .mac = target.mac, .sectors_per_frame = target.sectors_per_frame,
                       .window = window, .depth = options.depth, .request_size = workload->request_size,
                       .workload = bench::Workload(*workload), .schedule = schedule_for(options, i, start)});
  }
  if (frames > bench::WireLoad::kFramesMax) {
    return fail("the targets would take {} frames at a time, more than {}: use --window", frames,
                bench::WireLoad::kFramesMax);
  }
  // Answers to others that load the same network from here would fill the ring while this process has no core.
  std::vector<wire::AoeAddress> addresses;
  for (const auto& target : targets) addresses.push_back(target.address);
  auto port = net::PacketPort::open({.interface = prepared.subject.interfaces, .role = net::PortRole::initiator,
                                     .addresses = std::move(addresses),
                                     .receive_frames = std::max(kReceiveFramesMin, 2 * frames)});
  if (!port) return tl::unexpected(port.error());
  prepared.port = std::move(*port);
  prepared.load = std::make_unique<bench::WireLoad>(*prepared.port, std::move(targets), options.waiting);
  return prepared;
}

struct DiskFacts {
  Sectors size;
  std::uint32_t sectors_per_frame;  // 0: not known
};

Result<Prepared> prepare_jobs(const BenchOptions& options, std::unique_ptr<bench::DiskAccess> access,
                              const std::vector<DiskFacts>& disks) {
  Prepared prepared;
  std::vector<bench::JobTarget> targets;
  const Instant start = io::monotonic_now();
  for (std::size_t i = 0; i < disks.size(); ++i) {
    const auto workload = workload_for(options, i, disks[i].size, disks[i].sectors_per_frame);
    if (!workload) return tl::unexpected(workload.error());
    if (i == 0) {
      prepared.subject.sectors_per_frame = disks[i].sectors_per_frame;
      prepared.subject.request_size = workload->request_size;
    }
    targets.push_back({.depth = options.depth, .request_size = workload->request_size,
                       .workload = bench::Workload(*workload), .schedule = schedule_for(options, i, start)});
  }
  prepared.load = std::make_unique<bench::JobLoad>(std::move(access), std::move(targets), options.waiting);
  return prepared;
}

Result<Prepared> prepare_library(const BenchOptions& options) {
  std::string interfaces;
  for (const std::string& name : options.interfaces) interfaces += (interfaces.empty() ? "" : ",") + name;
  auto access = bench::LibraryAccess::open(
      {.interfaces = interfaces,
       .requests = static_cast<std::uint32_t>(options.depth * options.addresses.size()),
       .open_flags = options.writes() ? 0 : AOE_OPEN_READ_ONLY},
      options.addresses);
  if (!access) return tl::unexpected(access.error());
  std::vector<DiskFacts> disks;
  for (const bench::LibraryDisk& disk : (*access)->disks()) {
    disks.push_back({{disk.size_bytes / kSectorBytes}, std::max(1U, disk.payload_bytes / kSectorBytes)});
  }
  auto prepared = prepare_jobs(options, std::move(*access), disks);
  if (prepared) prepared->subject.interfaces = interfaces;
  return prepared;
}

Result<Prepared> prepare_files(const BenchOptions& options) {
  using bench::FileAccess;
  auto access = FileAccess::open({.use = options.writes() ? FileAccess::Use::writing : FileAccess::Use::reading,
                                  .requests = options.depth * options.places.size()},
                                 options.places);
  if (!access) return tl::unexpected(access.error());
  std::vector<DiskFacts> disks;
  bool past_page_cache = true;
  for (const bench::BenchFile& file : (*access)->files()) {
    disks.push_back({file.size, 0});
    past_page_cache = past_page_cache && file.direct;
  }
  auto prepared = prepare_jobs(options, std::move(*access), disks);
  if (prepared) prepared->subject.past_page_cache = past_page_cache;
  return prepared;
}

Result<Prepared> prepare_nbd(const BenchOptions& options) {
  auto access = bench::NbdAccess::open({.writes = options.writes()}, options.places);
  if (!access) return tl::unexpected(access.error());
  std::vector<DiskFacts> disks;
  for (std::size_t i = 0; i < options.places.size(); ++i) disks.push_back({(*access)->size(i), 0});
  return prepare_jobs(options, std::move(*access), disks);
}

Result<Prepared> prepare(const BenchOptions& options, Interrupt& interrupt) {
  switch (options.layer()) {
    case bench::Layer::wire: return prepare_wire(options, interrupt);
    case bench::Layer::library: return prepare_library(options);
    case bench::Layer::file: return prepare_files(options);
    case bench::Layer::nbd: return prepare_nbd(options);
  }
  return fail("no such layer");
}

Result<int> measure_and_print(const BenchOptions& options, Prepared& prepared, Interrupt& interrupt) {
  if (!options.json) fmt::print("{}", subject_line(options, prepared.subject));
  static_cast<void>(std::fflush(stdout));  // a failure is found at the end
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  bench::MeasureOptions run{.warm_up = seconds(options.warm_up_s),
                            .length = seconds(options.seconds),
                            .target_pid = options.target_pid,
                            .interrupted = [&] { return interrupt.arrived(); }};
  if (terminal) {
    run.progress = [&](const bench::MeasureOptions::Progress& progress) {
      const double left = options.seconds - std::chrono::duration<double>(progress.elapsed).count();
      fmt::print(stderr, "\r{}{:.0f} requests/s, {:.0f} s left\033[K",
                 progress.elapsed < Duration{} ? "warming up: " : "", progress.requests_per_s, std::max(left, 0.0));
    };
  }
  const auto measured = bench::measure(*prepared.load, run);
  if (terminal) fmt::print(stderr, "\r\033[K");
  if (!measured) return tl::unexpected(measured.error());
  if (options.json) {
    print_json(result_json(options, prepared.subject, *measured));
  } else {
    fmt::print("{}", result_lines(options, *measured));
  }
  if (measured->interrupted) return kExitInterrupted;
  return measured->tally.errors == 0 ? kExitOk : kExitFailed;
}

int run(const BenchOptions& options) {
  if (const Status possible = check(options); !possible) return report_usage(possible.error().message);
  auto interrupt = Interrupt::install();
  if (!interrupt) return report(interrupt.error());
  auto prepared = prepare(options, *interrupt);
  if (!prepared) return interrupt->arrived() ? kExitInterrupted : report(prepared.error());
  const auto status = measure_and_print(options, *prepared, *interrupt);
  return status ? *status : report(status.error());
}

template <class T>
T checked(const Result<T>& result) {
  if (!result) throw CLI::ValidationError(result.error().message);
  return *result;
}

// "e1.2", "/dev/etherd/e1.2" (a path has a slash), or "nbd+unix:///?socket=PATH".
void add_target(BenchOptions& options, const std::string& text) {
  if (text.find('/') != std::string::npos) {
    options.places.push_back(text);
  } else {
    options.addresses.push_back(checked(parse_target_address(text)));
  }
}

void add_load_options(CLI::App& app, const std::shared_ptr<BenchOptions>& options) {
  CLI::Option* const read =
      app.add_flag_callback("--read", [options] { options->read_percent = 100; }, "Read (default)");
  CLI::Option* const write = app.add_flag_callback("--write", [options] { options->read_percent = 0; },
                                                   "Write; needs --range, and destroys what is there");
  CLI::Option* const mix =
      app.add_option("--mix", options->read_percent, "Reads and writes: so many percent are reads; needs --range")
          ->type_name("PERCENT")
          ->check(CLI::Range(1, 99));
  CLI::Option* const query = app.add_flag("--query", options->queries,
                                          "Ask for the configuration instead: the network and the target without disk");
  read->excludes(write, mix, query);
  write->excludes(mix, query);
  mix->excludes(query);
  CLI::Option* const random = app.add_flag_callback(
      "--random", [options] { options->order = bench::Order::random; }, "At random places (default)");
  app.add_flag_callback(
         "--sequential", [options] { options->order = bench::Order::sequential; }, "From the first place to the last")
      ->excludes(random);
  app.add_option_function<std::string>(
         "--size", [options](const std::string& text) { options->size = checked(bench::parse_size(text)); },
         "Bytes of a request, like 512, 4k or 64k, or 'frame': what one frame holds (default: 4k)")
      ->type_name("BYTES");
  app.add_option_function<std::string>(
         "--range",
         [options](const std::string& text) {
           options->range = checked(bench::parse_range(text));
           options->range_given = true;
         },
         "Only these sectors, or 'all' (default); writing needs it")
      ->type_name("FIRST:COUNT");
}

void add_run_options(CLI::App& app, const std::shared_ptr<BenchOptions>& options) {
  app.add_option("--depth", options->depth, "Requests outstanding at each target (default: 32)")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, bench::kDepthMax));
  app.add_option("--window", options->window, "Frames outstanding at each target (default: what it advertises)")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, bench::WireLoad::kFramesMax));
  app.add_option("--rate", options->rate_per_s,
                 "Start so many requests a second, answered or not; latencies count from when one was due")
      ->type_name("N")
      ->check(CLI::Range(0.01, 1e8));
  app.add_option("--seconds", options->seconds, "How long to measure (default: 10)")
      ->type_name("N")
      ->check(CLI::Range(0.01, 1e6));
  app.add_option("--warm-up", options->warm_up_s, "Seconds before that (default: 1)")
      ->type_name("N")
      ->check(CLI::Range(0.0, 1e6));
  app.add_flag_callback("--spin", [options] { options->waiting = bench::Waiting::spinning; },
                        "Look for answers all the time instead of sleeping: shorter latencies, one core busy");
  app.add_option_function<std::string>(
         "--layer",
         [options](const std::string& name) {
           options->layer_asked = name == "wire" ? bench::Layer::wire : bench::Layer::library;
         },
         "Send frames (wire, default) or use libaoekit (library)")
      ->type_name("LAYER")
      ->check(CLI::IsMember({"wire", "library"}));
  app.add_option("--pid", options->target_pid, "The target's process, if it is on this machine: its CPU time is shown")
      ->type_name("PID")
      ->check(CLI::Range(1, 1 << 30));
  app.add_option("--seed", options->seed, "Of kinds and places (default: another each time)")
      ->type_name("N")
      ->check(check_count);
}

}  // namespace

Action set_up_bench(CLI::App& app) {
  auto options = std::make_shared<BenchOptions>();
  options->seed = std::random_device{}();
  app.add_option_function<std::vector<std::string>>(
         "TARGET",
         [options](const std::vector<std::string>& texts) {
           options->addresses.clear();
           options->places.clear();
           for (const std::string& text : texts) add_target(*options, text);
         },
         "Shelf and slot of each target, like e1.2; or files and block devices, like /dev/etherd/e1.2; or NBD URIs")
      ->type_name(" ")
      ->required();
  add_load_options(app, options);
  add_run_options(app, options);
  add_interface_option(app, options->interfaces);
  add_json_option(app, options->json);
  return [options] { return run(*options); };
}

}  // namespace aoekit::cli

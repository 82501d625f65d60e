// The command line of `aoe bench`, understood and checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "base/units.h"
#include "cli/bench/load.h"
#include "cli/bench/schedule.h"
#include "cli/bench/workload.h"
#include "wire/address.h"

namespace aoekit::bench {

// What the requests go through: frames of our own, libaoekit, a file or block device, an NBD server.
enum class Layer : std::uint8_t { wire, library, file, nbd };

// Which sectors requests may touch: the whole disk, or a part of it.
using MaybeRange = std::optional<SectorRange>;

inline constexpr std::size_t kDepthMax = 4096;

struct BenchOptions {
  std::vector<wire::AoeAddress> addresses;  // the targets: these,
  std::vector<std::string> places;          // or these, all of them files and block devices or all of them NBD URIs
  std::vector<std::string> interfaces;  // empty: all usable ones
  bool queries = false;
  unsigned read_percent = 100;
  Order order = Order::random;
  std::optional<Sectors> size = Sectors{8};  // nothing: as much as a frame holds
  bool range_given = false;                  // the consent to writing there
  MaybeRange range;                          // nothing: the whole disk
  std::size_t depth = 32;                    // of each target
  std::optional<std::size_t> window;         // nothing: what the target advertises
  std::optional<double> rate_per_s;          // of all targets together; nothing: closed loop
  double seconds = 10;
  double warm_up_s = 1;
  Waiting waiting = Waiting::asleep;
  std::optional<Layer> layer_asked;  // of addresses; nothing: wire
  std::optional<int> target_pid;
  std::uint64_t seed = 0;
  bool json = false;

  bool writes() const { return !queries && read_percent < 100; }
  std::size_t target_count() const { return addresses.size() + places.size(); }
  std::string target_name(std::size_t index) const {
    return places.empty() ? addresses[index].to_string() : places[index];
  }
  Layer layer() const;
};

// "4k", "4096", "64KiB": a multiple of 512 bytes, 16 MiB at most. "frame": nothing.
Result<std::optional<Sectors>> parse_size(std::string_view text);
// "FIRST:COUNT" in sectors; "all": nothing.
Result<MaybeRange> parse_range(std::string_view text);

// Whether the options can be meant together; the Error says what to change.
[[nodiscard]] Status check(const BenchOptions& options);

// The workload for target number `index`, whose disk and frames are as large as said. An Error when the range does not
// fit the disk, or no request fits the range.
Result<WorkloadOptions> workload_for(const BenchOptions& options, std::size_t index, Sectors disk_size,
                                     std::uint32_t sectors_per_frame);
// Its share of the rate; the targets take turns.
Schedule schedule_for(const BenchOptions& options, std::size_t index, Instant start);

}  // namespace aoekit::bench

// Reading sizes and ranges, and what does not go together.
#include "cli/bench/bench_options.h"

#include <algorithm>
#include <charconv>

#include "cli/bench/wire_load.h"
#include "config/quantity.h"

namespace aoekit::bench {
namespace {

constexpr std::uint64_t kRequestBytesMax = std::uint64_t{16} << 20;
constexpr std::uint64_t kBufferBytesMax = std::uint64_t{1} << 30;  // of all requests of all layers but the wire

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_nbd_uri(const std::string& place) { return place.find("://") != std::string::npos; }

// What is for frames, where there are none to be seen.
Status check_place(const BenchOptions& options) {
  const auto is_other = [&](const std::string& place) { return is_nbd_uri(place) != is_nbd_uri(options.places[0]); };
  if (!options.addresses.empty() || std::any_of(options.places.begin(), options.places.end(), is_other)) {
    return fail("addresses, files and NBD servers cannot be loaded together: start one aoe bench for each kind");
  }
  if (options.layer_asked) return fail("--layer is for addresses: a file or an NBD server is a layer itself");
  if (!options.interfaces.empty()) return fail("-i is for addresses, not for files and NBD servers");
  if (!options.size) return fail("--size frame is for addresses: files and NBD servers show no frames");
  return {};
}

}  // namespace

Layer BenchOptions::layer() const {
  if (places.empty()) return layer_asked.value_or(Layer::wire);
  return is_nbd_uri(places.front()) ? Layer::nbd : Layer::file;
}

Result<std::optional<Sectors>> parse_size(std::string_view text) {
  if (text == "frame") return std::nullopt;
  std::string bytes_text(text);
  // "4k", as other benchmarks have it.
  if (!text.empty() && (text.back() == 'k' || text.back() == 'm')) {
    bytes_text.back() = static_cast<char>(bytes_text.back() - 'a' + 'A');
  }
  const auto bytes = config::parse_bytes(bytes_text);
  if (!bytes || *bytes == 0 || *bytes % kSectorBytes != 0 || *bytes > kRequestBytesMax) {
    return fail("--size '{}' is not a multiple of 512 bytes up to 16M, like 512, 4k or 64k, nor 'frame'", text);
  }
  return Sectors{*bytes / kSectorBytes};
}

Result<MaybeRange> parse_range(std::string_view text) {
  if (text == "all") return std::nullopt;
  const std::size_t colon = std::min(text.find(':'), text.size());
  const auto first = parse_number(text.substr(0, colon));
  const auto count = parse_number(text.substr(std::min(colon + 1, text.size())));
  constexpr std::uint64_t kDiskSectorsMax = std::uint64_t{1} << 48;
  if (!first || !count || *count == 0 || *first > kDiskSectorsMax || *count > kDiskSectorsMax) {
    return fail("--range '{}' is not FIRST:COUNT in sectors of 512 bytes, like 2048:8192, nor 'all'", text);
  }
  return SectorRange{{*first}, {*count}};
}

Status check(const BenchOptions& options) {
  if (options.target_count() == 0) return fail("bench needs a target, like: aoe bench e1.2");
  if (!options.places.empty()) {
    if (const Status status = check_place(options); !status) return status;
  }
  if (options.writes() && !options.range_given) {
    return fail("writing destroys what is on the disk: say where by --range FIRST:COUNT (in sectors), or --range all");
  }
  const bool on_wire = options.layer() == Layer::wire;
  if (options.queries && !on_wire) return fail("only the wire layer can send queries: use --layer wire and an address");
  if (options.window && !on_wire) return fail("whoever sends frames finds the window: --window is for --layer wire");
  const std::size_t requests = options.depth * options.target_count();
  const std::size_t frames = options.window.value_or(1) * options.target_count();
  if (requests > kDepthMax || frames > WireLoad::kFramesMax) {
    return fail("{} targets with {} requests each are more than {} in all: lower --depth or --window, or use several "
                "processes", options.target_count(), options.depth, kDepthMax);
  }
  if (!on_wire && options.size && options.size->bytes() * requests > kBufferBytesMax) {
    return fail("{} requests of {} bytes need more than 1 GiB of memory: lower --depth or --size", requests,
                options.size->bytes());
  }
  return {};
}

Result<WorkloadOptions> workload_for(const BenchOptions& options, std::size_t index, Sectors disk_size,
                                     std::uint32_t sectors_per_frame) {
  const std::string name = options.target_name(index);
  WorkloadOptions workload{.queries = options.queries,
                           .read_percent = options.read_percent,
                           .order = options.order,
                           .range = options.range.value_or(SectorRange{{0}, disk_size}),
                           .request_size = options.size.value_or(Sectors{sectors_per_frame}),
                           .seed = options.seed + index};
  if (options.queries) return workload;
  if (!workload.range.fits(disk_size)) {
    return fail("--range goes past the end of {}, which has {} sectors", name, disk_size.count);
  }
  if (workload.request_size > workload.range.count) {
    return fail("{}: {} sectors have no room for a request of {} sectors: use a smaller --size", name,
                workload.range.count.count, workload.request_size.count);
  }
  return workload;
}

Schedule schedule_for(const BenchOptions& options, std::size_t index, Instant start) {
  if (!options.rate_per_s) return Schedule::closed_loop();
  const double share = *options.rate_per_s / static_cast<double>(options.target_count());
  const Duration turn{static_cast<std::int64_t>(static_cast<double>(index) * 1e9 / *options.rate_per_s)};
  return Schedule::open_loop(start + turn, share);
}

}  // namespace aoekit::bench

// Words and JSON for results.
#include "cli/bench/bench_format.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

namespace aoekit::bench {
namespace {

double us(Duration duration) { return std::chrono::duration<double, std::micro>(duration).count(); }

std::string names(const BenchOptions& options) {
  std::string names;
  for (std::size_t i = 0; i < options.target_count(); ++i) names += (i == 0 ? "" : " ") + options.target_name(i);
  return names;
}

std::string kind_text(const BenchOptions& options) {
  if (options.queries) return "config queries";
  const char* order = options.order == Order::random ? "random" : "sequential";
  if (options.read_percent == 100) return fmt::format("{} reads", order);
  if (options.read_percent == 0) return fmt::format("{} writes", order);
  return fmt::format("{} requests, {} % reads,", order, options.read_percent);
}

std::string size_text(std::uint64_t bytes) {
  return bytes % 1024 == 0 ? fmt::format("{} KiB", bytes / 1024) : fmt::format("{} bytes", bytes);
}

// REQUIRES that there are frames to be seen.
std::uint64_t frames_a_request(const BenchOptions& options, const Subject& subject) {
  if (options.queries) return 1;
  return (subject.request_size.count + subject.sectors_per_frame - 1) / subject.sectors_per_frame;
}

const char* kind_name(const BenchOptions& options) {
  if (options.queries) return "query";
  if (options.read_percent == 100) return "read";
  return options.read_percent == 0 ? "write" : "mix";
}

const char* layer_name(Layer layer) {
  switch (layer) {
    case Layer::wire: return "wire";
    case Layer::library: return "library";
    case Layer::file: return "file";
    case Layer::nbd: return "nbd";
  }
  return "";
}

bool shows_frames(Layer layer) { return layer == Layer::wire || layer == Layer::library; }

}  // namespace

std::string subject_line(const BenchOptions& options, const Subject& subject) {
  std::string line = names(options);
  if (!subject.interfaces.empty()) line += " on " + subject.interfaces;
  line += ": " + kind_text(options);
  if (!options.queries) line += " of " + size_text(subject.request_size.bytes());
  if (!options.queries && shows_frames(options.layer())) {
    const std::uint64_t frames = frames_a_request(options, subject);
    line += fmt::format(" ({} frame{})", frames, frames == 1 ? "" : "s");
  }
  if (options.rate_per_s) {
    line += fmt::format(", {:g} a second, at most {} outstanding", *options.rate_per_s, options.depth);
  } else {
    line += fmt::format(", {} outstanding", options.depth);
  }
  if (options.target_count() > 1) line += " at each";
  if (options.layer() == Layer::library) line += ", through libaoekit";
  if (!subject.past_page_cache) line += ", through the page cache";
  return line + "\n";
}

std::string result_lines(const BenchOptions& options, const Measured& measured) {
  const LatencyHistogram& latency = measured.tally.latency;
  std::string lines = fmt::format("{} requests in {:.3g} s: {:.0f} requests/s, {:.1f} MB/s\n",
                                  measured.tally.requests(), std::chrono::duration<double>(measured.elapsed).count(),
                                  measured.requests_per_s(), measured.bytes_per_s() / 1e6);
  if (measured.tally.reads > 0 && measured.tally.writes > 0) {
    lines += fmt::format("{} reads, {} writes\n", measured.tally.reads, measured.tally.writes);
  }
  lines += fmt::format(
      "latency us: min {:.1f}, mean {:.1f}, p50 {:.1f}, p99 {:.1f}, p99.9 {:.1f}, p99.99 {:.1f}, max {:.1f}\n",
      us(latency.min()), us(latency.mean()), us(latency.quantile(0.5)), us(latency.quantile(0.99)),
      us(latency.quantile(0.999)), us(latency.quantile(0.9999)), us(latency.max()));
  lines += fmt::format("CPU us/request: client {:.2f}", measured.us_per_request(measured.client_cpu));
  if (measured.target_cpu) lines += fmt::format(", target {:.2f}", measured.us_per_request(*measured.target_cpu));
  lines += fmt::format("\nerrors {}", measured.tally.errors);
  if (shows_frames(options.layer())) lines += fmt::format(", frames sent again {}", measured.tally.retransmissions);
  lines += "\n";
  if (measured.tally.dropped_here > 0) {
    lines += fmt::format("{} frames were dropped by this machine: the target is not to blame for them\n",
                         measured.tally.dropped_here);
  }
  // With a hundredth in hand: a run ends between two requests.
  if (options.rate_per_s && measured.requests_per_s() < *options.rate_per_s * 0.99) {
    lines += fmt::format("the target did not keep up with {:g} requests/s: latencies say how long the queue was\n",
                         *options.rate_per_s);
  }
  return lines;
}

nlohmann::ordered_json result_json(const BenchOptions& options, const Subject& subject, const Measured& measured) {
  nlohmann::ordered_json targets = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < options.target_count(); ++i) targets.push_back(options.target_name(i));
  const Tally& tally = measured.tally;
  const LatencyHistogram& latency = tally.latency;
  nlohmann::ordered_json json{
      {"targets", targets},
      {"interfaces", subject.interfaces},
      {"layer", layer_name(options.layer())},
      {"kind", kind_name(options)},
      {"read_percent", options.read_percent},
      {"order", options.order == Order::random ? "random" : "sequential"},
      {"request_bytes", options.queries ? 0 : subject.request_size.bytes()},
      {"frames_per_request", nullptr},
      {"depth", options.depth},
      {"window_frames", nullptr},
      {"rate_per_s", nullptr},
      {"spinning", options.waiting == Waiting::spinning},
      {"seed", options.seed},
      {"seconds", std::chrono::duration<double>(measured.elapsed).count()},
      {"interrupted", measured.interrupted},
      {"requests", tally.requests()},
      {"reads", tally.reads},
      {"writes", tally.writes},
      {"queries", tally.queries},
      {"bytes", tally.bytes},
      {"errors", tally.errors},
      {"retransmissions", nullptr},
      {"frames_dropped_here", nullptr},
      {"requests_per_s", measured.requests_per_s()},
      {"bytes_per_s", measured.bytes_per_s()},
      {"latency_us",
       {{"min", us(latency.min())},
        {"mean", us(latency.mean())},
        {"p50", us(latency.quantile(0.5))},
        {"p99", us(latency.quantile(0.99))},
        {"p99.9", us(latency.quantile(0.999))},
        {"p99.99", us(latency.quantile(0.9999))},
        {"max", us(latency.max())}}},
      {"client_cpu_us_per_request", measured.us_per_request(measured.client_cpu)},
      {"target_cpu_us_per_request", nullptr}};
  if (shows_frames(options.layer())) {
    json["frames_per_request"] = frames_a_request(options, subject);
    json["retransmissions"] = tally.retransmissions;
    json["frames_dropped_here"] = tally.dropped_here;
  }
  if (subject.window > 0) json["window_frames"] = subject.window;
  if (options.rate_per_s) json["rate_per_s"] = *options.rate_per_s;
  if (measured.target_cpu) json["target_cpu_us_per_request"] = measured.us_per_request(*measured.target_cpu);
  return json;
}

}  // namespace aoekit::bench

// The clock around a load.
#include "cli/bench/measure.h"

#include <time.h>

#include <algorithm>
#include <cerrno>

#include "io/clock.h"

namespace aoekit::bench {
namespace {

constexpr Duration kLookUp = std::chrono::milliseconds(50);  // so often somebody might want us to stop
constexpr Duration kTellProgress = std::chrono::seconds(1);

double seconds_of(Duration duration) { return std::chrono::duration<double>(duration).count(); }

Result<Duration> cpu_time_of(clockid_t clock) {
  timespec time{};
  if (::clock_gettime(clock, &time) != 0) return fail_errno(errno, "cannot read a process's CPU time");
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

struct CpuTimes {
  Duration client{};
  std::optional<Duration> target;
};

Result<CpuTimes> cpu_times(std::optional<int> target_pid) {
  CpuTimes times;
  const auto client = cpu_time_of(CLOCK_PROCESS_CPUTIME_ID);
  if (!client) return tl::unexpected(client.error());
  times.client = *client;
  if (!target_pid) return times;
  clockid_t clock{};
  if (const int error = ::clock_getcpuclockid(*target_pid, &clock); error != 0) {
    return fail_errno(error, "there is no process {} whose CPU time could be read", *target_pid);
  }
  const auto target = cpu_time_of(clock);
  if (!target) return tl::unexpected(target.error());
  times.target = *target;
  return times;
}

// A load that is run in pieces, with a look around after each.
class Runner {
 public:
  Runner(Load& load, const MeasureOptions& options) : load_(load), options_(options) {}

  bool interrupted() const { return interrupted_; }

  // Until `end`, or earlier when interrupted. `begin`: of the measurement, for the progress.
  Status run(Instant begin, Instant end) {
    Instant now = io::monotonic_now();
    Instant told = now;
    std::uint64_t requests_told = load_.tally().requests();
    while (now < end && !interrupted_) {
      const Instant look_up = std::min(end, now + kLookUp);
      do {
        if (const Status status = load_.turn(look_up); !status) return status;
        now = io::monotonic_now();
      } while (now < look_up);
      interrupted_ = options_.interrupted();
      if (!options_.progress || now - told < kTellProgress) continue;
      const std::uint64_t requests = load_.tally().requests();
      options_.progress({now - begin, static_cast<double>(requests - requests_told) / seconds_of(now - told)});
      requests_told = requests;
      told = now;
    }
    return {};
  }

 private:
  Load& load_;
  const MeasureOptions& options_;
  bool interrupted_ = false;
};

}  // namespace

double Measured::requests_per_s() const { return static_cast<double>(tally.requests()) / seconds_of(elapsed); }
double Measured::bytes_per_s() const { return static_cast<double>(tally.bytes) / seconds_of(elapsed); }
double Measured::us_per_request(Duration cpu) const {
  return std::chrono::duration<double, std::micro>(cpu).count() / static_cast<double>(tally.requests());
}

Result<Measured> measure(Load& load, const MeasureOptions& options) {
  Runner runner(load, options);
  const Instant begin = io::monotonic_now() + options.warm_up;
  if (const Status status = runner.run(begin, begin); !status) return tl::unexpected(status.error());
  load.reset_tally();
  const auto before = cpu_times(options.target_pid);
  if (!before) return tl::unexpected(before.error());
  const Instant start = io::monotonic_now();
  if (!runner.interrupted()) {
    if (const Status status = runner.run(start, start + options.length); !status) return tl::unexpected(status.error());
  }
  const Instant end = io::monotonic_now();
  const auto after = cpu_times(options.target_pid);
  if (!after) return tl::unexpected(after.error());
  Measured measured{.tally = load.tally(), .elapsed = end - start, .client_cpu = after->client - before->client,
                    .target_cpu = {}, .interrupted = runner.interrupted()};
  if (after->target) measured.target_cpu = *after->target - *before->target;
  if (measured.tally.requests() == 0) return fail("nothing was answered while it was measured");
  return measured;
}

}  // namespace aoekit::bench

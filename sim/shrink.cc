// One pass after another until none removes anything.
#include "sim/shrink.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/check.h"

namespace aoekit::sim {
namespace {

struct Step {
  const OptionInfo* option;
  std::uint64_t value;
};

// What could be left out of `options`.
std::vector<Step> steps_for(const Options& options) {
  std::vector<Step> steps;
  const auto to = [&](std::string_view name, std::uint64_t value) {
    const OptionInfo* option = find_option(name);
    if (options.*option->value > value) steps.push_back({option, value});
  };
  for (const OptionInfo& option : option_table()) {
    if (option.is_fault != 0 && options.*option.value != option.off) steps.push_back({&option, option.off});
  }
  to("targets", 1);
  to("exports", 1);
  to("fabrics", 1);
  to("strangers", 0);
  to("masks", 0);
  const std::uint64_t clients =
      options.linux_clients + options.ipxe_clients + options.winaoe_clients + options.own_clients;
  for (const std::string_view name : {"linux_clients", "ipxe_clients", "winaoe_clients", "own_clients"}) {
    const std::uint64_t have = options.*find_option(name)->value;
    if (have > 0 && clients > 1) to(name, have - 1);
  }
  to("depth", 1);
  to("io_sectors", 1);
  to("depth", options.depth / 2);
  to("io_sectors", options.io_sectors / 2);
  to("safety_ms", options.safety_ms / 2);
  to("safety_ms", options.safety_ms * 9 / 10);
  to("hot_sectors", std::max<std::uint64_t>(options.hot_sectors / 2, 2));
  return steps;
}

}  // namespace

std::optional<Failure> run_apart(const Options& options, Canary canary) {
  int pipe_ends[2];
  AOEKIT_CHECK(pipe(pipe_ends) == 0);
  const pid_t child = fork();
  AOEKIT_CHECK(child >= 0);
  if (child == 0) {
    close(pipe_ends[0]);
    const Verdict verdict = Simulation(options, canary, nullptr).run();
    std::string report;
    if (verdict.failure) report = verdict.failure->checker + '\n' + verdict.failure->text;
    const ssize_t written = write(pipe_ends[1], report.data(), report.size());
    _exit(written == static_cast<ssize_t>(report.size()) ? 0 : 1);
  }
  close(pipe_ends[1]);
  std::string report;
  std::array<char, 4096> buffer;
  for (ssize_t got = 0; (got = read(pipe_ends[0], buffer.data(), buffer.size())) > 0;) {
    report.append(buffer.data(), static_cast<std::size_t>(got));
  }
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return Failure{"crash", {}, "the code under test aborted"};
  if (report.empty()) return std::nullopt;
  const std::size_t end = report.find('\n');
  return Failure{report.substr(0, end), {}, report.substr(end + 1)};
}

Options shrink(Options options, Canary canary, const std::string& checker,
               const std::function<void(const std::string&)>& progress) {
  bool smaller = true;
  while (smaller) {
    smaller = false;
    for (const Step& step : steps_for(options)) {
      const std::uint64_t before = options.*step.option->value;
      if (before <= step.value && step.option->is_fault == 0) continue;
      Options tried = options;
      tried.*step.option->value = step.value;
      const auto failure = run_apart(tried, canary);
      if (!failure || failure->checker != checker) continue;
      progress(fmt::format("{}: {} instead of {} fails as well", step.option->name, step.value, before));
      options = tried;
      smaller = true;
    }
  }
  return options;
}

}  // namespace aoekit::sim

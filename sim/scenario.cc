// Reading scenario files.
#include "sim/scenario.h"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/check.h"

namespace aoekit::sim {
namespace {

Status apply(Scenario& scenario, const std::string& key, const std::string& value) {
  if (key == "title") {
    scenario.title = value;
  } else if (key == "swarm") {
    scenario.swarm = value == "yes";
  } else if (key == "expect") {
    scenario.expected_checker = value == "kept" ? "" : value;
  } else if (key == "seeds") {
    const auto seeds = parse_seeds(value);
    if (!seeds) return tl::unexpected(seeds.error());
    std::tie(scenario.first_seed, scenario.last_seed) = *seeds;
  } else if (key == "options") {
    std::istringstream words(value);
    Options scratch;
    for (std::string word; words >> word;) {
      if (const Status status = scratch.set(word); !status) return status;
      scenario.assignments.push_back(word);
    }
  } else {
    return fail("'{}' is no key of a scenario: title, options, seeds, swarm or expect", key);
  }
  return {};
}

}  // namespace

Options Scenario::world(std::uint64_t seed) const {
  Options options = swarm ? Options::draw(seed) : Options{};
  options.seed = seed;
  for (const std::string& assignment : assignments) AOEKIT_CHECK(options.set(assignment).has_value());
  return options;
}

Result<Scenario> read_scenario(const std::string& path) {
  std::ifstream file(path);
  if (!file) return fail("cannot read scenario {}", path);
  Scenario scenario;
  scenario.name = std::filesystem::path(path).stem().string();
  std::size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos) return fail("{}:{}: not 'key: value'", path, number);
    if (const Status status = apply(scenario, line.substr(0, colon), line.substr(colon + 2)); !status) {
      return fail("{}:{}: {}", path, number, status.error().message);
    }
  }
  if (scenario.title.empty()) return fail("{}: has no title", path);
  return scenario;
}

Result<std::pair<std::uint64_t, std::uint64_t>> parse_seeds(const std::string& text) {
  const auto number = [](std::string_view digits) -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return value;
  };
  const std::size_t dots = text.find("..");
  const auto first = number(std::string_view(text).substr(0, dots));
  const auto last = dots == std::string::npos ? first : number(std::string_view(text).substr(dots + 2));
  if (!first || !last || *first > *last) return fail("'{}' are no seeds: write N or FIRST..LAST", text);
  return std::pair{*first, *last};
}

}  // namespace aoekit::sim

// Text and JSON of a run.
#include "cli/conform/print_results.h"

#include <fmt/core.h>
#include <fnmatch.h>

#include <array>
#include <nlohmann/json.hpp>

namespace aoekit::conform {
namespace {

constexpr std::array kOutcomes = {Outcome::passed, Outcome::failed, Outcome::skipped, Outcome::died, Outcome::not_run};
constexpr std::string_view kIndent = "          ";

// `text` with every further line aligned to the first.
std::string indented(std::string_view name, std::string_view text) {
  std::string out = fmt::format("{}{:<10}", kIndent, name);
  for (const char c : text) {
    out += c;
    if (c == '\n') out.append(kIndent.size() + 10, ' ');
  }
  return out + "\n";
}

std::string counts_line(std::string_view name, const std::array<std::size_t, kOutcomes.size()>& counts) {
  return fmt::format("{:<10}{:>7}{:>7}{:>9}{:>13}{:>9}\n", name, counts[0], counts[1], counts[2], counts[3], counts[4]);
}

std::string trimmed(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace

std::string subject_line(Probe& probe, std::string_view interface) {
  const Facts& facts = probe.facts();
  return fmt::format("{} at {} on {} (MTU {}): {} sectors, {} buffers, {} sectors a frame, \"{}\"\n",
                     probe.options().address.to_string(), facts.mac.to_string(), interface, probe.link().mtu_bytes(),
                     facts.identify.size.count, facts.buffer_count, facts.sectors_per_frame,
                     trimmed(facts.identify.model));
}

std::string result_lines(const CaseResult& result, const CaseResult* previous) {
  std::string out;
  if (previous == nullptr || previous->section != result.section) out += fmt::format("\n{}\n", result.section->title);
  const std::string mark = result.outcome == Outcome::passed ? "pass" : to_string(result.outcome);
  out += fmt::format("  {:<7} {:<28} {}\n", mark, result.item->id, result.item->text);
  if (!result.reason.empty()) out += indented("because", result.reason);
  if (result.outcome != Outcome::failed && result.outcome != Outcome::died) return out;
  out += indented("rule", result.item->rule);
  out += indented("breaks", result.item->breaks);
  if (!result.failure.sent.empty()) out += indented("sent", result.failure.sent);
  out += indented("expected", result.failure.expected);
  return out + indented("got", result.failure.got);
}

std::string summary_table(const RunResult& run) {
  std::string out = fmt::format("\n{:<10}{:>7}{:>7}{:>9}{:>13}{:>9}\n", "section", "pass", "FAIL", "skipped",
                                "target died", "not run");
  std::array<std::size_t, kOutcomes.size()> total{};
  for (const Section& section : all_sections()) {
    std::array<std::size_t, kOutcomes.size()> counts{};
    bool any = false;
    for (const CaseResult& result : run.cases) {
      if (result.section->name != section.name) continue;
      any = true;
      ++counts[static_cast<std::size_t>(result.outcome)];
      ++total[static_cast<std::size_t>(result.outcome)];
    }
    if (any) out += counts_line(section.name, counts);
  }
  out += counts_line("total", total);
  for (const std::string& warning : run.warnings) out += "warning: " + warning + "\n";
  if (run.interrupted) out += "interrupted: the target was left as it was found\n";
  return out;
}

std::string case_list(const std::string& only) {
  std::string out;
  for (const Section& section : all_sections()) {
    for (const Case& item : section.cases) {
      if (fnmatch(only.c_str(), std::string(item.id).c_str(), 0) != 0) continue;
      out += fmt::format("{:<30}{:<5}{}\n", item.id, item.rule, item.text);
    }
  }
  return out;
}

nlohmann::ordered_json run_json(const RunResult& run, Probe& probe, std::string_view interface) {
  const Facts& facts = probe.facts();
  nlohmann::ordered_json document{
      {"address", probe.options().address.to_string()},
      {"interface", interface},
      {"mtu_bytes", probe.link().mtu_bytes()},
      {"target",
       {{"mac", facts.mac.to_string()},
        {"sectors", facts.identify.size.count},
        {"buffers", facts.buffer_count},
        {"sectors_per_frame", facts.sectors_per_frame},
        {"firmware", facts.firmware},
        {"model", trimmed(facts.identify.model)}}},
  };
  auto cases = nlohmann::ordered_json::array();
  for (const CaseResult& result : run.cases) {
    nlohmann::ordered_json entry{{"id", result.item->id},         {"section", result.section->name},
                                 {"rule", result.item->rule},     {"text", result.item->text},
                                 {"breaks", result.item->breaks}, {"outcome", to_string(result.outcome)}};
    if (!result.reason.empty()) entry["reason"] = result.reason;
    if (result.outcome == Outcome::failed || result.outcome == Outcome::died) {
      entry["sent"] = result.failure.sent;
      entry["expected"] = result.failure.expected;
      entry["got"] = result.failure.got;
    }
    cases.push_back(std::move(entry));
  }
  document["cases"] = std::move(cases);
  for (const Outcome outcome : kOutcomes) document["summary"][to_string(outcome)] = run.count(outcome);
  document["warnings"] = run.warnings;
  document["interrupted"] = run.interrupted;
  return document;
}

}  // namespace aoekit::conform

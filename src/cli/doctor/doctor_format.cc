// A few lines of what was seen, then each finding with its remedy.
#include "cli/doctor/doctor_format.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace aoekit::cli::doctor {
namespace {

constexpr std::size_t kWidth = 100;

// Words in lines of at most kWidth characters, each line behind `margin`.
std::string wrap(const std::string& text, const std::string& margin) {
  std::string out, line;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (!line.empty() && line.size() + 1 + word.size() > kWidth - margin.size()) {
      out += margin + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
    at = end + 1;
  }
  return line.empty() ? out : out + margin + line + "\n";
}

std::string state_of(const InterfaceFacts& one) {
  if (!one.exists) return "does not exist";
  if (!one.enabled) return "down";
  if (!one.carrier) return "no link";
  return fmt::format("up, MTU {}", one.mtu_bytes);
}

std::string driver_line(const LocalFacts& local) {
  std::string text;
  if (local.driver_loaded) {
    text = fmt::format("kernel driver aoe {} is loaded", local.driver_version.empty() ? "?" : local.driver_version);
  } else {
    text = local.driver_installed ? "kernel driver aoe is installed, not loaded" : "kernel driver aoe is not installed";
  }
  for (const std::string& directory : local.aoefuse_mounts) text += "; aoefuse on " + directory;
  return text;
}

std::string path_line(const PathFacts& path) {
  std::string text = fmt::format("{} on {} ({}): ", path.address.to_string(), path.interface, path.mac.to_string());
  text += path.disk ? fmt::format("{}, {} sectors", path.disk->model, path.disk->sectors) : "no disk";
  text += fmt::format("; {} buffers, {} sectors a frame", path.buffers, path.sectors_advertised);
  if (path.sectors_out) {
    text += fmt::format(", {} get there", *path.sectors_out);
    if (path.sectors_in) text += fmt::format(", {} come back", *path.sectors_in);
  }
  return text;
}

}  // namespace

std::size_t problem_count(const std::vector<Finding>& findings) {
  return static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(),
                                                [](const Finding& one) { return one.severity == Severity::problem; }));
}

std::string format_report(const Facts& facts, const std::vector<Finding>& findings) {
  std::string text;
  for (const InterfaceFacts& one : facts.interfaces)
    text += fmt::format("interface  {}: {}\n", one.name, state_of(one));
  text += fmt::format("client     {}\n", driver_line(facts.local));
  for (const PathFacts& path : facts.paths) text += fmt::format("target     {}\n", path_line(path));
  if (facts.paths.empty()) text += "target     none answered\n";
  for (const std::string& why : facts.not_looked_at) text += fmt::format("firewall   {}\n", why);
  for (const Finding& finding : findings) {
    text += fmt::format("\n{} {}: {}\n", finding.severity == Severity::problem ? "PROBLEM" : "ADVICE ", finding.code,
                        finding.subject);
    text += wrap(finding.text, "        ") + "     -> " + finding.remedy + "\n";
  }
  const std::size_t problems = problem_count(findings);
  return text + (problems == 0 ? "\nno problem found\n"
                               : fmt::format("\n{} problem{} found\n", problems, problems == 1 ? "" : "s"));
}

nlohmann::ordered_json report_json(const Facts& facts, const std::vector<Finding>& findings) {
  nlohmann::ordered_json report;
  report["problems"] = problem_count(findings);
  report["findings"] = nlohmann::ordered_json::array();
  for (const Finding& one : findings) {
    report["findings"].push_back({{"severity", to_string(one.severity)},
                                  {"code", one.code},
                                  {"subject", one.subject},
                                  {"text", one.text},
                                  {"remedy", one.remedy}});
  }
  report["interfaces"] = nlohmann::ordered_json::array();
  for (const InterfaceFacts& one : facts.interfaces) {
    report["interfaces"].push_back({{"name", one.name},
                                    {"up", one.enabled},
                                    {"carrier", one.carrier},
                                    {"mtu_bytes", one.mtu_bytes},
                                    {"mac", one.mac.to_string()},
                                    {"requests", one.requests},
                                    {"answers", one.answers}});
  }
  report["targets"] = nlohmann::ordered_json::array();
  for (const PathFacts& path : facts.paths) {
    nlohmann::ordered_json entry{{"address", path.address.to_string()},
                                 {"interface", path.interface},
                                 {"mac", path.mac.to_string()},
                                 {"buffers", path.buffers},
                                 {"sectors_per_frame", path.sectors_advertised}};
    if (path.disk) {
      entry["model"] = path.disk->model;
      entry["serial"] = path.disk->serial;
      entry["sectors"] = path.disk->sectors;
    }
    if (path.sectors_out) entry["sectors_out"] = *path.sectors_out;
    if (path.sectors_in) entry["sectors_in"] = *path.sectors_in;
    report["targets"].push_back(std::move(entry));
  }
  report["kernel_driver"] = {{"loaded", facts.local.driver_loaded},
                             {"installed", facts.local.driver_installed},
                             {"version", facts.local.driver_version}};
  report["aoefuse"] = facts.local.aoefuse_mounts;
  return report;
}

}  // namespace aoekit::cli::doctor

// Writing the last line.
#include "cli/report.h"

#include <fmt/core.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/exit_code.h"

namespace aoekit::cli {

int report(const Error& error) {
  note(error.message);
  return kExitFailed;
}

int report_usage(std::string_view message) {
  note(message);
  return kExitUsage;
}

void note(std::string_view message) { fmt::print(stderr, "aoe: {}\n", message); }

void print_json(const nlohmann::ordered_json& document) {
  fmt::print("{}\n", document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

void print_json_line(const nlohmann::ordered_json& document) {
  fmt::print("{}\n", document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace aoekit::cli

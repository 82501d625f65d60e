// SMART in words.
#include "cli/smart_format.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/text.h"

namespace aoekit::cli {
namespace {

constexpr std::size_t kBytesPerLine = 16;

const char* verdict_text(SmartVerdict verdict) {
  switch (verdict) {
    case SmartVerdict::passed: return "PASSED";
    case SmartVerdict::failing: return "FAILING: a threshold is exceeded";
  }
  return "?";
}

}  // namespace

std::string format_smart(const SmartReport& report) {
  std::string text = fmt::format("health: {}\n", verdict_text(report.verdict));
  if (!report.data.checksum_valid) text += "data page: WRONG checksum, do not rely on the values\n";
  std::vector<std::vector<std::string>> rows{{"ID", "ATTRIBUTE", "VALUE", "WORST", "THRESH", "RAW"}};
  for (const SmartAttribute& attribute : report.data.attributes) {
    rows.push_back({std::to_string(attribute.id), attribute_name(attribute.id), std::to_string(attribute.value),
                    std::to_string(attribute.worst),
                    attribute.threshold ? std::to_string(*attribute.threshold) : "-", std::to_string(attribute.raw)});
  }
  text += rows.size() == 1 ? "no attributes\n" : table(rows);
  for (const SmartLog& log : report.logs) {
    text += fmt::format("log {}: {} sector{}\n", log.address, log.sectors, log.sectors == 1 ? "" : "s");
  }
  return text;
}

nlohmann::ordered_json smart_json(const SmartReport& report) {
  auto attributes = nlohmann::ordered_json::array();
  for (const SmartAttribute& attribute : report.data.attributes) {
    nlohmann::ordered_json entry{{"id", attribute.id},       {"name", attribute_name(attribute.id)},
                                 {"flags", attribute.flags}, {"value", attribute.value},
                                 {"worst", attribute.worst}, {"raw", attribute.raw}};
    if (attribute.threshold) entry["threshold"] = *attribute.threshold;
    attributes.push_back(std::move(entry));
  }
  auto logs = nlohmann::ordered_json::array();
  for (const SmartLog& log : report.logs) logs.push_back({{"address", log.address}, {"sectors", log.sectors}});
  return {{"passed", report.verdict == SmartVerdict::passed},
          {"revision", report.data.revision},
          {"checksum_valid", report.data.checksum_valid},
          {"attributes", std::move(attributes)},
          {"logs", std::move(logs)}};
}

std::string hex_dump(ByteView bytes) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += kBytesPerLine) {
    const ByteView line = bytes.subspan(at, std::min(kBytesPerLine, bytes.size() - at));
    std::string digits, text;
    for (const std::uint8_t byte : line) {
      digits += fmt::format("{:02x} ", byte);
      text += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.';
    }
    out += fmt::format("{:04x}  {:<{}} {}\n", at, digits, kBytesPerLine * 3, text);
  }
  return out;
}

}  // namespace aoekit::cli

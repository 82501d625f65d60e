// Writing what the reader reads.
#include "config/to_toml.h"

#include <toml++/toml.h>

#include <sstream>

#include "config/choices.h"
#include "config/quantity.h"
#include "config/save.h"

namespace aoekit::config {
namespace {

std::string quoted_bytes(std::uint64_t bytes) { return quoted(format_bytes(bytes)); }

// { requests = 100, bytes = "1MiB" }, with the parts that differ.
std::string limit_text(const RateLimit& limit, const RateLimit& defaults) {
  std::string text;
  if (limit.requests != defaults.requests) text = fmt::format("requests = {}", limit.requests);
  if (limit.bytes != defaults.bytes) {
    if (!text.empty()) text += ", ";
    text += "bytes = " + quoted_bytes(limit.bytes);
  }
  return fmt::format("{{ {} }}", text);
}

// The words that were written, if they were; otherwise the addresses.
std::string station_text(const std::vector<wire::MacAddress>& macs, const std::vector<std::string>& words) {
  if (!words.empty()) return quoted_list(words);
  std::vector<std::string> texts;
  for (const wire::MacAddress& mac : macs) texts.push_back(mac.to_string());
  return quoted_list(texts);
}

class Lines {
 public:
  void add(std::string_view key, std::string value) {
    lines_.push_back({key, fmt::format("{} = {}", key, std::move(value))});
  }
  void add_allow(std::string_view key, const std::vector<wire::MacAddress>& macs, const std::vector<std::string>& words,
                 const std::vector<wire::MacAddress>& defaults) {
    if (macs != defaults) add(key, macs.empty() ? quoted_list({"*"}) : station_text(macs, words));
  }
  void add_deny(std::string_view key, const std::vector<wire::MacAddress>& macs, const std::vector<std::string>& words,
                const std::vector<wire::MacAddress>& defaults) {
    if (macs != defaults) add(key, macs.empty() ? "[]" : station_text(macs, words));
  }
  std::vector<KeyLine> take() { return std::move(lines_); }

 private:
  std::vector<KeyLine> lines_;
};

}  // namespace

std::string quoted(std::string_view text) {
  const toml::value<std::string> value{std::string(text)};
  std::ostringstream out;
  out << toml::toml_formatter(value, toml::format_flags::none);
  return out.str();
}

std::string quoted_list(const std::vector<std::string>& words) {
  std::string text = "[";
  for (const std::string& word : words) {
    if (text.size() > 1) text += ", ";
    text += quoted(word);
  }
  return text + "]";
}

std::vector<KeyLine> key_lines(const ExportConfig& config, const ExportConfig& defaults) {
  const auto flag = [](bool value) { return std::string(value ? "true" : "false"); };
  Lines lines;
  lines.add("path", quoted(config.path));
  if (config.description != defaults.description) lines.add("description", quoted(config.description));
  if (config.interfaces != defaults.interfaces) lines.add("interfaces", quoted_list(config.interfaces));
  if (config.first_sector != defaults.first_sector) lines.add("offset", quoted_bytes(config.first_sector.bytes()));
  if (config.length != defaults.length) lines.add("length", quoted_bytes(config.length.value_or(Sectors{}).bytes()));
  if (config.read_only != defaults.read_only) lines.add("read_only", flag(config.read_only));
  if (config.serial != defaults.serial) lines.add("serial", quoted(config.serial.value_or("")));
  if (config.model != defaults.model) lines.add("model", quoted(config.model.value_or("")));
  if (config.buffers != defaults.buffers) lines.add("buffers", fmt::format("{}", config.buffers));
  if (config.durability != defaults.durability) {
    lines.add("durability", quoted(word_for(kDurabilities, config.durability)));
  }
  if (config.caching != defaults.caching) lines.add("caching", quoted(word_for(kCachings, config.caching)));
  if (config.sharing != defaults.sharing) lines.add("sharing", quoted(word_for(kSharings, config.sharing)));
  if (config.exclusive_timeout != defaults.exclusive_timeout) {
    lines.add("exclusive_timeout", quoted(format_duration(config.exclusive_timeout)));
  }
  const AccessList &read = config.read_access, &write = config.write_access;
  lines.add_allow("allow", read.allow, read.allow_words, defaults.read_access.allow);
  lines.add_deny("deny", read.deny, read.deny_words, defaults.read_access.deny);
  lines.add_allow("allow_write", write.allow, write.allow_words, defaults.write_access.allow);
  lines.add_deny("deny_write", write.deny, write.deny_words, defaults.write_access.deny);
  if (config.limit != defaults.limit) lines.add("limit", limit_text(config.limit, defaults.limit));
  if (config.client_limit != defaults.client_limit) {
    lines.add("client_limit", limit_text(config.client_limit, defaults.client_limit));
  }
  if (config.force != defaults.force) lines.add("force", flag(config.force));
  return lines.take();
}

std::string to_toml(const ExportConfig& config, const ExportConfig& defaults) {
  std::string text = fmt::format("[export.\"{}\"]\n", config.address.to_string());
  for (const KeyLine& line : key_lines(config, defaults)) text += line.line + "\n";
  return text;
}

}  // namespace aoekit::config

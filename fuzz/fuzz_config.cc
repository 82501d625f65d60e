// Fuzzes aoed's configuration: files, settings of the control socket, and other targets' files. Any bytes get an
// answer; what is accepted writes, and reads back equal; what is imported without an error is valid.
#include "base/bytes.h"
#include "base/check.h"
#include "config/import.h"
#include "config/load.h"
#include "config/save.h"
#include "config/settings.h"
#include "config/to_toml.h"
#include "config_input.h"

namespace aoekit::config {
namespace {

std::string macs_text(const std::vector<wire::MacAddress>& macs) {
  std::vector<std::string> words;
  for (const wire::MacAddress& mac : macs) words.push_back(mac.to_string());
  return quoted_list(words);
}

// A file that says what `config` says of names, defaults and exports.
std::string written(const Config& config) {
  std::string text = "interfaces = [\"*\"]\n[defaults]\n";
  for (const KeyLine& line : key_lines(config.defaults, {})) {
    if (line.key != "path") text += line.line + "\n";
  }
  text += "[stations]\n";
  for (const auto& [name, mac] : config.names.stations) {
    text += quoted(name) + " = " + quoted(mac.to_string()) + "\n";
  }
  text += "[groups]\n";
  for (const auto& [name, macs] : config.names.groups) text += quoted(name) + " = " + macs_text(macs) + "\n";
  for (const ExportConfig& one : config.exports) text += to_toml(one, config.defaults);
  return text;
}

void check_round_trip(const Config& config) {
  const auto again = check_config({{"aoed.toml", written(config)}});
  AOEKIT_CHECK(again.value.has_value());
  AOEKIT_CHECK(same(again.value->defaults, config.defaults));
  AOEKIT_CHECK(again.value->names.stations == config.names.stations);
  AOEKIT_CHECK(again.value->exports.size() == config.exports.size());
  for (std::size_t i = 0; i < config.exports.size(); ++i) {
    AOEKIT_CHECK(same(again.value->exports[i], config.exports[i]));
  }
}

template <class T>
void check_answer(const Checked<T>& checked) {
  AOEKIT_CHECK(checked.value.has_value() == !has_errors(checked.problems));
  for (const Problem& problem : checked.problems) AOEKIT_CHECK(!problem.message.empty() && !problem.remedy.empty());
  if (has_errors(checked.problems)) AOEKIT_CHECK(!as_error(checked.problems).message.empty());
  (void)to_text(checked.problems);
}

void check_file(const std::string& text) {
  const auto checked = check_config({{"aoed.toml", text}}, fuzz::kEthers);
  check_answer(checked);
  if (checked.value) check_round_trip(*checked.value);
}

void check_settings(const std::string& text) {
  static const Config now = check_config({{"aoed.toml", fuzz::kRunning}}, fuzz::kEthers).value.value();
  const auto added = parse_new_export({2, 0}, text, now);
  check_answer(added);
  const auto changed = parse_changed_export({1, 0}, text, now);
  check_answer(changed);
  Config after = now;
  if (changed.value) after.exports.at(0) = *changed.value;
  if (added.value) after.exports.push_back(*added.value);
  // Each was checked against what runs, not against the other.
  if (added.value) after.exports.back().force = true;
  check_round_trip(after);
}

void check_import(ImportFormat format, const std::string& text) {
  (void)detect_format(text);
  const Imported imported = import_config(format, {{"import.conf", text}}, fuzz::kEthers);
  const auto checked = check_config({{"result", imported.toml}}, fuzz::kEthers);
  if (!has_errors(imported.problems)) AOEKIT_CHECK(checked.value.has_value());
}

}  // namespace
}  // namespace aoekit::config

// The first byte says what the rest is; see config_input.h.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aoekit;
  if (size == 0) return 0;
  const std::string text(data + 1, data + size);
  switch (static_cast<char>(data[0])) {
    case fuzz::kFile: config::check_file(text); break;
    case fuzz::kSettings: config::check_settings(text); break;
    case fuzz::kVblade: config::check_import(config::ImportFormat::vblade, text); break;
    case fuzz::kGgaoed: config::check_import(config::ImportFormat::ggaoed, text); break;
    case fuzz::kQaoed: config::check_import(config::ImportFormat::qaoed, text); break;
    default: break;
  }
  return 0;
}

// Which format a text is, and who reads it.
#include "config/import.h"

#include <fmt/core.h>

#include <sstream>

#include "config/import_builder.h"

namespace aoekit::config {
namespace {

struct Format {
  ImportFormat format;
  std::string_view name;
  std::string_view files;
  void (*read)(const Source& source, ImportBuilder& builder);
};
constexpr Format kFormats[] = {
    {ImportFormat::vblade, "vblade", "vblade's configuration", import_vblade},
    {ImportFormat::ggaoed, "ggaoed", "ggaoed's configuration", import_ggaoed},
    {ImportFormat::qaoed, "qaoed", "qaoed's configuration", import_qaoed},
};

// The length of the UTF-8 sequence at the front, or 0.
std::size_t sequence_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3
                             : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and what lies beyond Unicode.
  const auto second = length > 1 ? static_cast<unsigned char>(text[1]) : 0;
  const bool bad = (lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
                   (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f);
  return bad ? 0 : length;
}

// TOML is UTF-8: other bytes become question marks, and the path that had them a wrong one that is seen.
std::string valid_utf8(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) {
      out += '?';
      text.remove_prefix(1);
    } else {
      out += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return out;
}

}  // namespace

std::string_view name_of(ImportFormat format) {
  for (const Format& one : kFormats) {
    if (one.format == format) return one.name;
  }
  return "";
}

std::optional<ImportFormat> import_format(std::string_view name) {
  for (const Format& one : kFormats) {
    if (one.name == name) return one.format;
  }
  return std::nullopt;
}

std::optional<ImportFormat> detect_format(std::string_view text) {
  std::istringstream lines{std::string(text)};
  bool assigns = false;
  for (std::string line; std::getline(lines, line);) {
    const std::string_view content = trim(std::string_view(line).substr(0, line.find('#')));
    if (content.empty()) continue;
    if (content.starts_with('[') && content.ends_with(']')) return ImportFormat::ggaoed;
    const std::string_view word = content.substr(0, content.find_first_of(" \t{="));
    for (const char* section : {"default", "device", "interface", "logging", "access-list", "apisocket"}) {
      if (word == section) return ImportFormat::qaoed;
    }
    for (const char* key : {"shelf=", "slot=", "netif=", "filename="}) {
      assigns = assigns || content.starts_with(key) || content.starts_with(std::string("export ") + key);
    }
  }
  return assigns ? std::optional(ImportFormat::vblade) : std::nullopt;
}

Imported import_config(ImportFormat format, const std::vector<Source>& sources, std::string_view ethers) {
  ImportBuilder builder;
  for (const Format& one : kFormats) {
    if (one.format != format) continue;
    for (const Source& source : sources) one.read({source.file, valid_utf8(source.text)}, builder);
    return builder.finish(one.files, ethers);
  }
  return {};
}

}  // namespace aoekit::config

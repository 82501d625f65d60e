// Other targets' configurations, turned into aoed's: what `aoe config import` does.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"
#include "config/problem.h"

namespace aoekit::config {

enum class ImportFormat : std::uint8_t {
  vblade,  // /etc/vblade.conf.d/*.conf: a shell fragment for each export
  ggaoed,  // ggaoed.conf: sections in brackets
  qaoed,   // qaoed.conf: sections in braces
};
std::string_view name_of(ImportFormat format);
std::optional<ImportFormat> import_format(std::string_view name);
// Which one a text is, by what is in it; nothing where it is none of them.
std::optional<ImportFormat> detect_format(std::string_view text);

struct Imported {
  std::string toml;    // a whole aoed.toml
  // Warnings: what has no equal here, and why. Errors: what could not be taken over and so is not in `toml`, or what is
  // wrong with it.
  Problems problems;
};
// All `sources` are of one format and become one file. `ethers` is the text of /etc/ethers. Any bytes may come.
Imported import_config(ImportFormat format, const std::vector<Source>& sources, std::string_view ethers = {});

}  // namespace aoekit::config

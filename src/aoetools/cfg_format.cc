// Names of errors; strings as they came.
#include "aoetools/cfg_format.h"

#include <fmt/core.h>

#include "wire/decode.h"

namespace aoekit::aoetools {
namespace {

const char* error_name(std::uint8_t error) {
  switch (error) {
    case 1: return "*badcmd*";
    case 2: return "*badarg*";
    case 3: return "*baddev*";
    case 4: return "*badcfg*";
    case 5: return "*badvers*";
    default: return "*GOK*";
  }
}

}  // namespace

std::optional<std::string> answer_line(const wire::Header& header, ByteView frame, bool string_alone) {
  std::string text;
  if (header.is_error()) {
    text = error_name(header.error);
  } else {
    const auto body = wire::decode_body(header, frame);
    const auto* config = body ? std::get_if<wire::ConfigBody>(&*body) : nullptr;
    if (config == nullptr) return std::nullopt;
    text.assign(config->text.begin(), config->text.end());
  }
  return string_alone ? text + "\n" : fmt::format("{}.{}\t{}\n", header.address.shelf, header.address.slot, text);
}

}  // namespace aoekit::aoetools

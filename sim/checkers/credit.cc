// Counts ATA transfers; queries and IDENTIFY are no burden on a disk's queue, and Linux does not count them either.
#include "sim/checkers/credit.h"

#include <fmt/core.h>

#include "wire/decode.h"

namespace aoekit::sim {
namespace {

constexpr std::uint8_t kIdentify = 0xec;

}  // namespace

std::string CreditChecker::sent(ByteView frame, Instant now) {
  const auto header = wire::decode_header(frame);
  if (!header || header->command != 0 || header->is_response()) return {};
  const auto body = wire::decode_body(*header, frame);
  if (!body || std::get<wire::AtaBody>(*body).command_or_status == kIdentify) return {};
  std::erase_if(outstanding_, [&](const auto& entry) { return now - entry.second.at >= patience_; });
  outstanding_[header->tag] = {header->destination, now};
  std::uint32_t count = 0;
  for (const auto& [tag, sent] : outstanding_) count += sent.to == header->destination ? 1 : 0;
  const std::uint32_t buffers = buffers_[header->destination];
  if (count <= buffers) return {};
  return fmt::format("{} requests are outstanding at {}, which advertised {} buffers", count,
                     header->destination.to_string(), buffers);
}

void CreditChecker::received(ByteView frame) {
  const auto header = wire::decode_header(frame);
  if (!header || !header->is_response()) return;
  const auto body = wire::decode_body(*header, frame);
  if (!body) return;
  if (const auto* config = std::get_if<wire::ConfigBody>(&*body); config != nullptr && !header->is_error()) {
    // 0 is taken as 1, so that such targets work too.
    buffers_[header->source] = config->buffer_count == 0 ? 1 : config->buffer_count;
  }
  if (header->command == 0) outstanding_.erase(header->tag);
}

}  // namespace aoekit::sim

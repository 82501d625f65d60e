// Counts ATA transfers; queries and IDENTIFY are no burden on a disk's queue, and Linux does not count them either.
#include "sim/checkers/credit.h"

#include <fmt/core.h>

#include "wire/decode.h"

namespace aoekit::sim {
namespace {

constexpr std::uint8_t kIdentify = 0xec;

}  // namespace

std::string CreditChecker::sent(ByteView frame) {
  const auto header = wire::decode_header(frame);
  if (!header || header->command != 0 || header->is_response()) return {};
  const auto body = wire::decode_body(*header, frame);
  if (!body || std::get<wire::AtaBody>(*body).command_or_status == kIdentify) return {};
  const auto known = outstanding_.find(header->tag);
  if (known != outstanding_.end()) --targets_[known->second].outstanding;
  outstanding_[header->tag] = header->destination;
  Target& target = targets_[header->destination];
  ++target.outstanding;
  if (target.outstanding <= target.buffers) return {};
  return fmt::format("{} requests are outstanding at {}, which advertised {} buffers", target.outstanding,
                     header->destination.to_string(), target.buffers);
}

void CreditChecker::received(ByteView frame) {
  const auto header = wire::decode_header(frame);
  if (!header || !header->is_response()) return;
  const auto body = wire::decode_body(*header, frame);
  if (!body) return;
  if (const auto* config = std::get_if<wire::ConfigBody>(&*body); config != nullptr && !header->is_error()) {
    // 0 is taken as 1, so that such targets work too.
    targets_[header->source].buffers = config->buffer_count == 0 ? 1 : config->buffer_count;
  }
  const auto known = outstanding_.find(header->tag);
  if (known == outstanding_.end() || header->command != 0) return;
  --targets_[known->second].outstanding;
  outstanding_.erase(known);
}

}  // namespace aoekit::sim

// One ATA exchange, IDENTIFY, and the explanation of refusals.
#include "cli/ata_client.h"

#include "ata/registers.h"
#include "cli/list_client.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::cli {
namespace {

constexpr std::uint8_t kStatusFailureMask = 0xa9;  // BSY, DF, DRQ, ERR

}  // namespace

bool AtaReply::failed() const { return (status & kStatusFailureMask) != 0; }

Result<AtaReply> ata_command(Station& station, const Target& target, const wire::AtaBody& command,
                             const Patience& patience) {
  const wire::Header header = station.request_header(target.port, wire::Command::ata, target.mac, target.address);
  std::vector<std::uint8_t> frame(wire::kAtaHeaderBytes + command.data.size() + wire::kMinFrameBytes);
  const auto reply = station.exchange(target.port, wire::encode(frame, header, command), patience);
  if (!reply) return tl::unexpected(reply.error());
  const auto reply_header = wire::decode_header(reply->bytes).value();
  if (reply_header.is_error()) {
    return tl::unexpected(explain_aoe_error(station, target, reply_header.error, patience));
  }
  const auto body = wire::decode_body(reply_header, reply->bytes);
  if (!body) {
    return fail("{}: malformed answer ({})", target.address.to_string(), wire::to_string(body.error()));
  }
  const auto& ata = std::get<wire::AtaBody>(*body);
  return AtaReply{ata.command_or_status, ata.feature_or_error, ata.count, ata.lba, {ata.data.begin(), ata.data.end()}};
}

Result<std::vector<std::uint8_t>> identify_page(Station& station, const Target& target, const Patience& patience) {
  wire::AtaBody command;
  command.count = 1;
  command.command_or_status = static_cast<std::uint8_t>(ata::Opcode::identify_device);
  command.lba[3] = 0xa0;  // the device register as the Linux driver fills it
  auto reply = ata_command(station, target, command, patience);
  if (!reply) return tl::unexpected(reply.error());
  if (reply->failed() || reply->data.size() < ata::kIdentifyBytes) {
    return fail("{}: the target does not identify its disk (status 0x{:02x}, error 0x{:02x}, {} bytes)",
                target.address.to_string(), reply->status, reply->error, reply->data.size());
  }
  reply->data.resize(ata::kIdentifyBytes);
  return std::move(reply->data);
}

Result<ata::IdentifyPage> identify(Station& station, const Target& target, const Patience& patience) {
  const auto page = identify_page(station, target, patience);
  if (!page) return tl::unexpected(page.error());
  return ata::parse_identify(*page).value();
}

std::string describe_holders(const std::vector<wire::MacAddress>& holders) {
  if (holders.empty()) return "not reserved";
  std::string text = "reserved for ";
  for (std::size_t i = 0; i < holders.size(); ++i) text += (i == 0 ? "" : ", ") + holders[i].to_string();
  return text;
}

Error explain_aoe_error(Station& station, const Target& target, std::uint8_t error, const Patience& patience) {
  const auto known = wire::aoe_error_from(error);
  const std::string name = target.address.to_string();
  if (!known) return {fmt::format("{}: the target answered AoE error {} (unknown)", name, error)};
  if (*known == wire::AoeError::target_reserved) {
    const auto holders = read_reservation(station, target, patience);
    // The list may be gone by now; then the plain error has to do.
    if (holders && !holders->empty()) {
      return {fmt::format("{}: {} (see: aoe reserve {} list)", name, describe_holders(*holders), name)};
    }
  }
  return {fmt::format("{}: the target answered AoE error {} ({})", name, error, wire::to_string(*known))};
}

}  // namespace aoekit::cli

// Mask and reserve requests and the lists in their responses.
#include "cli/list_client.h"

#include "base/check.h"
#include "cli/ata_client.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::cli {
namespace {

const char* describe_mask_error(std::uint8_t error) {
  switch (static_cast<wire::MaskError>(error)) {
    case wire::MaskError::ok: return "no error";
    case wire::MaskError::unspecified: return "unspecified error";
    case wire::MaskError::bad_directive: return "it does not know the directive";
    case wire::MaskError::list_full: return "its list is full";
  }
  return "unknown error";
}

Result<MacList> mask_exchange(Station& station, const Target& target, const wire::MaskBody& body,
                              const Patience& patience) {
  const wire::Header header = station.request_header(target.port, wire::Command::mask, target.mac, target.address);
  std::vector<std::uint8_t> frame(wire::kMaskHeaderBytes + body.directives.size() + wire::kMinFrameBytes);
  const auto reply = station.exchange(target.port, wire::encode(frame, header, body), patience);
  if (!reply) return tl::unexpected(reply.error());
  const auto reply_header = wire::decode_header(reply->bytes).value();
  if (reply_header.is_error()) {
    return tl::unexpected(explain_aoe_error(station, target, reply_header.error, patience));
  }
  const auto decoded = wire::decode_body(reply_header, reply->bytes);
  const auto* mask = decoded ? std::get_if<wire::MaskBody>(&*decoded) : nullptr;
  if (mask != nullptr && mask->error != 0) {
    return fail("{}: the target refused the edit after {} of {} entries: {}", target.address.to_string(), mask->count,
                body.count, describe_mask_error(mask->error));
  }
  if (mask == nullptr) return fail("{}: the target's mask list answer is malformed", target.address.to_string());
  MacList macs;
  for (std::size_t i = 0; i < mask->count; ++i) macs.push_back(mask->directive(i).mac);
  return macs;
}

Result<MacList> reserve_exchange(Station& station, const Target& target, wire::ReserveOp op, const MacList& macs,
                                 const Patience& patience) {
  AOEKIT_CHECK(macs.size() <= wire::kReserveEntriesMax);
  const wire::Header header = station.request_header(target.port, wire::Command::reserve, target.mac, target.address);
  std::vector<std::uint8_t> list;
  for (const wire::MacAddress& mac : macs) list.insert(list.end(), mac.bytes.begin(), mac.bytes.end());
  std::vector<std::uint8_t> frame(wire::kReserveHeaderBytes + list.size() + wire::kMinFrameBytes);
  const wire::ReserveBody body{static_cast<std::uint8_t>(op), list};
  const auto reply = station.exchange(target.port, wire::encode(frame, header, body), patience);
  if (!reply) return tl::unexpected(reply.error());
  const auto reply_header = wire::decode_header(reply->bytes).value();
  if (reply_header.is_error()) {
    return tl::unexpected(explain_aoe_error(station, target, reply_header.error, patience));
  }
  const auto decoded = wire::decode_body(reply_header, reply->bytes);
  const auto* reserve = decoded ? std::get_if<wire::ReserveBody>(&*decoded) : nullptr;
  if (reserve == nullptr) return fail("{}: the target's reservation answer is malformed", target.address.to_string());
  MacList holders;
  for (std::size_t i = 0; i < reserve->mac_count(); ++i) holders.push_back(reserve->mac(i));
  return holders;
}

}  // namespace

Result<MacList> read_mask(Station& station, const Target& target, const Patience& patience) {
  return mask_exchange(station, target, {}, patience);
}

Result<MacList> edit_mask(Station& station, const Target& target, const MaskEdit& edit, const Patience& patience) {
  AOEKIT_CHECK(!edit.macs.empty() && edit.macs.size() <= wire::kMaskEntriesMax);
  std::vector<std::uint8_t> directives;
  for (const wire::MacAddress& mac : edit.macs) {
    directives.push_back(0);
    directives.push_back(static_cast<std::uint8_t>(edit.directive));
    directives.insert(directives.end(), mac.bytes.begin(), mac.bytes.end());
  }
  const wire::MaskBody body{.op = static_cast<std::uint8_t>(wire::MaskOp::edit),
                            .count = static_cast<std::uint8_t>(edit.macs.size()),
                            .directives = directives};
  return mask_exchange(station, target, body, patience);
}

Result<MacList> read_reservation(Station& station, const Target& target, const Patience& patience) {
  return reserve_exchange(station, target, wire::ReserveOp::read, {}, patience);
}

Result<MacList> change_reservation(Station& station, const Target& target, wire::ReserveOp op, const MacList& macs,
                                   const Patience& patience) {
  return reserve_exchange(station, target, op, macs, patience);
}

}  // namespace aoekit::cli

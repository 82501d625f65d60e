// Checked conversions and names of wire values.
#include "wire/frame.h"

#include "base/check.h"

namespace aoekit::wire {
namespace {

// The enumerator with this value, where all enumerators from 0 (or `first`) to `last` exist.
template <class E>
std::optional<E> checked(std::uint8_t value, E last, std::uint8_t first = 0) {
  if (value < first || value > static_cast<std::uint8_t>(last)) return std::nullopt;
  return static_cast<E>(value);
}

}  // namespace

MaskBody::Directive MaskBody::directive(std::size_t i) const {
  AOEKIT_CHECK(i < directives.size() / kMaskDirectiveBytes);
  const ByteView bytes = directives.subspan(i * kMaskDirectiveBytes, kMaskDirectiveBytes);
  return {bytes[1], MacAddress::from_bytes(bytes.subspan(2))};
}

std::optional<Command> command_from(std::uint8_t value) { return checked(value, Command::reserve); }
std::optional<AoeError> aoe_error_from(std::uint8_t value) { return checked(value, AoeError::target_reserved, 1); }
std::optional<ConfigOp> config_op_from(std::uint8_t value) { return checked(value, ConfigOp::force_set); }
std::optional<MaskOp> mask_op_from(std::uint8_t value) { return checked(value, MaskOp::edit); }
std::optional<ReserveOp> reserve_op_from(std::uint8_t value) { return checked(value, ReserveOp::force_set); }

const char* to_string(RejectReason reason) {
  switch (reason) {
    case RejectReason::too_short: return "frame_too_short";
    case RejectReason::not_aoe: return "not_aoe";
    case RejectReason::ata_too_short: return "ata_too_short";
    case RejectReason::config_too_short: return "config_too_short";
    case RejectReason::config_string_long: return "config_string_too_long";
    case RejectReason::mask_too_short: return "mask_too_short";
    case RejectReason::reserve_too_short: return "reserve_too_short";
  }
  return "?";
}

const char* to_string(AoeError error) {
  switch (error) {
    case AoeError::unrecognized_command: return "unrecognized command";
    case AoeError::bad_argument: return "bad argument";
    case AoeError::device_unavailable: return "device unavailable";
    case AoeError::config_string_present: return "config string present";
    case AoeError::unsupported_version: return "unsupported version";
    case AoeError::target_reserved: return "target is reserved";
  }
  return "?";
}

const char* to_string(Command command) {
  switch (command) {
    case Command::ata: return "ata";
    case Command::config: return "config";
    case Command::mask: return "mask";
    case Command::reserve: return "reserve";
  }
  return "?";
}

}  // namespace aoekit::wire

// Sentences and numbers for people and programs.
#include "client/describe.h"

#include <fmt/core.h>

#include <cerrno>

#include "base/check.h"
#include "wire/constants.h"

namespace aoekit::client {
namespace {

using initiator::DeviceEventKind;
using initiator::Outcome;

bool is_reserved(const initiator::Completion& completion) {
  return completion.outcome == Outcome::aoe_error &&
         completion.code == static_cast<std::uint8_t>(wire::AoeError::target_reserved);
}

std::string size_text(Sectors size) { return fmt::format("{:.3f} GB", static_cast<double>(size.bytes()) / 1e9); }

}  // namespace

int errno_of(const initiator::Completion& completion) {
  AOEKIT_CHECK(completion.outcome != Outcome::ok);
  if (is_reserved(completion)) return EACCES;
  if (completion.outcome == Outcome::replaced) return ESTALE;
  switch (completion.status) {
    case block::BlockStatus::ok:
    case block::BlockStatus::medium_error:
    case block::BlockStatus::unavailable: return EIO;
    case block::BlockStatus::no_space:
    case block::BlockStatus::out_of_range: return ENOSPC;
    case block::BlockStatus::read_only: return EROFS;
    case block::BlockStatus::unsupported: return completion.kind == block::OpKind::trim ? EOPNOTSUPP : EIO;
  }
  return EIO;
}

std::string explain_failure(wire::AoeAddress address, const initiator::Completion& completion) {
  const std::string disk = address.to_string();
  if (!is_reserved(completion)) return fmt::format("{}: {}", disk, initiator::explain(completion));
  const std::string holder = completion.holder ? completion.holder->to_string() : "another station";
  return fmt::format("{}: reserved for {} (see: aoe reserve {} list)", disk, holder, disk);
}

std::string describe(const initiator::DeviceEvent& event, const std::string& interface) {
  const std::string disk = event.address.to_string();
  const auto path = [&] { return fmt::format("{} by {}", event.target_mac.to_string(), interface); };
  switch (event.kind) {
    case DeviceEventKind::appeared: return fmt::format("{}: found, {}", disk, size_text(event.size));
    case DeviceEventKind::up: return fmt::format("{}: answers again", disk);
    case DeviceEventKind::down: return fmt::format("{}: does not answer: its requests fail until it does", disk);
    case DeviceEventKind::resized: return fmt::format("{}: has {} now", disk, size_text(event.size));
    case DeviceEventKind::path_found: return fmt::format("{}: a path to {}", disk, path());
    case DeviceEventKind::path_lost: return fmt::format("{}: the path to {} is lost", disk, path());
    case DeviceEventKind::path_up: return fmt::format("{}: the path to {} is used again", disk, path());
    case DeviceEventKind::path_small:
      return fmt::format("{}: large frames get lost on the path to {}: it gets small ones (does every switch and "
                         "interface on the way have the same MTU?)", disk, path());
    case DeviceEventKind::conflict:
      return fmt::format("{}: {} answers with another disk (serial or model): it is not used", disk, path());
    case DeviceEventKind::replaced:
      return fmt::format("{}: another disk has taken the address: requests of those who have it open fail", disk);
    case DeviceEventKind::forgotten: return fmt::format("{}: forgotten", disk);
    case DeviceEventKind::overflow: return "more happened than could be told: look at all disks again";
  }
  return disk;
}

}  // namespace aoekit::client

// Restoring, as carefully as the target allows: it may have locked us out, or be dead.
#include "cli/conform/keeper.h"

#include <algorithm>
#include <fstream>

#include "base/check.h"

namespace aoekit::conform {
namespace {

std::string text_of(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

std::vector<wire::MacAddress> without(std::vector<wire::MacAddress> list, const std::vector<wire::MacAddress>& gone) {
  std::erase_if(list,
                [&](const wire::MacAddress& mac) { return std::find(gone.begin(), gone.end(), mac) != gone.end(); });
  return list;
}

}  // namespace

std::vector<wire::MacAddress> stations_of(const wire::MaskBody& body) {
  std::vector<wire::MacAddress> list;
  for (std::size_t i = 0; i < body.directives.size() / wire::kMaskDirectiveBytes; ++i) {
    list.push_back(body.directive(i).mac);
  }
  return list;
}

std::vector<wire::MacAddress> stations_of(const wire::ReserveBody& body) {
  std::vector<wire::MacAddress> list;
  for (std::size_t i = 0; i < body.mac_count(); ++i) list.push_back(body.mac(i));
  return list;
}

void Keeper::remember_lists() {
  config_string_ = text_of(probe_.ask_ok(probe_.config(wire::ConfigOp::read)).config().text);
  const auto mask = probe_.try_ask(probe_.mask_read());
  if (mask && !mask->header.is_error()) mask_ = stations_of(mask->mask());
  const auto reserve = probe_.try_ask(probe_.reserve(wire::ReserveOp::read));
  if (reserve && !reserve->header.is_error()) reserved_for_ = stations_of(reserve->reserve());
}

Status Keeper::remember_window() {
  AOEKIT_CHECK(probe_.options().window.has_value());
  const SectorRange window = *probe_.options().window;
  const std::uint32_t step = probe_.facts().sectors_per_frame;
  Bytes data;
  for (std::uint64_t lba = window.first.value; lba < window.end(); lba += step) {
    const auto count = static_cast<std::uint32_t>(std::min<std::uint64_t>(step, window.end() - lba));
    try {
      const Bytes part = probe_.read(lba, count);
      data.insert(data.end(), part.begin(), part.end());
    } catch (const CaseFailed& failed) {
      return fail("sector {} of the window cannot be read: {}", lba, failed.got);
    }
  }
  window_data_ = std::move(data);
  return {};
}

Status Keeper::restore_window() {
  if (window_data_.empty()) return {};
  const SectorRange window = *probe_.options().window;
  const std::uint32_t step = probe_.facts().sectors_per_frame;
  try {
    for (std::uint64_t lba = window.first.value; lba < window.end(); lba += step) {
      const std::uint64_t count = std::min<std::uint64_t>(step, window.end() - lba);
      const ByteView part =
          ByteView(window_data_).subspan((lba - window.first.value) * kSectorBytes, count * kSectorBytes);
      const Bytes present = probe_.read(lba, static_cast<std::uint32_t>(count));
      if (std::equal(part.begin(), part.end(), present.begin())) continue;
      probe_.write(lba, part);
      probe_.equal_bytes("the restored sectors", probe_.read(lba, static_cast<std::uint32_t>(count)), part);
    }
  } catch (const CaseFailed& failed) {
    return rescue_to_file(failed.got);
  }
  window_data_.clear();
  return {};
}

Status Keeper::rescue_to_file(const std::string& why) const {
  const std::string name = fmt::format("aoe-conform-{}-sector-{}.img", probe_.options().address.to_string(),
                                       probe_.options().window->first.value);
  std::ofstream file(name, std::ios::binary);
  file.write(reinterpret_cast<const char*>(window_data_.data()), static_cast<std::streamsize>(window_data_.size()));
  file.close();
  if (!file) return fail("the window's sectors could not be restored ({}), nor saved to {}", why, name);
  return fail("the window's sectors could not be restored ({}): their old content is in {}, put it back with aoe write",
              why, name);
}

Status Keeper::restore_lists() {
  try {
    const Status mask = restore_mask();
    if (!mask) return mask;
    const Status reserve = restore_reserve();
    if (!reserve) return reserve;
    return restore_config();
  } catch (const CaseFailed& failed) {
    return fail("the target's lists or config string could not be restored: expected {}, got {}", failed.expected,
                failed.got);
  }
}

std::optional<wire::MacAddress> Keeper::station_that_is_heard() {
  std::vector<wire::MacAddress> stations{probe_.link().mac()};
  if (probe_.link().sees_other_stations()) {
    stations.insert(stations.end(), probe_.options().other_stations.begin(), probe_.options().other_stations.end());
  }
  for (const wire::MacAddress& station : stations) {
    if (probe_.try_ask(with_source(probe_.config(wire::ConfigOp::read), station))) return station;
  }
  return std::nullopt;
}

void Keeper::edit_mask(wire::MacAddress station, std::uint8_t directive,
                       const std::vector<wire::MacAddress>& stations) {
  const std::size_t step =
      (probe_.link().mtu_bytes() + wire::kEthernetHeaderBytes - wire::kMaskHeaderBytes) / wire::kMaskDirectiveBytes;
  for (std::size_t first = 0; first < stations.size(); first += std::min<std::size_t>(step, wire::kMaskEntriesMax)) {
    std::vector<wire::MaskBody::Directive> edits;
    for (std::size_t i = first; i < stations.size() && edits.size() < std::min<std::size_t>(step, 255); ++i) {
      edits.push_back({directive, stations[i]});
    }
    // The answer may be too long for the interface, or no longer for us: what counts is the list in the end.
    static_cast<void>(probe_.try_ask(with_source(probe_.mask_edit(edits), station)));
  }
}

Status Keeper::restore_mask() {
  const auto station = station_that_is_heard();
  if (!station) return fail("the target answers no station any more: its lists are as the last case left them");
  const auto reply = probe_.try_ask(with_source(probe_.mask_read(), *station));
  if (reply && reply->header.is_error()) return {};  // it knows no mask list
  const std::vector<wire::MacAddress> present = reply ? stations_of(reply->mask()) : std::vector<wire::MacAddress>{};
  if (reply && present == mask_) return {};
  // The station that is heard goes last, or nothing would be heard after it.
  std::vector<wire::MacAddress> gone = without(present, mask_);
  std::stable_partition(gone.begin(), gone.end(), [&](const wire::MacAddress& mac) { return mac != *station; });
  edit_mask(*station, static_cast<std::uint8_t>(wire::MaskDirective::add), without(mask_, present));
  edit_mask(*station, static_cast<std::uint8_t>(wire::MaskDirective::remove), gone);
  const auto after = probe_.try_ask(probe_.mask_read());
  std::vector<wire::MacAddress> left = after ? stations_of(after->mask()) : std::vector<wire::MacAddress>{};
  std::vector<wire::MacAddress> wanted = mask_;
  std::sort(left.begin(), left.end());
  std::sort(wanted.begin(), wanted.end());
  if (!after || left != wanted) return fail("the mask list could not be restored: check it with 'aoe mask'");
  return {};
}

Status Keeper::restore_reserve() {
  const auto reply = probe_.try_ask(probe_.reserve(wire::ReserveOp::read));
  if (!reply) return fail("the target does not tell its reserve list: check it with 'aoe reserve'");
  if (reply->header.is_error() || stations_of(reply->reserve()) == reserved_for_) return {};
  const Reply after = probe_.ask_ok(probe_.reserve(wire::ReserveOp::force_set, reserved_for_));
  if (stations_of(after.reserve()) != reserved_for_) {
    return fail("the reserve list could not be restored: check it with 'aoe reserve'");
  }
  return {};
}

Status Keeper::restore_config() {
  const Reply present = probe_.ask_ok(probe_.config(wire::ConfigOp::read));
  if (text_of(present.config().text) == config_string_) return {};
  const Reply after = probe_.ask_ok(probe_.config(wire::ConfigOp::force_set, config_string_));
  if (text_of(after.config().text) != config_string_) {
    return fail("the config string could not be restored: check it with 'aoe config'");
  }
  return {};
}

}  // namespace aoekit::conform

// The registry's changes to what belongs to an export besides its configuration: lists that stations see, and its size.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <future>
#include <utility>

#include "base/fd.h"
#include "daemon/registry.h"
#include "wire/constants.h"

namespace aoekit::daemon {
namespace {

using control::Code;
using control::Notes;
using control::refuse;

// Makes a regular file so large.
control::Answer<void> set_file_size(const config::ExportConfig& config, Sectors size, control::Force force) {
  const std::string name = config.address.to_string();
  if (config.length) {
    return refuse(Code::invalid, "{} has a fixed length: change that with aoe export set {} length=...", name, name);
  }
  const Fd fd(::open(config.path.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd.valid()) {
    return tl::unexpected(control::Refusal(fail_errno(errno, "cannot open {}", config.path).value()));
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) {
    return tl::unexpected(control::Refusal(fail_errno(errno, "cannot examine {}", config.path).value()));
  }
  if (!S_ISREG(status.st_mode)) {
    return refuse(Code::invalid, "{} is not a regular file: resize it with its own tools, and then {} without a size",
                  config.path, name);
  }
  if (size.count > INT64_MAX / kSectorBytes - config.first_sector.count) {
    return refuse(Code::invalid, "{} sectors are more than a file can have", size.count);
  }
  const auto bytes = static_cast<off_t>((config.first_sector.count + size.count) * kSectorBytes);
  if (bytes < status.st_size && force == control::Force::no) {
    return refuse(Code::in_use, "{} would get smaller and lose its end; force does it all the same", config.path);
  }
  if (::ftruncate(fd.get(), bytes) != 0) {
    return tl::unexpected(control::Refusal(fail_errno(errno, "cannot resize {}", config.path).value()));
  }
  return {};
}

}  // namespace

control::Answer<Notes> Registry::resize(wire::AoeAddress address, std::optional<Sectors> size, control::Force force) {
  const auto entry = find_serving(address);
  if (!entry) return tl::unexpected(entry.error());
  if (size) {
    if (auto resized = set_file_size(*(*entry)->config, *size, force); !resized) return tl::unexpected(resized.error());
  }
  Shard& shard = *parts_.shards[(*entry)->shard];
  const target::ExportId id = (*entry)->added.id;
  const Sectors before = shard.snapshots({id}).front().size;
  shard.check_size(id);
  const Sectors after = shard.snapshots({id}).front().size;
  if (before == after) return Notes{fmt::format("{} has {} sectors, as before", address.to_string(), after.count)};
  return Notes{fmt::format("{} has {} sectors now (before: {})", address.to_string(), after.count, before.count)};
}

control::Answer<Notes> Registry::change_state(wire::AoeAddress address,
                                              const std::function<void(target::PersistentState&)>& change) {
  const auto entry = find_serving(address);
  if (!entry) return tl::unexpected(entry.error());
  Shard& shard = *parts_.shards[(*entry)->shard];
  const target::ExportId id = (*entry)->added.id;
  const target::PersistentState before = shard.snapshots({id}).front().state;
  target::PersistentState after = before;
  change(after);
  if (after == before) return Notes{"nothing to change"};
  const auto kept = std::make_shared<std::promise<Status>>();
  const auto tell = [kept](const Status& done) { kept->set_value(done); };
  if (Status status = shard.change_state(id, after, tell); !status) {
    return tl::unexpected(control::Refusal(status.error()));
  }
  if (Status status = kept->get_future().get(); !status) {
    // Back to what is kept, unless a station was quicker.
    static_cast<void>(shard.change_state(id, before, [](const Status&) {}));
    return tl::unexpected(control::Refusal(status.error()));
  }
  if (parts_.keeps_state == StateKept::until_the_end) return Notes{"it lasts until aoed ends: there is no state file"};
  return Notes{};
}

control::Answer<Notes> Registry::set_mask(wire::AoeAddress address, std::vector<wire::MacAddress> stations) {
  if (stations.size() > wire::kMaskEntriesMax) {
    return refuse(Code::invalid, "{} stations are too many for a mask list, which holds {}", stations.size(),
                  wire::kMaskEntriesMax);
  }
  return change_state(address, [&](target::PersistentState& state) { state.mask = std::move(stations); });
}

control::Answer<Notes> Registry::set_reservation(wire::AoeAddress address, std::vector<wire::MacAddress> stations) {
  if (stations.size() > wire::kReserveEntriesMax) {
    return refuse(Code::invalid, "{} stations are too many for a reservation, which holds {}", stations.size(),
                  wire::kReserveEntriesMax);
  }
  return change_state(address, [&](target::PersistentState& state) { state.reserved_for = std::move(stations); });
}

}  // namespace aoekit::daemon

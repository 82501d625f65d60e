// One place for the meaning of every key of an export.
#include "daemon/export_options.h"

#include <tuple>

#include "daemon/disk_identity.h"

namespace aoekit::daemon {

namespace {

// Where every write is synced, the page cache does nothing for it.
backend::Caching caching_of(const config::ExportConfig& config) {
  if (config.caching == config::Caching::direct) return backend::Caching::direct;
  return config.durability == config::Durability::durable ? backend::Caching::reads : backend::Caching::buffered;
}

}  // namespace

backend::FileDeviceOptions disk_options_of(const config::ExportConfig& config) {
  backend::FileDeviceOptions options;
  options.path = config.path;
  options.access = config.read_only ? backend::Access::read_only : backend::Access::read_write;
  options.caching = caching_of(config);
  options.claim = config.force ? backend::Claim::if_possible : backend::Claim::required;
  options.first_sector = config.first_sector;
  options.length = config.length;
  return options;
}

namespace {

target::Commit commit_of(config::Durability durability, const block::DeviceInfo& info) {
  switch (durability) {
    case config::Durability::durable: return info.fua ? target::Commit::stable : target::Commit::group;
    case config::Durability::flush: return target::Commit::as_device;
    case config::Durability::none: return target::Commit::never;
  }
  return target::Commit::group;
}

target::Sharing sharing_of(config::Sharing sharing) {
  switch (sharing) {
    case config::Sharing::single: return target::Sharing::single;
    case config::Sharing::shared: return target::Sharing::shared;
    case config::Sharing::exclusive: return target::Sharing::exclusive;
  }
  return target::Sharing::single;
}

target::AccessList list_of(const config::AccessList& list) { return {list.allow, list.deny}; }

target::RateLimit limit_of(const config::RateLimit& limit) { return {limit.requests, limit.bytes}; }

}  // namespace

target::ExportOptions export_options_of(const config::ExportConfig& config, const block::DeviceInfo& info) {
  target::ExportOptions options;
  options.address = config.address;
  options.size = info.size;
  options.buffer_count = config.buffers;
  options.firmware_version = firmware_version();
  options.identity = identity_of(config.address, "aoekit aoed", info);
  options.commit = commit_of(config.durability, info);
  options.access = {list_of(config.read_access), list_of(config.write_access)};
  options.sharing = sharing_of(config.sharing);
  options.exclusive_timeout = config.exclusive_timeout;
  options.limit = limit_of(config.limit);
  options.client_limit = limit_of(config.client_limit);
  if (config.serial) options.identity.serial = *config.serial;
  if (config.model) options.identity.model = *config.model;
  return options;
}

bool needs_new_disk(const config::ExportConfig& before, const config::ExportConfig& after) {
  const auto about_the_disk = [](const config::ExportConfig& config) {
    return std::tuple(config.path, config.first_sector, config.length, config.read_only, caching_of(config));
  };
  return about_the_disk(before) != about_the_disk(after);
}

}  // namespace aoekit::daemon

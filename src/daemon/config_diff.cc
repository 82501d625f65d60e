// A merge of two sorted lists.
#include "daemon/config_diff.h"

namespace aoekit::daemon {
namespace {

std::vector<std::string> fixed_keys_that_differ(const config::DaemonConfig& a, const config::DaemonConfig& b) {
  std::vector<std::string> keys;
  const auto compare = [&keys](const auto& one, const auto& other, const char* key) {
    if (one != other) keys.emplace_back(key);
  };
  compare(a.user, b.user, "user");
  compare(a.control_socket, b.control_socket, "control_socket");
  compare(a.control_group, b.control_group, "control_group");
  compare(a.state, b.state, "state");
  compare(a.metrics, b.metrics, "metrics");
  compare(a.threads, b.threads, "threads");
  compare(a.busy_wait, b.busy_wait, "busy_wait");
  compare(a.disk_busy_wait, b.disk_busy_wait, "disk_busy_wait");
  compare(a.receive, b.receive, "receive");
  return keys;
}

}  // namespace

ConfigDiff diff(const ConfigFiles& before, const ConfigFiles& after) {
  ConfigDiff found;
  auto old = before.exports.begin();
  for (const SharedExport& now : after.exports) {
    for (; old != before.exports.end() && (*old)->address < now->address; ++old) {
      found.removed.push_back((*old)->address);
    }
    if (old == before.exports.end() || (*old)->address != now->address) {
      found.added.push_back(now);
      continue;
    }
    if (!config::same(**old, *now)) found.changed.push_back(now);
    ++old;
  }
  for (; old != before.exports.end(); ++old) found.removed.push_back((*old)->address);
  found.at_next_start = fixed_keys_that_differ(before.rest.daemon, after.rest.daemon);
  return found;
}

}  // namespace aoekit::daemon

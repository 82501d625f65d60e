// What the service manager is told (sd_notify(3)), and the watchdog that it keeps.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"

namespace aoekit::daemon {

// Without a service manager nothing happens. Any thread.
void notify_ready(const std::string& status);
void notify_reloading();
void notify_stopping();
// The line that systemctl status shows.
void notify_status(const std::string& status);
// So that a start, which opens many disks, is not taken for one that hangs.
void notify_still_starting(Duration next_within);

// How often notify_alive() must be called, if at all.
std::optional<Duration> watchdog_interval();
void notify_alive();

}  // namespace aoekit::daemon

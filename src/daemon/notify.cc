// libsystemd's messages; whether they arrive is the manager's affair.
#include "daemon/notify.h"

#include <systemd/sd-daemon.h>

#include <chrono>

#include "io/clock.h"

namespace aoekit::daemon {
namespace {

unsigned long long microseconds(Duration duration) {
  return static_cast<unsigned long long>(std::chrono::duration_cast<std::chrono::microseconds>(duration).count());
}

}  // namespace

void notify_ready(const std::string& status) { ::sd_notifyf(0, "READY=1\nSTATUS=%s", status.c_str()); }

void notify_reloading() {
  // Type=notify-reload wants to know since when.
  ::sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu", microseconds(io::monotonic_now().time_since_epoch()));
}

void notify_stopping() { ::sd_notify(0, "STOPPING=1"); }

void notify_status(const std::string& status) { ::sd_notifyf(0, "STATUS=%s", status.c_str()); }

void notify_still_starting(Duration next_within) {
  ::sd_notifyf(0, "EXTEND_TIMEOUT_USEC=%llu", microseconds(next_within));
}

std::optional<Duration> watchdog_interval() {
  std::uint64_t interval_us = 0;
  if (::sd_watchdog_enabled(0, &interval_us) <= 0) return std::nullopt;
  return std::chrono::microseconds(interval_us);
}

void notify_alive() { ::sd_notify(0, "WATCHDOG=1"); }

}  // namespace aoekit::daemon

// The names, types and labels of aoed's metrics: twin of docs/metrics.md.
#pragma once

#include <prometheus/metric_family.h>

#include <vector>

#include "control/api.h"

namespace aoekit::daemon {

// What a running daemon said of itself at one instant.
struct MetricsSnapshot {
  control::DaemonInfo daemon;
  std::vector<control::ExportInfo> exports;
  std::vector<control::InterfaceInfo> interfaces;
  std::vector<control::ClientInfo> clients;
};

// Pairs of export and client that have metrics of their own. A segment may show any number of MAC addresses, forged ones
// included, and each would cost the monitoring memory for months. Those known longest are shown: newcomers cannot push
// them out.
inline constexpr std::size_t kClientsShownMax = 1024;

// What is counted of an export is left out until it is used: 10,000 idle ones would be 50 MB of zeros.
std::vector<prometheus::MetricFamily> metric_families(const MetricsSnapshot& snapshot);

// What is told when there is no snapshot: that there is none.
std::vector<prometheus::MetricFamily> metric_families_without_snapshot();

// `text` with '?' for each byte that is not part of valid UTF-8, which Prometheus insists on.
std::string valid_utf8(std::string_view text);

}  // namespace aoekit::daemon

// Fills prometheus-cpp's metric families, one line a family and one a series.
#pragma once

#include <prometheus/metric_family.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "target/statistics.h"

namespace aoekit::daemon {

using MetricLabels = std::vector<prometheus::ClientMetric::Label>;

// One family. Valid as long as its MetricWriter.
class MetricSeries {
 public:
  explicit MetricSeries(prometheus::MetricFamily& family) : family_(family) {}

  void add(MetricLabels labels, double value) {
    prometheus::ClientMetric& metric = series(std::move(labels));
    if (family_.type == prometheus::MetricType::Counter) {
      metric.counter.value = value;
    } else {
      metric.gauge.value = value;
    }
  }

  // REQUIRES a histogram or a summary, which has the sum and the count only.
  void add(MetricLabels labels, const target::LatencyHistogram& latency) {
    const double sum_seconds = static_cast<double>(latency.sum_ns) * 1e-9;
    prometheus::ClientMetric& metric = series(std::move(labels));
    if (family_.type == prometheus::MetricType::Summary) {
      metric.summary.sample_count = latency.total();
      metric.summary.sample_sum = sum_seconds;
      return;
    }
    metric.histogram.sample_count = latency.total();
    metric.histogram.sample_sum = sum_seconds;
    std::uint64_t below = 0;
    // The last bucket has no bound: the library writes it as +Inf.
    for (std::size_t i = 0; i + 1 < target::LatencyHistogram::kBuckets; ++i) {
      below += latency.counts[i];
      const double bound = std::chrono::duration<double>(target::LatencyHistogram::bound(i)).count();
      metric.histogram.bucket.push_back({below, bound});
    }
  }

 private:
  prometheus::ClientMetric& series(MetricLabels labels) {
    prometheus::ClientMetric& metric = family_.metric.emplace_back();
    metric.label = std::move(labels);
    return metric;
  }

  prometheus::MetricFamily& family_;
};

class MetricWriter {
 public:
  MetricSeries gauge(std::string name, std::string help) {
    return family(std::move(name), std::move(help), prometheus::MetricType::Gauge);
  }
  MetricSeries counter(std::string name, std::string help) {
    return family(std::move(name), std::move(help), prometheus::MetricType::Counter);
  }
  MetricSeries histogram(std::string name, std::string help) {
    return family(std::move(name), std::move(help), prometheus::MetricType::Histogram);
  }
  MetricSeries summary(std::string name, std::string help) {
    return family(std::move(name), std::move(help), prometheus::MetricType::Summary);
  }
  std::vector<prometheus::MetricFamily> take() {
    return {std::make_move_iterator(families_.begin()), std::make_move_iterator(families_.end())};
  }

 private:
  MetricSeries family(std::string name, std::string help, prometheus::MetricType type) {
    families_.push_back({std::move(name), std::move(help), type, {}});
    return MetricSeries(families_.back());
  }
  std::deque<prometheus::MetricFamily> families_;  // stays in place while it grows
};

}  // namespace aoekit::daemon

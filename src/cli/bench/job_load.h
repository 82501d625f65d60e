// The load of a program that uses disks by some access to them (disk_access.h): what it measures beyond wire_load.h is
// the access.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/bench/disk_access.h"
#include "cli/bench/load.h"
#include "cli/bench/schedule.h"

namespace aoekit::bench {

// What is asked of one disk.
struct JobTarget {
  std::size_t depth = 32;  // requests outstanding, at most
  Sectors request_size{};
  Workload workload;
  Schedule schedule;
};

class JobLoad final : public Load, private JobListener {
 public:
  // A disk that ends nothing for so long has failed, whatever its access thinks.
  static constexpr Duration kPatience = std::chrono::seconds(20);

  // `targets` are those of the access's disks, in their order.
  JobLoad(std::unique_ptr<DiskAccess> access, std::vector<JobTarget> targets, Waiting waiting);
  ~JobLoad() override;

  Status turn(Instant until) override;
  Tally tally() const override;
  void reset_tally() override;

 private:
  struct Free {
    void operator()(std::uint8_t* memory) const { std::free(memory); }
  };
  using Memory = std::unique_ptr<std::uint8_t, Free>;
  struct Lane {
    JobTarget target;
    std::vector<std::unique_ptr<Job>> jobs;
    std::vector<Memory> memory;  // theirs
    std::vector<Job*> free_jobs;
  };

  void ended(Job& job, int error, std::string_view text) override;
  Status start_all_due(Instant now);
  Status start_due(Lane& lane, Instant now);
  std::optional<Instant> next_due() const;

  const std::unique_ptr<DiskAccess> access_;
  const Waiting waiting_;
  std::vector<Lane> lanes_;
  std::size_t under_way_ = 0;
  Instant heard_{};  // when something ended, or there was nothing to end
  Tally tally_;
  std::string first_error_;
  std::uint64_t sent_again_before_ = 0;
};

}  // namespace aoekit::bench

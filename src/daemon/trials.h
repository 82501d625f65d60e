// Whether exports could be served, found out before anything is changed: their disks opened, their addresses asked for.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "control/api.h"
#include "daemon/address_survey.h"
#include "daemon/disk_opener.h"
#include "daemon/interfaces.h"
#include "io/event_loop.h"

namespace aoekit::daemon {

// Several at a time, each on its own; nobody waits for them. Thread: the loop's, but for the opening of disks.
class Trials {
 public:
  struct Parts {
    io::EventLoop& loop;
    const Interfaces& interfaces;
    OpenDisk open_disk;
    AddressSurvey::OpenPort open_survey_port;
  };
  // More are refused.
  static constexpr std::size_t kMax = 32;
  // The disk, opened and claimed, or why the export cannot be had.
  using Done = std::function<void(control::Answer<DiskMaker>)>;

  static Result<std::unique_ptr<Trials>> create(Parts parts);
  // Forgets those that are under way; waits for the disks that are being opened.
  ~Trials();
  Trials(const Trials&) = delete;
  Trials& operator=(const Trials&) = delete;

  // Opens the disk, and if `ask_on` names interfaces, asks there whether another target answers for the address. `done` is
  // called later, or at once when too many are under way.
  void start(const config::ExportConfig& config, std::vector<std::string> ask_on, Done done);

 private:
  struct Trial {
    config::ExportConfig config;
    std::vector<std::string> ask_on;
    Done done;
    DiskMaker disk;
    std::unique_ptr<AddressSurvey> survey;
  };
  using TrialId = std::uint64_t;

  explicit Trials(Parts parts) : parts_(std::move(parts)) {}
  void on_opened();
  void ask(TrialId id);
  void on_survey(TrialId id, const std::vector<Occupant>& occupants);
  void finish(TrialId id, control::Answer<DiskMaker> answer);

  const Parts parts_;
  std::unique_ptr<DiskOpener> opener_;
  io::SourceId opener_source_;
  std::map<TrialId, Trial> trials_;
  TrialId last_id_ = 0;
};

}  // namespace aoekit::daemon

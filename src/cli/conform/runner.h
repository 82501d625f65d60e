// Runs cases against a target, in order, and leaves the target as it was found - also when it is interrupted.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/conform/case.h"
#include "cli/conform/keeper.h"
#include "cli/conform/probe.h"

namespace aoekit::conform {

enum class Outcome : std::uint8_t {
  passed,
  failed,
  skipped,
  died,     // the target answered nothing any more after this case
  not_run,  // because it had died, or the run was interrupted
};
const char* to_string(Outcome outcome);

struct CaseResult {
  const Section* section = nullptr;
  const Case* item = nullptr;
  Outcome outcome = Outcome::not_run;
  std::string reason;  // why skipped or not run
  CaseFailed failure;  // where failed or died
};

struct RunResult {
  std::vector<CaseResult> cases;
  std::vector<std::string> warnings;  // what could not be restored
  bool interrupted = false;

  std::size_t count(Outcome outcome) const;
  bool all_passed() const { return count(Outcome::failed) + count(Outcome::died) == 0 && !interrupted; }
};

class Runner {
 public:
  explicit Runner(Probe& probe) : probe_(probe), keeper_(probe) {}

  // Finds the target and learns what cases and restoring need. An Error says who did not answer.
  Status prepare();
  // Runs the cases whose id matches the shell pattern `only` ("*" is all), telling each result as it is there.
  // REQUIRES a successful prepare().
  RunResult run(const std::string& only, const std::function<void(const CaseResult&)>& on_result);

 private:
  Status find_target();
  void run_case(CaseResult& result, RunResult& run);
  std::string reason_to_skip(const Case& item) const;
  void save_window_if_needed(const Case& item);
  void tidy_up(const Case& item, RunResult& run);
  void leave_as_found(RunResult& run);

  Probe& probe_;
  Keeper keeper_;
  std::string no_writes_because_;  // empty when sectors may be written
  bool dead_ = false;
};

}  // namespace aoekit::conform

// The run: prepare, case after case, tidy up after each.
#include "cli/conform/runner.h"

#include <fnmatch.h>

#include <algorithm>

namespace aoekit::conform {

const char* to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::passed:
      return "pass";
    case Outcome::failed:
      return "FAIL";
    case Outcome::skipped:
      return "skipped";
    case Outcome::died:
      return "TARGET DIED";
    case Outcome::not_run:
      return "not run";
  }
  return "?";
}

std::size_t RunResult::count(Outcome outcome) const {
  return static_cast<std::size_t>(
      std::count_if(cases.begin(), cases.end(), [&](const CaseResult& result) { return result.outcome == outcome; }));
}

Status Runner::find_target() {
  const wire::AoeAddress address = probe_.options().address;
  const auto config = probe_.try_ask(probe_.config(wire::ConfigOp::read));
  if (!config || config->header.address != address || config->header.is_error()) {
    return fail(
        "{} does not answer: check the address and the interface with 'aoe discover', and that its mask list "
        "has this station",
        address.to_string());
  }
  Facts facts;
  facts.mac = config->header.source;
  const wire::ConfigBody body = config->config();
  facts.buffer_count = body.buffer_count;
  facts.firmware = body.firmware;
  facts.sectors_per_frame = body.sectors_per_frame == 0 ? 2 : body.sectors_per_frame;
  facts.sectors_per_frame = std::min(facts.sectors_per_frame, wire::sectors_that_fit(probe_.link().mtu_bytes()));
  probe_.set_facts(facts);
  wire::AtaBody identify;
  identify.command_or_status = byte_of(ata::Opcode::identify_device);
  identify.count = 1;
  const auto page = probe_.try_ask(probe_.ata(identify));
  if (page && !page->header.is_error()) {
    if (const auto parsed = ata::parse_identify(page->ata().data)) facts.identify = *parsed;
  }
  if (facts.identify.size.count == 0) return fail("{} answers no IDENTIFY: is its disk there?", address.to_string());
  probe_.set_facts(facts);
  return {};
}

Status Runner::prepare() {
  try {
    const Status found = find_target();
    if (!found) return found;
    keeper_.remember_lists();
  } catch (const CaseFailed& failed) {
    return fail("the target's lists cannot be read: expected {}, got {}", failed.expected, failed.got);
  } catch (const LinkBroken& broken) {
    return tl::unexpected<Error>(broken.error);
  } catch (const Interrupted&) {
    return fail("interrupted before the first case");
  }
  const auto& window = probe_.options().window;
  if (!window) {
    no_writes_because_ = "no sectors given that may be overwritten (--window FIRST:COUNT)";
  } else if (!window->fits(probe_.facts().identify.size)) {
    return fail("the window ends at sector {}, the disk at {}: give one within the disk", window->end(),
                probe_.facts().identify.size.count);
  }
  return {};
}

std::string Runner::reason_to_skip(const Case& item) const {
  if ((item.needs & kNeedsWindow) != 0 && !no_writes_because_.empty()) return no_writes_because_;
  if ((item.needs & kNeedsOtherStation) != 0 && !probe_.link().sees_other_stations()) {
    return "answers to other stations are not seen on this interface";
  }
  if ((item.needs & kNeedsShortFrames) != 0 && !probe_.link().sends_short_frames()) {
    return "this interface pads frames to 60 bytes";
  }
  return {};
}

// Before the first case that writes: the old content, and whether writing works at all.
void Runner::save_window_if_needed(const Case& item) {
  if ((item.needs & kNeedsWindow) == 0 || keeper_.has_window() || !no_writes_because_.empty()) return;
  if (const Status saved = keeper_.remember_window(); !saved) {
    no_writes_because_ = saved.error().message;
    return;
  }
  const std::uint64_t first = probe_.options().window->first.value;
  try {
    probe_.write(first, probe_.read(first, 1));
  } catch (const CaseFailed&) {
    no_writes_because_ = "the target refuses writes (read-only?)";
  }
}

void Runner::run_case(CaseResult& result, RunResult& run) {
  save_window_if_needed(*result.item);
  result.reason = reason_to_skip(*result.item);
  if (!result.reason.empty()) {
    result.outcome = Outcome::skipped;
    return;
  }
  try {
    result.item->run(probe_);
    result.outcome = Outcome::passed;
  } catch (CaseFailed& failed) {
    result.outcome = Outcome::failed;
    result.failure = std::move(failed);
  } catch (CaseSkipped& skipped) {
    result.outcome = Outcome::skipped;
    result.reason = std::move(skipped.reason);
  } catch (const TargetGone&) {
    // Lost answers can look like it; then it is a failure like others.
    result.outcome = Outcome::failed;
    result.failure = probe_.death();
  }
  probe_.set_living_station(probe_.link().mac());
  tidy_up(*result.item, run);
  if (!dead_) return;
  result.outcome = Outcome::died;
  result.failure = probe_.death();
}

// After cases that may change what outlives them. A target that does not answer then is dead.
void Runner::tidy_up(const Case& item, RunResult& run) {
  const bool changes_lists =
      item.id.starts_with("mask.") || item.id.starts_with("reserve.") || item.id.starts_with("config.");
  if (!changes_lists) {
    dead_ = !probe_.is_alive();
    return;
  }
  const Status restored = keeper_.restore_lists();
  if (restored) return;
  dead_ = !probe_.is_alive();
  if (!dead_) run.warnings.push_back(std::string(item.id) + ": " + restored.error().message);
}

RunResult Runner::run(const std::string& only, const std::function<void(const CaseResult&)>& on_result) {
  RunResult run;
  for (const Section& section : all_sections()) {
    for (const Case& item : section.cases) {
      if (fnmatch(only.c_str(), std::string(item.id).c_str(), 0) != 0) continue;
      CaseResult& result = run.cases.emplace_back();
      result.section = &section;
      result.item = &item;
    }
  }
  std::string not_run_because;
  for (std::size_t i = 0; i < run.cases.size(); ++i) {
    CaseResult& result = run.cases[i];
    try {
      if (not_run_because.empty()) run_case(result, run);
      const bool writes_end = i + 1 == run.cases.size() || (run.cases[i + 1].item->needs & kNeedsWindow) == 0;
      if (writes_end && (result.item->needs & kNeedsWindow) != 0) {
        const Status restored = keeper_.restore_window();
        if (!restored) run.warnings.push_back(restored.error().message);
      }
    } catch (const Interrupted&) {
      not_run_because = "interrupted";
      run.interrupted = true;
    } catch (const LinkBroken& broken) {
      not_run_because = broken.error.message;
      run.warnings.push_back(broken.error.message);
    }
    if (result.outcome == Outcome::not_run) result.reason = not_run_because;
    on_result(result);
    if (dead_) not_run_because = "the target had died";
  }
  leave_as_found(run);
  return run;
}

// The last word, also after a signal: nothing of ours stays behind.
void Runner::leave_as_found(RunResult& run) {
  probe_.ignore_interrupts();
  try {
    const Status window = keeper_.restore_window();
    if (!window) run.warnings.push_back(window.error().message);
    const Status lists = dead_ ? Status{} : keeper_.restore_lists();
    if (!lists) run.warnings.push_back(lists.error().message);
  } catch (const LinkBroken& broken) {
    run.warnings.push_back("could not restore the target: " + broken.error.message);
  }
}

}  // namespace aoekit::conform

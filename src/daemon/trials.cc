// The disk first: what is wrong with it is what people want to hear. Then the network, in its own time.
#include "daemon/trials.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace aoekit::daemon {
namespace {

using control::Code;
using control::refuse;

constexpr std::size_t kOpenThreads = 4;
constexpr Duration kPatience = std::chrono::milliseconds(300);

}  // namespace

Result<std::unique_ptr<Trials>> Trials::create(Parts parts) {
  std::unique_ptr<Trials> trials(new Trials(std::move(parts)));
  auto opener = DiskOpener::create(trials->parts_.open_disk, kOpenThreads);
  if (!opener) return tl::unexpected(opener.error());
  trials->opener_ = std::move(*opener);
  const auto source = trials->parts_.loop.add(trials->opener_->fd(), io::Interest::read,
                                              [self = trials.get()](io::Ready) { self->on_opened(); });
  if (!source) return tl::unexpected(source.error());
  trials->opener_source_ = *source;
  return trials;
}

Trials::~Trials() { parts_.loop.remove(opener_source_); }

void Trials::start(const config::ExportConfig& config, std::vector<std::string> ask_on, Done done) {
  if (trials_.size() >= kMax) {
    return done(refuse(Code::failed, "{} exports are being tried at this moment; try again", trials_.size()));
  }
  const TrialId id = ++last_id_;
  trials_[id] = {config, std::move(ask_on), std::move(done), {}, nullptr};
  opener_->open(config, id);
}

void Trials::on_opened() {
  for (DiskOpener::Outcome& outcome : opener_->collect()) {
    if (outcome.disk) {
      trials_.at(outcome.ticket).disk = std::move(*outcome.disk);
      ask(outcome.ticket);
      continue;
    }
    const OpenFailure& failure = outcome.disk.error();
    const bool taken = failure.kind == OpenFailure::Kind::refused;
    finish(outcome.ticket, refuse(taken ? Code::in_use : Code::failed, "{}", failure.message));
  }
}

void Trials::ask(TrialId id) {
  Trial& trial = trials_.at(id);
  if (trial.ask_on.empty()) return finish(id, std::move(trial.disk));
  auto survey = AddressSurvey::create(parts_.loop, parts_.open_survey_port);
  if (!survey) {
    // The address counts as free then, as at a start: a fault of ours is no sign of another target.
    log(LogLevel::warning, "{}: cannot ask whether another target serves it: {}; look with aoe discover",
        trial.config.address.to_string(), survey.error().message);
    return finish(id, std::move(trial.disk));
  }
  trial.survey = std::move(*survey);
  trial.survey->start(trial.ask_on, {trial.config.address}, kPatience,
                      [this, id](const std::vector<Occupant>& occupants) { on_survey(id, occupants); });
}

void Trials::on_survey(TrialId id, const std::vector<Occupant>& occupants) {
  Trial& trial = trials_.at(id);
  const auto other = std::ranges::find_if(
      occupants, [&](const Occupant& occupant) { return !parts_.interfaces.is_ours(occupant.mac); });
  if (other == occupants.end()) return finish(id, std::move(trial.disk));
  finish(id, refuse(Code::in_use, "{} is already served on {} by {}; choose another shelf or slot, or use force for "
                    "multipath", trial.config.address.to_string(), other->interface, other->mac.to_string()));
}

void Trials::finish(TrialId id, control::Answer<DiskMaker> answer) {
  // The survey that calls us lives as long as its trial: until here.
  const auto trial = trials_.extract(id);
  trial.mapped().disk = {};
  trial.mapped().done(std::move(answer));
}

}  // namespace aoekit::daemon

// A few addresses are asked for one by one; many by one query to everybody, whose answers are sorted here.
#include "daemon/address_survey.h"

#include <algorithm>
#include <array>

#include "base/log.h"
#include "daemon/address_probe.h"
#include "io/clock.h"

namespace aoekit::daemon {
namespace {

constexpr int kQuestions = 3;
// More addresses than this are not worth a broadcast each.
constexpr std::size_t kAskedOneByOne = 16;
// A target with many exports answers a few at a time (docs/scale.md): silence this long means that it is done.
constexpr Duration kSilence = std::chrono::milliseconds(50);
constexpr Duration kAnswersMax = std::chrono::seconds(5);

}  // namespace

Result<std::unique_ptr<AddressSurvey>> AddressSurvey::create(io::EventLoop& loop, OpenPort open) {
  auto timer = io::Timer::create();
  if (!timer) return tl::unexpected(timer.error());
  std::unique_ptr<AddressSurvey> survey(new AddressSurvey(loop, std::move(open), std::move(*timer)));
  const auto source =
      loop.add(survey->timer_.fd(), io::Interest::read, [self = survey.get()](io::Ready) { self->on_time(); });
  if (!source) return tl::unexpected(source.error());
  survey->timer_source_ = *source;
  return survey;
}

AddressSurvey::~AddressSurvey() {
  for (const Port& port : ports_) loop_.remove(port.source);
  loop_.remove(timer_source_);
}

void AddressSurvey::start(const std::vector<std::string>& interfaces, std::vector<wire::AoeAddress> addresses,
                          Duration patience, Done done) {
  for (const std::string& name : interfaces) {
    auto port = open_(name);
    if (port) {
      const auto source = loop_.add((*port)->fd(), io::Interest::read,
                                    [this, raw = port->get()](io::Ready) { on_answers(*raw); });
      if (source) {
        ports_.push_back({std::move(*port), *source});
        continue;
      }
      port = tl::unexpected(source.error());
    }
    log(LogLevel::warning, "{}: cannot ask whether another target serves our addresses: {}; look with aoe discover",
        name, port.error().message);
  }
  addresses_ = std::move(addresses);
  std::ranges::sort(addresses_);
  occupants_.clear();
  done_ = std::move(done);
  if (ports_.empty()) return finish();
  interval_ = patience / kQuestions;
  questions_left_ = kQuestions;
  end_ = io::monotonic_now() + patience + kAnswersMax;
  on_time();
}

void AddressSurvey::ask() {
  for (const Port& port : ports_) {
    if (addresses_.size() > kAskedOneByOne) {
      send_query(*port.port, wire::kEverybody);
    } else {
      for (const wire::AoeAddress address : addresses_) send_query(*port.port, address);
    }
  }
}

void AddressSurvey::on_answers(net::FramePort& port) {
  for (const ByteView frame : port.receive()) {
    const auto responder = responder_in(frame);
    if (!responder) continue;
    last_answer_ = io::monotonic_now();
    if (!std::ranges::binary_search(addresses_, responder->address)) continue;
    occupants_.push_back({responder->address, port.info().name, responder->source});
  }
}

void AddressSurvey::on_time() {
  const Instant now = io::monotonic_now();
  if (questions_left_ > 0) {
    --questions_left_;
    ask();
    timer_.set(now + interval_);
  } else if (now < last_answer_ + kSilence && now < end_) {
    timer_.set(now + kSilence);
  } else {
    finish();
  }
}

void AddressSurvey::finish() {
  timer_.clear();
  for (const Port& port : ports_) loop_.remove(port.source);
  ports_.clear();
  std::ranges::sort(occupants_);
  occupants_.erase(std::unique(occupants_.begin(), occupants_.end()), occupants_.end());
  // Last: it may start the next survey, or be the end of this one.
  const Done done = std::move(done_);
  done(std::exchange(occupants_, {}));
}

}  // namespace aoekit::daemon

// aoecfg: reads, tests or sets the config strings of one or all targets on one interface.
#include <array>
#include <set>
#include <utility>

#include "aoetools/cfg_format.h"
#include "aoetools/cfg_options.h"
#include "aoetools/say.h"
#include "aoetools/tool.h"
#include "aoetools/wire_link.h"
#include "io/clock.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::aoetools {
namespace {

constexpr Duration kAskAgainAfter = std::chrono::seconds(1);
constexpr unsigned kTimeoutDefaultSeconds = 10;    // for one target
constexpr unsigned kCollectDefaultSeconds = 3;     // for all

// A forced set is sent once: a second copy could undo what somebody else has set in between.
bool may_repeat(wire::ConfigOp op) { return op != wire::ConfigOp::force_set; }

class Asker {
 public:
  Asker(const CfgOptions& options, WireLink& link)
      : options_(options), link_(link), request_(tool_header(link.info(), wire::Command::config, wire::kBroadcastMac,
                                                             options.address, random_tag())) {}

  // Prints answers until the deadline, or until the one that is wanted is there. Returns how many there were.
  std::size_t run(Instant deadline) {
    std::array<std::uint8_t, wire::kConfigHeaderBytes + wire::kConfigStringBytesMax> memory{};
    wire::ConfigBody body;
    body.op = static_cast<std::uint8_t>(options_.op);
    if (options_.op != wire::ConfigOp::read) body.text = bytes_of(options_.text);
    const ByteView frame = wire::encode(memory, request_, body);
    const auto take = [this](const wire::Header& header, ByteView bytes) { return accept(header, bytes); };
    link_.send(frame);
    while (true) {
      const Instant now = io::monotonic_now();
      const bool again = may_repeat(options_.op) && deadline - now > kAskAgainAfter;
      if (link_.wait(again ? now + kAskAgainAfter : deadline, take) || !again) return answered_.size();
      link_.send(frame);
    }
  }

 private:
  bool accept(const wire::Header& header, ByteView frame) {
    if (header.tag != request_.tag || header.command != request_.command) return false;
    if (!options_.address.addresses(header.address)) return false;
    const auto line = answer_line(header, frame, options_.for_one());
    if (!line || !answered_.insert({header.address, header.source}).second) return false;
    put(*line);
    static_cast<void>(std::fflush(stdout));  // a failure is reported at the end
    return options_.for_one();
  }

  const CfgOptions& options_;
  WireLink& link_;
  wire::Header request_;
  std::set<std::pair<wire::AoeAddress, wire::MacAddress>> answered_;
};

}  // namespace

int run_cfg(const Invocation& invocation) {
  const auto options = parse_cfg_options(invocation.argv);
  if (!options) {
    if (!options.error().message.empty()) say("{} Error: {}", invocation.name, options.error().message);
    static_cast<void>(std::fputs(kCfgUsage, stderr));
    return kExitFailed;
  }
  auto link = WireLink::open(options->interface);
  if (!link) {
    say("{} Error: {}", invocation.name, link.error().message);
    return kExitFailed;
  }
  const unsigned otherwise = options->for_one() ? kTimeoutDefaultSeconds : kCollectDefaultSeconds;
  const unsigned seconds = options->timeout_s.value_or(otherwise);
  const Instant deadline = seconds == 0 ? kForever : io::monotonic_now() + std::chrono::seconds(seconds);
  const std::size_t answers = Asker(*options, *link).run(deadline);
  // With -t silence is an answer, too: that a test was not passed.
  if (answers > 0 || options->timeout_s) return kExitOk;
  say("{}: nobody answered on {} within {} s", invocation.name, options->interface, seconds);
  return kExitFailed;
}

}  // namespace aoekit::aoetools

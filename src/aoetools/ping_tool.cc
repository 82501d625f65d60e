// aoeping: finds one target on one interface and asks its disk who it is, or for a SMART command.
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

#include "aoetools/ping_format.h"
#include "aoetools/ping_options.h"
#include "aoetools/say.h"
#include "aoetools/tool.h"
#include "aoetools/wire_link.h"
#include "io/clock.h"
#include "wire/decode.h"
#include "wire/encode.h"

namespace aoekit::aoetools {
namespace {

constexpr unsigned kTimeoutDefaultSeconds = 10;
constexpr Duration kAskAgainAfter = std::chrono::seconds(1);
constexpr std::uint8_t kIdentifyDevice = 0xec, kSmart = 0xb0;
constexpr std::uint8_t kSmartLbaMid = 0x4f, kSmartLbaHigh = 0xc2, kDeviceRegister = 0xa0;
constexpr std::uint8_t kErrorAborted = 0x04, kStatusFailed = 0x21;  // ABRT; DF and ERR
constexpr std::size_t kDataBytes = 512;

// A response, copied.
struct Reply {
  wire::Header header;
  std::vector<std::uint8_t> frame;

  ByteView data() const { return ByteView(frame).subspan(std::min(frame.size(), wire::kAtaHeaderBytes)); }
};

// An end whose words lack the tool's name, as ever: they are said here, and the Error has none.
tl::unexpected<Error> said(std::string_view words) {
  static_cast<void>(std::fflush(stdout));
  say("{}", words);
  return tl::unexpected(Error{});
}

class Pinger {
 public:
  Pinger(const PingOptions& options, WireLink& link)
      : options_(options), link_(link), tag_(kToolTag | options.first_tag),
        timeout_s_(options.timeout_s.value_or(kTimeoutDefaultSeconds)),
        deadline_(io::monotonic_now() + std::chrono::seconds(timeout_s_)) {}

  Status run() {
    if (options_.verbose) {
      put(fmt::format("tag: {:x}\neth: {}\nshelf: {}\nslot: {}\n", tag_, options_.interface, options_.address.shelf,
                      options_.address.slot));
    }
    if (Status status = find(); !status) return status;
    if (options_.identify == PingOptions::Identify::no && !options_.smart) return {};
    if (Status status = identify(); !status) return status;
    return options_.smart ? smart() : Status();
  }

 private:
  Status find() {
    const auto header = next_header(wire::Command::config, wire::kBroadcastMac);
    std::array<std::uint8_t, wire::kMinFrameBytes> frame{};
    const auto reply = ask(header, wire::encode(frame, header, wire::ConfigBody{}));
    if (!reply) return tl::unexpected(reply.error());
    target_ = reply->header.source;
    if (options_.verbose) {
      put("config query response:\n" + hex_rows(reply->frame) + "\n" + found_line(reply->header) + "\n");
    }
    return {};
  }

  Status identify() {
    wire::AtaBody body;
    body.count = 1;
    body.command_or_status = kIdentifyDevice;
    body.lba[3] = kDeviceRegister;
    const auto reply = ata(body);
    if (!reply) return tl::unexpected(reply.error());
    if (reply->data().size() < kIdentifyBytes) {
      return fail("{} answers IDENTIFY with {} bytes of data, not {}", name(), reply->data().size(), kIdentifyBytes);
    }
    const ByteView page = reply->data().first(kIdentifyBytes);
    if (options_.identify == PingOptions::Identify::raw) put("device identify response:\n" + hex_rows(page));
    if (options_.identify == PingOptions::Identify::fields) put(identify_fields(page));
    if (options_.smart && !knows_smart(page)) return said(fmt::format("Error: {} does not support SMART", name()));
    return {};
  }

  Status smart() {
    using Data = SmartCommand::Data;
    wire::AtaBody body;
    body.feature_or_error = options_.smart->feature;
    body.command_or_status = kSmart;
    body.lba = {options_.smart_lba0, kSmartLbaMid, kSmartLbaHigh, kDeviceRegister};
    std::array<std::uint8_t, kDataBytes> input{};
    if (options_.smart->data == Data::to_disk) {
      if (Status status = read_input(input); !status) return status;
      body.flags = wire::kAtaFlagWrite;
      body.data = input;
    }
    if (options_.smart->data != Data::none) body.count = 1;
    const auto reply = ata(body);
    if (!reply) return tl::unexpected(reply.error());
    const auto decoded = wire::decode_body(reply->header, reply->frame);
    const auto* registers = decoded ? std::get_if<wire::AtaBody>(&*decoded) : nullptr;
    if (registers == nullptr) return fail("{} answers SMART with a frame that is too short", name());
    if ((registers->feature_or_error & kErrorAborted) != 0) return said("SMART command aborted on target.");
    const bool failed = (registers->command_or_status & kStatusFailed) != 0;
    if (options_.smart->data == Data::from_disk && !failed && reply->data().size() < kDataBytes) {
      return fail("{} answers SMART with {} bytes of data, not {}", name(), reply->data().size(), kDataBytes);
    }
    put(registers_text(*registers));
    if (failed) return fail("{} reports that the SMART command failed", name());
    if (options_.smart->data == Data::from_disk) put("SMART data:\n" + hex_rows(reply->data().first(kDataBytes)));
    return {};
  }

  Status read_input(MutableBytes input) const {
    std::size_t have = 0;
    while (have < input.size()) {
      const ssize_t got = ::read(STDIN_FILENO, input.data() + have, input.size() - have);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail_errno(errno, "cannot read standard input");
      if (got == 0) {
        return fail("{} wants {} bytes on standard input, and there were {}", options_.smart->name, input.size(), have);
      }
      have += static_cast<std::size_t>(got);
    }
    return {};
  }

  Result<Reply> ata(const wire::AtaBody& body) {
    const auto header = next_header(wire::Command::ata, target_);
    std::array<std::uint8_t, wire::kAtaHeaderBytes + kDataBytes> frame{};
    return ask(header, wire::encode(frame, header, body));
  }

  wire::Header next_header(wire::Command command, wire::MacAddress destination) {
    return tool_header(link_.info(), command, destination, options_.address, tag_++);
  }

  // Sends the frame, again every second, until somebody answers it.
  Result<Reply> ask(const wire::Header& request, ByteView frame) {
    Reply reply;
    const auto take = [&](const wire::Header& header, ByteView bytes) {
      if (header.tag != request.tag || header.command != request.command) return false;
      if (header.address != options_.address) return false;
      if (!request.destination.is_broadcast() && header.source != request.destination) return false;
      reply = {header, {bytes.begin(), bytes.end()}};
      return true;
    };
    while (true) {
      link_.send(frame);
      const Instant again = io::monotonic_now() + kAskAgainAfter;
      if (link_.wait(std::min(again, deadline_), take)) break;
      if (again < deadline_) continue;
      return fail("{} does not answer on {}: waited {} s", name(), options_.interface, timeout_s_);
    }
    if (!reply.header.is_error()) return reply;
    const auto error = wire::aoe_error_from(reply.header.error);
    return fail("{} answers with error {}: {}", name(), reply.header.error,
                error ? wire::to_string(*error) : "an unknown one");
  }

  std::string name() const { return options_.address.to_string(); }

  const PingOptions& options_;
  WireLink& link_;
  std::uint32_t tag_;
  unsigned timeout_s_;
  Instant deadline_;
  wire::MacAddress target_;
};

int failed(std::string_view tool, const Error& error) {
  static_cast<void>(std::fflush(stdout));  // what was found comes before why it ends
  if (!error.message.empty()) say("{} Error: {}", tool, error.message);
  return kExitFailed;
}

}  // namespace

int run_ping(const Invocation& invocation) {
  const auto options = parse_ping_options(invocation.argv);
  if (!options) {
    if (!options.error().message.empty()) say("{} Error: {}", invocation.name, options.error().message);
    if (options.error().show_usage) static_cast<void>(std::fputs(kPingUsage, stderr));
    return kExitFailed;
  }
  if (options->help) {
    static_cast<void>(std::fputs(kPingUsage, stderr));
    return kExitOk;
  }
  auto link = WireLink::open(options->interface);
  if (!link) return failed(invocation.name, link.error());
  const Status status = Pinger(*options, *link).run();
  return status ? kExitOk : failed(invocation.name, status.error());
}

}  // namespace aoekit::aoetools

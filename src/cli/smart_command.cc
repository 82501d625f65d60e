// aoe smart: the health of a target's disk.
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "ata/registers.h"
#include "cli/ata_client.h"
#include "cli/exit_code.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/smart_format.h"
#include "cli/subcommand.h"
#include "cli/text.h"

namespace aoekit::cli {
namespace {

// Subcommands in the feature register (ATA8-ACS, 7.53).
constexpr std::uint8_t kReadData = 0xd0, kReadThresholds = 0xd1, kReadLog = 0xd5, kReturnStatus = 0xda;
// LBA mid and high: the key that every SMART command carries, and what RETURN STATUS puts there when a threshold is
// exceeded.
constexpr std::uint8_t kKeyMid = 0x4f, kKeyHigh = 0xc2, kFailingMid = 0xf4, kFailingHigh = 0x2c;

struct SmartOptions {
  wire::AoeAddress address;
  int log = -1;
  std::uint32_t log_sectors = 1;
  NetworkOptions network;
  bool json = false;
};

struct SmartRequest {
  std::uint8_t subcommand = 0;
  std::uint8_t log = 0;
  std::uint8_t sectors = 0;
};

class SmartReader {
 public:
  SmartReader(Station& station, const Target& target, const Patience& patience)
      : station_(station), target_(target), patience_(patience) {}

  Result<AtaReply> ask(const SmartRequest& request) {
    wire::AtaBody command;
    command.feature_or_error = request.subcommand;
    command.count = request.sectors;
    command.command_or_status = static_cast<std::uint8_t>(ata::Opcode::smart);
    command.lba = {request.log, kKeyMid, kKeyHigh, 0xa0, 0, 0};
    auto reply = ata_command(station_, target_, command, patience_);
    if (reply && (reply->failed() || reply->data.size() < request.sectors * std::size_t{kSectorBytes})) {
      const std::string name = target_.address.to_string();
      return fail("{}: the disk refuses this SMART command (status 0x{:02x}, error 0x{:02x}); does it have SMART? "
                  "(see: aoe identify {})",
                  name, reply->status, reply->error, name);
    }
    return reply;
  }

  Result<SmartReport> report() {
    const auto data = ask({.subcommand = kReadData, .sectors = 1});
    if (!data) return tl::unexpected(data.error());
    const auto status = ask({.subcommand = kReturnStatus});
    if (!status) return tl::unexpected(status.error());
    // Thresholds and the log directory are optional in the standard.
    const auto thresholds = ask({.subcommand = kReadThresholds, .sectors = 1});
    const auto directory = ask({.subcommand = kReadLog, .log = 0, .sectors = 1});
    SmartReport report;
    report.data = parse_smart(data->data, thresholds ? ByteView(thresholds->data) : ByteView()).value();
    if (status->lba[1] == kFailingMid && status->lba[2] == kFailingHigh) report.verdict = SmartVerdict::failing;
    if (directory) report.logs = parse_log_directory(ByteView(directory->data).first(kSectorBytes));
    return report;
  }

 private:
  Station& station_;
  const Target& target_;
  Patience patience_;
};

Result<int> show_log(SmartReader& reader, const Target& target, const SmartOptions& options) {
  const auto reply = reader.ask({.subcommand = kReadLog,
                                 .log = static_cast<std::uint8_t>(options.log),
                                 .sectors = static_cast<std::uint8_t>(options.log_sectors)});
  if (!reply) return tl::unexpected(reply.error());
  const ByteView data = ByteView(reply->data).first(options.log_sectors * std::size_t{kSectorBytes});
  if (options.json) {
    print_json({{"address", target.address.to_string()}, {"log", options.log}, {"data_hex", hex(data)}});
  } else {
    fmt::print("{}", hex_dump(data));
  }
  return kExitOk;
}

Result<int> show(Station& station, const Target& target, const SmartOptions& options) {
  SmartReader reader(station, target, options.network.patience());
  if (options.log >= 0) {
    if (options.log_sectors > target.sectors_per_frame) {
      return fail("{} sectors of log do not fit a frame of this target; {} do (option --log-sectors)",
                  options.log_sectors, target.sectors_per_frame);
    }
    return show_log(reader, target, options);
  }
  const auto smart = reader.report();
  if (!smart) return tl::unexpected(smart.error());
  if (options.json) {
    nlohmann::ordered_json document{{"address", target.address.to_string()}};
    document.update(smart_json(*smart));
    print_json(document);
  } else {
    fmt::print("{}", format_smart(*smart));
  }
  return smart->verdict == SmartVerdict::passed ? kExitOk : kExitFailed;
}

}  // namespace

Action set_up_smart(CLI::App& app) {
  auto options = std::make_shared<SmartOptions>();
  add_address_argument(app, options->address);
  app.add_option("--log", options->log, "Show this log's bytes instead (0: the directory of logs)")
      ->type_name("N")
      ->check(CLI::Range(0, 255));
  app.add_option("--log-sectors", options->log_sectors, "With --log: how many sectors of it (default: 1)")
      ->type_name("N")
      ->check(CLI::Range(1, 255));
  add_network_options(app, options->network);
  add_json_option(app, options->json);
  return [options] {
    return with_target(options->network, options->address, [&](Station& station, const Target& target) {
      return show(station, target, *options);
    });
  };
}

}  // namespace aoekit::cli

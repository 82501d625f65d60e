// aoe dump: frames as they pass, or from a capture file; on the screen and into another capture file.
#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <poll.h>

#include <cerrno>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/capture.h"
#include "cli/dump_format.h"
#include "cli/exit_code.h"
#include "cli/interfaces.h"
#include "cli/interrupt.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/subcommand.h"
#include "wire/print.h"

namespace aoekit::cli {
namespace {

struct DumpOptions {
  std::vector<std::string> interfaces;
  std::string read_path;
  std::string write_path;
  std::uint64_t count = 0;  // 0: no limit
  bool json = false;
};

class Dumper {
 public:
  Dumper(const DumpOptions& options, Interrupt& interrupt) : options_(options), interrupt_(interrupt) {}

  Status run() {
    Status status = open();
    while (status && !done()) {
      status = drain_sources();
      if (status && !done()) status = wait();
    }
    const Status finished = file_ ? file_->finish() : Status{};
    return status ? finished : status;
  }

 private:
  bool done() {
    if (options_.count > 0 && shown_ >= options_.count) return true;
    return interrupt_.arrived() || (sources_.size() == 1 && sources_[0].ended());
  }

  Status open() {
    if (!options_.read_path.empty()) {
      auto source = CaptureSource::open_file(options_.read_path);
      if (!source) return tl::unexpected(source.error());
      sources_.push_back(std::move(*source));
    } else {
      const auto present = list_interfaces();
      if (!present) return tl::unexpected(present.error());
      const auto chosen = choose_interfaces(options_.interfaces, *present);
      if (!chosen) return tl::unexpected(chosen.error());
      for (const std::string& name : *chosen) {
        auto source = CaptureSource::open_interface(name);
        if (!source) return tl::unexpected(source.error());
        sources_.push_back(std::move(*source));
      }
    }
    if (options_.write_path.empty()) return {};
    auto file = CaptureFile::create(options_.write_path);
    if (!file) return tl::unexpected(file.error());
    file_.emplace(std::move(*file));
    return {};
  }

  Status drain_sources() {
    for (CaptureSource& source : sources_) {
      while (!done()) {
        const auto frame = source.next();
        if (!frame) return tl::unexpected(frame.error());
        if (!*frame) break;
        show(source, **frame);
      }
    }
    // What is printed is seen at once, also through a pipe; a failure is reported at the end.
    static_cast<void>(std::fflush(stdout));
    return {};
  }

  void show(const CaptureSource& source, const CapturedFrame& frame) {
    ++shown_;
    if (file_) file_->write(frame);
    if (options_.json) {
      nlohmann::ordered_json line{
          {"time", static_cast<double>(frame.time.tv_sec) + static_cast<double>(frame.time.tv_usec) / 1e6}};
      if (source.fd() >= 0) line["interface"] = source.name();
      line.update(frame_json(frame.bytes));
      print_json_line(line);
      return;
    }
    const std::string where = source.fd() >= 0 ? source.name() + " " : "";
    fmt::print("{} {}{}\n", format_time(frame.time), where, wire::describe(frame.bytes));
  }

  Status wait() {
    std::vector<pollfd> polled{{.fd = interrupt_.fd(), .events = POLLIN, .revents = 0}};
    for (const CaptureSource& source : sources_) polled.push_back({.fd = source.fd(), .events = POLLIN, .revents = 0});
    if (::poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) {
      return fail_errno(errno, "cannot wait for frames");
    }
    return {};
  }

  const DumpOptions& options_;
  Interrupt& interrupt_;
  std::vector<CaptureSource> sources_;
  std::optional<CaptureFile> file_;
  std::uint64_t shown_ = 0;
};

int dump(const DumpOptions& options) {
  if (options.write_path == "-") return report_usage("-w needs a file: frames are printed on standard output");
  auto interrupt = Interrupt::install();
  if (!interrupt) return report(interrupt.error());
  const Status status = Dumper(options, *interrupt).run();
  return status ? kExitOk : report(status.error());
}

}  // namespace

Action set_up_dump(CLI::App& app) {
  auto options = std::make_shared<DumpOptions>();
  add_interface_option(app, options->interfaces);
  CLI::Option* read = app.add_option("-r,--read", options->read_path, "Read frames from this pcap or pcapng file");
  read->type_name("FILE")->excludes(app.get_option("-i"));
  app.add_option("-w,--write", options->write_path, "Write the frames to this pcap file, too")->type_name("FILE");
  app.add_option("-c,--count", options->count, "Stop after N frames (default: at Ctrl-C, or the file's end)")
      ->type_name("N")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 62));
  app.add_flag("--json", options->json, "Print one JSON object a line instead of text");
  return [options] { return dump(*options); };
}

}  // namespace aoekit::cli

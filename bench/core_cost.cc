// core_cost: what one request costs the target core, without disk and network: runs a path N times, for an instruction
// counter around it (tests/cost). The disk answers at once, with whatever lies in the buffer.
#include <fmt/core.h>

#include <array>
#include <charconv>
#include <string_view>
#include <vector>

#include "ata/registers.h"
#include "target/target_core.h"
#include "wire/encode.h"

namespace aoekit::bench {
namespace {

constexpr wire::MacAddress kServer{{0x02, 0, 0, 0, 0, 1}};
constexpr wire::AoeAddress kDisk{1, 2};
constexpr std::uint64_t kDiskSectors = 1 << 20;

enum class Path { read, write, durable_write, discovery };

class Bench {
 public:
  Bench(Path path, std::uint8_t sectors) : path_(path), data_(sectors * kSectorBytes), sectors_(sectors) {
    target::ExportOptions options;
    options.address = kDisk;
    options.size = Sectors{kDiskSectors};
    options.identity.has_write_cache = true;
    if (path == Path::durable_write) options.commit = target::Commit::group;
    core_.add_export(options, now_);
  }

  // A batch is what a turn of the server brings: requests of two stations.
  void run(std::uint32_t requests) {
    constexpr std::uint32_t kBatch = 16;
    while (requests > 0) {
      const std::uint32_t count = std::min(requests, kBatch);
      for (std::uint32_t i = 0; i < count; ++i) receive(i % 2);
      requests -= count;
      finish_turn();
      now_ += std::chrono::microseconds(50);
    }
  }
  std::uint64_t replies() const { return core_.counters().replies; }

 private:
  void receive(std::uint32_t station) {
    wire::Header header;
    header.destination = path_ == Path::discovery ? wire::kBroadcastMac : kServer;
    header.source = {{0x02, 0, 0, 0, 1, static_cast<std::uint8_t>(station)}};
    header.address = kDisk;
    header.tag = 0x80000000U | ++tag_;
    if (path_ == Path::discovery) {
      header.command = static_cast<std::uint8_t>(wire::Command::config);
      return core_.on_frame(port_, wire::encode(frame_, header, wire::ConfigBody{}), now_, outbox_);
    }
    const bool is_read = path_ == Path::read;
    wire::AtaBody body;
    body.flags = static_cast<std::uint8_t>(wire::kAtaFlagExtended | (is_read ? 0 : wire::kAtaFlagWrite));
    body.count = sectors_;
    body.command_or_status =
        static_cast<std::uint8_t>(is_read ? ata::Opcode::read_sectors_ext : ata::Opcode::write_sectors_ext);
    std::uint64_t lba = tag_ * 7919ULL * sectors_ % (kDiskSectors - sectors_);
    for (std::uint8_t& byte : body.lba) byte = static_cast<std::uint8_t>(lba), lba >>= 8;
    data_[0] = static_cast<std::uint8_t>(tag_);
    if (!is_read) body.data = data_;
    core_.on_frame(port_, wire::encode(frame_, header, body), now_, outbox_);
  }

  void finish_turn() {
    while (!outbox_.ops.empty() || !outbox_.frames.empty()) {
      std::array<block::BlockCompletion, 64> done;
      std::size_t count = 0;
      for (const target::ExportOp& op : outbox_.ops) done[count++] = {op.op.cookie, block::BlockStatus::ok};
      core_.recycle(outbox_);
      core_.on_block_done(std::span(done).first(count), now_, outbox_);
    }
  }

  Path path_;
  Instant now_{std::chrono::seconds(1)};
  target::TargetCore core_{target::TargetLimits{}};
  target::PortId port_ = core_.add_port({.mac = kServer, .mtu_bytes = 9000});
  target::Outbox outbox_{core_.outbox_capacity()};
  std::array<std::uint8_t, 9018> frame_{};
  std::vector<std::uint8_t> data_;
  std::uint8_t sectors_;
  std::uint32_t tag_ = 0;
};

int usage() {
  fmt::print(stderr, "usage: core_cost read|write|durable-write|discovery SECTORS REQUESTS\n");
  return 2;
}

int run(int argc, char** argv) {
  if (argc != 4) return usage();
  constexpr std::array<std::pair<std::string_view, Path>, 4> kPaths{{{"read", Path::read},
                                                                     {"write", Path::write},
                                                                     {"durable-write", Path::durable_write},
                                                                     {"discovery", Path::discovery}}};
  const auto path = std::ranges::find(kPaths, std::string_view(argv[1]), &std::pair<std::string_view, Path>::first);
  const auto number = [](std::string_view text) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? value : 0;
  };
  const std::uint32_t sectors = number(argv[2]);
  const std::uint32_t requests = number(argv[3]);
  if (path == kPaths.end() || sectors == 0 || sectors > 17 || requests == 0) return usage();
  Bench bench(path->second, static_cast<std::uint8_t>(sectors));
  bench.run(requests);
  // All were answered, or what was counted is not what was meant.
  if (bench.replies() != requests) {
    fmt::print(stderr, "core_cost: {} of {} requests were answered\n", bench.replies(), requests);
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace aoekit::bench

int main(int argc, char** argv) { return aoekit::bench::run(argc, argv); }

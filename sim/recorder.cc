// The smallest pcapng that Wireshark reads: section header, interface descriptions, enhanced packets.
#include "sim/recorder.h"

#include <cerrno>
#include <memory>

namespace aoekit::sim {
namespace {

constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr std::uint32_t kInterfaceDescription = 1;
constexpr std::uint32_t kEnhancedPacket = 6;
constexpr std::uint16_t kOptionInterfaceName = 2;
constexpr std::uint16_t kOptionTimeResolution = 9;
constexpr std::uint16_t kOptionPacketFlags = 2;
constexpr std::uint16_t kLinkTypeEthernet = 1;

// A block's body in little-endian order; the section header says which order it is.
class Block {
 public:
  void u16(std::uint16_t value) { little_endian(value, 2); }
  void u32(std::uint32_t value) { little_endian(value, 4); }
  void padded(ByteView bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    while (bytes_.size() % 4 != 0) bytes_.push_back(0);
  }
  void option(std::uint16_t code, ByteView value) {
    u16(code);
    u16(static_cast<std::uint16_t>(value.size()));
    padded(value);
  }
  std::string framed(std::uint32_t type) const {
    Block whole;
    whole.u32(type);
    whole.u32(static_cast<std::uint32_t>(bytes_.size() + 12));
    whole.padded(bytes_);
    whole.u32(static_cast<std::uint32_t>(bytes_.size() + 12));
    return {whole.bytes_.begin(), whole.bytes_.end()};
  }

 private:
  void little_endian(std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i) bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  std::vector<std::uint8_t> bytes_;
};

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

Status write_file(const std::string& path, const std::string& content) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "wb"));
  if (!file) return fail_errno(errno, "cannot create {}", path);
  if (std::fwrite(content.data(), 1, content.size(), file.get()) != content.size() || std::fflush(file.get()) != 0) {
    return fail_errno(errno, "cannot write {}", path);
  }
  return {};
}

}  // namespace

void Recorder::line(Instant at, std::string text) {
  lines_.push_back({at, std::move(text)});
  if (out_ != nullptr) std::fputs(format(lines_.back()).c_str(), out_);
  if (lines_.size() > lines_max_) lines_.pop_front();
}

void Recorder::frame(Instant at, std::size_t interface, Direction direction, ByteView bytes) {
  frames_.push_back({at, interface, direction, {bytes.begin(), bytes.end()}});
  if (frames_.size() > frames_max_) frames_.pop_front();
}

std::string Recorder::format(const Line& line) {
  const std::int64_t us = line.at.time_since_epoch() / std::chrono::microseconds(1) % 3'600'000'000;
  return fmt::format("{:4}.{:06} s  {}\n", us / 1'000'000, us % 1'000'000, line.text);
}

Status Recorder::write_pcapng(const std::string& path) const {
  Block section;
  section.u32(0x1a2b3c4d);
  section.u16(1);
  section.u16(0);
  section.u32(0xffffffff);  // the section's length is not told
  section.u32(0xffffffff);
  std::string content = section.framed(kSectionHeader);
  for (const std::string& name : interfaces_) {
    Block interface;
    interface.u16(kLinkTypeEthernet);
    interface.u16(0);
    interface.u32(0);
    interface.option(kOptionInterfaceName, bytes_of(name));
    const std::uint8_t nanoseconds = 9;
    interface.option(kOptionTimeResolution, {&nanoseconds, 1});
    interface.u32(0);
    content += interface.framed(kInterfaceDescription);
  }
  for (const Captured& frame : frames_) {
    Block packet;
    const auto ns = static_cast<std::uint64_t>(frame.at.time_since_epoch().count());
    const auto size = static_cast<std::uint32_t>(frame.bytes.size());
    packet.u32(static_cast<std::uint32_t>(frame.interface));
    packet.u32(static_cast<std::uint32_t>(ns >> 32));
    packet.u32(static_cast<std::uint32_t>(ns));
    packet.u32(size);
    packet.u32(size);
    packet.padded(frame.bytes);
    const std::uint8_t flags[4] = {static_cast<std::uint8_t>(frame.direction == Direction::received ? 1 : 2), 0, 0, 0};
    packet.option(kOptionPacketFlags, flags);
    packet.u32(0);
    content += packet.framed(kEnhancedPacket);
  }
  return write_file(path, content);
}

Status Recorder::write_timeline(const std::string& path, const std::string& heading) const {
  std::string content = heading;
  for (const Line& line : lines_) content += format(line);
  return write_file(path, content);
}

}  // namespace aoekit::sim

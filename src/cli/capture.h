// Frames from a live interface or a capture file, and into one: a thin layer over libpcap.
#pragma once

#include <sys/time.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

struct pcap;
struct pcap_dumper;

namespace aoekit::cli {

// A frame with its time of day; `bytes` holds until the next call to next().
struct CapturedFrame {
  timeval time{};
  std::uint32_t wire_bytes = 0;  // as long as it was on the wire; more than bytes.size() when it was cut
  ByteView bytes;
};

// Only AoE frames come out of it.
class CaptureSource {
 public:
  // Needs CAP_NET_RAW. The interface is made promiscuous.
  static Result<CaptureSource> open_interface(const std::string& name);
  // A pcap or pcapng file with Ethernet frames; "-" is standard input.
  static Result<CaptureSource> open_file(const std::string& path);

  // What to poll(2) for; files have none (-1): next() never has to wait.
  int fd() const { return fd_; }
  // The next frame; nothing when there is none now (interface) or any more (file: ended() tells).
  Result<std::optional<CapturedFrame>> next();
  bool ended() const { return ended_; }
  const std::string& name() const { return name_; }

 private:
  struct Close {
    void operator()(pcap* handle) const;
  };
  CaptureSource(pcap* handle, std::string name) : handle_(handle), name_(std::move(name)) {}
  Status filter();

  std::unique_ptr<pcap, Close> handle_;
  std::string name_;
  int fd_ = -1;
  bool ended_ = false;
};

// A pcap file that is being written.
class CaptureFile {
 public:
  // Replaces the file if it is there.
  static Result<CaptureFile> create(const std::string& path);
  void write(const CapturedFrame& frame);
  // Tells whether all of it arrived. To be called once, at the end.
  Status finish();

 private:
  struct Close {
    void operator()(pcap_dumper* handle) const;
  };
  CaptureFile(pcap_dumper* handle, std::string path) : handle_(handle), path_(std::move(path)) {}
  std::unique_ptr<pcap_dumper, Close> handle_;
  std::string path_;
};

}  // namespace aoekit::cli

// For tests: a network in memory that threads may share, targets on it with disks in memory, and their engine.
#pragma once

#include <poll.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "client/network.h"
#include "io/clock.h"
#include "io/wakeup.h"
#include "net/memory_switch.h"
#include "net/shared_port.h"
#include "target/target_core.h"

namespace aoekit::client {

// Ports whose changes the test announces.
class TestNetwork final : public Network {
 public:
  explicit TestNetwork(std::vector<std::unique_ptr<net::SharedPort>> ports) : ports_(std::move(ports)) {}

  std::size_t port_count() const override { return ports_.size(); }
  net::FramePort& port(std::size_t index) override { return *ports_[index]; }
  int changes_fd() const override { return changes_.fd(); }
  Status follow(const std::function<void(std::size_t index)>& changed) override {
    std::map<std::size_t, net::PortInfo> pending;
    {
      const std::lock_guard lock(mutex_);
      std::swap(pending, pending_);
      changes_.put_out();
    }
    for (const auto& [index, info] : pending) {
      ports_[index]->set_info(info);
      changed(index);
    }
    return {};
  }

  // Any thread.
  void change(std::size_t index, const net::PortInfo& info) {
    const std::lock_guard lock(mutex_);
    pending_[index] = info;
    changes_.light();
  }

 private:
  std::vector<std::unique_ptr<net::SharedPort>> ports_;
  std::mutex mutex_;
  std::map<std::size_t, net::PortInfo> pending_;
  io::Wakeup changes_ = io::Wakeup::create().value();
};

// A target with one disk in memory, which works in a thread of its own or when the test says so.
class TestTarget {
 public:
  TestTarget(net::SharedPort& port, target::ExportOptions options)
      : port_(port), core_(target::TargetLimits{}), outbox_(core_.outbox_capacity()), disk_(options.size.bytes()) {
    port_id_ = core_.add_port({port.info().mac, port.info().mtu_bytes});
    export_id_ = core_.add_export(options, Instant{});
  }
  ~TestTarget() { stop(); }

  // Answers what has come, until nothing is left.
  void work() {
    while (true) {
      const auto frames = port_.receive();
      if (frames.empty()) return;
      const std::lock_guard lock(mutex_);
      for (const ByteView frame : frames) {
        if (!silent_) core_.on_frame(port_id_, frame, Instant{}, outbox_);
        settle();
      }
    }
  }
  void start() {
    thread_ = std::thread([this] {
      while (!stopping_) {
        pollfd entry{port_.fd(), POLLIN, 0};
        AOEKIT_CHECK(::poll(&entry, 1, 5) >= 0);
        work();
      }
    });
  }
  void stop() {
    if (!thread_.joinable()) return;
    stopping_ = true;
    thread_.join();
    stopping_ = false;
  }

  // Takes frames and answers nothing, or answers again.
  void set_silent(bool silent) { silent_ = silent; }
  void resize(Sectors size) {
    const std::lock_guard lock(mutex_);
    disk_.resize(size.bytes());
    core_.resize(export_id_, size, outbox_);
    settle();
  }
  void set_available(bool available) {
    const std::lock_guard lock(mutex_);
    core_.set_available(export_id_, available);
  }
  // Reads and writes of these sectors fail.
  void set_bad(SectorRange range) {
    const std::lock_guard lock(mutex_);
    bad_ = range;
  }
  std::vector<std::uint8_t> content() {
    const std::lock_guard lock(mutex_);
    return disk_;
  }
  std::size_t flushes() const { return flushes_; }
  std::size_t trims() const { return trims_; }

 private:
  void settle() {
    while (!outbox_.frames.empty() || !outbox_.ops.empty()) {
      std::vector<ByteView> frames;
      for (const target::TxFrame& frame : outbox_.frames) frames.push_back(frame.bytes);
      if (!frames.empty()) port_.send(frames);
      std::vector<block::BlockCompletion> done;
      for (const target::ExportOp& started : outbox_.ops) done.push_back({started.op.cookie, carry_out(started.op)});
      core_.recycle(outbox_);
      core_.on_block_done(done, Instant{}, outbox_);
    }
  }
  block::BlockStatus carry_out(const block::BlockOp& op) {
    if (op.range.overlaps(bad_)) return block::BlockStatus::medium_error;
    const auto place = disk_.begin() + static_cast<std::ptrdiff_t>(op.range.first.byte_offset());
    switch (op.kind) {
      case block::OpKind::read: std::copy_n(place, op.data.size(), op.data.begin()); break;
      case block::OpKind::write: std::copy(op.data.begin(), op.data.end(), place); break;
      case block::OpKind::flush: ++flushes_; break;
      case block::OpKind::trim:
        ++trims_;
        std::fill_n(place, op.range.count.bytes(), std::uint8_t{0});
        break;
    }
    return block::BlockStatus::ok;
  }

  net::SharedPort& port_;
  std::mutex mutex_;
  target::TargetCore core_;
  target::Outbox outbox_;
  std::vector<std::uint8_t> disk_;
  target::PortId port_id_;
  target::ExportId export_id_;
  SectorRange bad_;
  std::atomic<bool> silent_ = false, stopping_ = false;
  std::atomic<std::size_t> flushes_ = 0, trims_ = 0;
  std::thread thread_;
};

// One switch for clients' and targets' ports.
class TestWorld {
 public:
  std::unique_ptr<net::SharedPort> add_port(const std::string& name, std::uint8_t last_mac_byte, std::uint32_t mtu = 1500) {
    const std::lock_guard lock(mutex_);
    return std::make_unique<net::SharedPort>(mutex_, *fabric_.add_port(info(name, last_mac_byte, mtu)).value());
  }
  static net::PortInfo info(const std::string& name, std::uint8_t last_mac_byte, std::uint32_t mtu = 1500) {
    return {.name = name, .mac = wire::MacAddress{{2, 0, 0, 0, 0, last_mac_byte}}, .mtu_bytes = mtu, .up = true};
  }
  // Loses every `n`-th frame from now on; 0: none.
  void lose_every(std::size_t n) {
    const std::lock_guard lock(mutex_);
    fabric_.set_lose_hook([n, count = std::size_t{0}](const auto&, const auto&, ByteView) mutable {
      return n != 0 && ++count % n == 0;
    });
  }

 private:
  std::mutex mutex_;
  net::MemorySwitch fabric_;
};

}  // namespace aoekit::client

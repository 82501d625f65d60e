// What a client of a disk is to the rest of the world: it takes reads, writes, flushes and trims and says what became
// of them, and speaks AoE in its own way below.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "block/block_op.h"
#include "sim/network.h"
#include "sim/world.h"
#include "wire/address.h"

namespace aoekit::sim {

enum class IoResult : std::uint8_t {
  ok,
  failed,     // somebody said no
  unanswered  // nobody said anything, for too long
};

// One operation of whoever uses the client; alive until `done`.
struct Io {
  std::uint64_t id = 0;
  block::OpKind kind = block::OpKind::read;
  block::Durability durability = block::Durability::cached;
  SectorRange range;
  std::vector<std::uint8_t> data;  // range.count.bytes() for reads and writes
  bool is_refused = false;         // by the client, without asking anybody
  std::function<void(IoResult)> done;
};

// A station that gives its user the disk at one AoE address. One user, any number of NICs.
class Client {
 public:
  Client(World& world, Network& network, std::string name, wire::AoeAddress address)
      : world_(world), network_(network), name_(std::move(name)), address_(address) {}
  virtual ~Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void add_nic(SwitchId at, wire::MacAddress mac, std::uint32_t mtu_bytes) {
    const std::size_t index = nics_.size();
    nics_.push_back(network_.add_nic(at, fmt::format("{}.{}", name_, index), mac, mtu_bytes,
                                     [this, index](const Frame& frame) {
                                       if (running_) receive(index, frame->bytes);
                                     }));
  }

  // The machine or program starts and looks for its disk. REQUIRES: not running.
  void start() {
    running_ = true;
    ++life_;
    begin();
  }
  // It is gone at once, with all that it was asked for; no `done` is called.
  void crash() {
    world_.say("{}: crashes", name_);
    running_ = false;
    ++life_;
    end();
  }
  bool is_running() const { return running_; }

  // The disk was found and can be used.
  virtual bool is_ready() const = 0;
  // Whether it can do such a thing at all.
  virtual bool can(block::OpKind kind) const = 0;
  // REQUIRES is_ready(), can(io.kind).
  virtual void submit(Io& io) = 0;
  // The administrator asks it to look again, e.g. after an outage.
  virtual void look_again() = 0;
  // The MTU of one of its NICs has changed, or its link went or came.
  virtual void nic_changed(std::size_t /*nic*/) {}
  // Whether an operation that overlaps an earlier one waits for it, if one of the two changes the disk.
  virtual bool keeps_order() const { return false; }
  // Whether it gives up by itself: then operations may end unanswered.
  virtual std::string describe() const { return name_; }

  const std::string& name() const { return name_; }
  wire::AoeAddress address() const { return address_; }
  std::size_t nic_count() const { return nics_.size(); }
  NicId nic(std::size_t i) const { return nics_[i]; }
  wire::MacAddress mac(std::size_t i = 0) const { return network_.mac(nics_[i]); }

 protected:
  virtual void begin() = 0;
  virtual void end() = 0;
  virtual void receive(std::size_t nic, ByteView frame) = 0;
  // Calls `action` later, unless the client has crashed by then.
  void later(Duration delay, std::function<void()> action) {
    world_.after(delay, [this, life = life_, action = std::move(action)] {
      if (life == life_) action();
    });
  }
  std::uint64_t life() const { return life_; }

  World& world_;
  Network& network_;
  std::string name_;
  wire::AoeAddress address_;
  std::vector<NicId> nics_;
  bool running_ = false;

 private:
  std::uint64_t life_ = 0;
};

}  // namespace aoekit::sim

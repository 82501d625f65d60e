// A model of the Linux `aoe` driver (6.1) as far as a target can tell: docs/protocol.md, "Linux". Written from observed
// and documented behaviour.
//
// Every transmission has a new tag - a 15-bit counter of the device above the low 16 bits of the jiffies -, a lost
// frame collapses the window of its target MAC to 1, AoE errors are dropped, and after aoe_deadsecs everything fails.
#pragma once

#include <deque>
#include <map>
#include <vector>

#include "sim/clients/client.h"
#include "wire/frame.h"

namespace aoekit::sim {

class LinuxClient final : public Client {
 public:
  struct Options {
    std::uint64_t dead_seconds = 180;
    std::uint32_t maxout = 64;
    std::uint64_t hz = 250;
  };
  LinuxClient(World& world, Network& network, std::string name, wire::AoeAddress address, const Options& options);

  bool is_ready() const override { return open_; }
  bool can(block::OpKind kind) const override { return kind == block::OpKind::read || kind == block::OpKind::write; }
  void submit(Io& io) override;
  void look_again() override;

  std::uint64_t retransmissions() const { return retransmissions_; }
  std::uint64_t times_down() const { return times_down_; }

 private:
  struct Interface {
    std::size_t nic;
    std::uint32_t sectors;
  };
  struct Target {
    wire::MacAddress mac;
    std::vector<Interface> interfaces;
    std::size_t next_interface = 0;
    std::uint32_t frames_max = 0, window = 0, slow_start_until = 0, until_growth = 0, outstanding = 0;
    Instant avoid_until{};
  };
  struct Piece {
    Io* io = nullptr;  // null: IDENTIFY
    SectorRange range;
    std::size_t target = 0;
    std::uint32_t tag = 0;
    Instant first_sent_at{};
    Instant sent_at{};
    bool queued_again = false;
  };
  struct Progress {
    std::uint64_t cut = 0;
    std::uint32_t pieces = 0;
    bool failed = false;
  };

  void begin() override;
  void end() override;
  void receive(std::size_t nic, ByteView frame) override;
  void discover();
  void accept_config(std::size_t nic, const wire::Header& header, const wire::ConfigBody& body);
  void accept_ata(const wire::Header& header, const wire::AtaBody& body);
  void identify();
  void work();
  bool send_again(Piece& piece);
  Target* usable_target();
  void transmit(Piece& piece, Target& target);
  void finish_piece(const Piece& piece, bool failed);
  void finish_if_done(Io* io);
  void measure(Duration round_trip);
  void grow(Target& target);
  Duration retransmit_after() const;
  void tick();
  void schedule_tick();
  void go_down();
  std::uint32_t new_tag();
  std::uint32_t sectors_per_frame() const;

  Options options_;
  Stream stream_;
  std::vector<Target> targets_;
  std::size_t next_target_ = 0;
  std::deque<Io*> queue_;                    // not wholly cut into frames yet
  std::map<Io*, Progress> progress_;
  std::deque<Piece> active_;                 // oldest transmission first; those queued again wait for a window
  bool open_ = false;
  bool tick_scheduled_ = false;
  std::uint32_t last_tag_ = 0;
  std::int64_t average_us_ = 0, deviation_us_ = 0;  // scaled: x256, x8
  std::uint64_t retransmissions_ = 0;
  std::uint64_t times_down_ = 0;
};

}  // namespace aoekit::sim

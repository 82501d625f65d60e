// Everything that can be different from run to run, as plain numbers with names: drawn from the seed, printed first,
// set on the command line and in scenarios.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace aoekit::sim {

// 0 switches a fault off. Times are virtual.
struct Options {
  std::uint64_t seed = 1;
  // --- who is there
  std::uint64_t targets = 1, exports = 1, fabrics = 1, trunks = 0;
  std::uint64_t linux_clients = 1, ipxe_clients = 0, winaoe_clients = 0, own_clients = 0;
  std::uint64_t tools = 0, strangers = 0, masks = 0;
  // --- what they do
  std::uint64_t safety_ms = 20'000;
  std::uint64_t depth = 4, io_sectors = 8, hot_sectors = 48, think_us = 20'000;
  std::uint64_t write_percent = 50, flush_percent = 2, fua_percent = 5, trim_percent = 2;
  std::uint64_t same_data_percent = 10, overlap = 0, dead_seconds = 30, copy_lifetime_ms = 1000;
  // --- what they are like
  std::uint64_t disk_sectors = 128, durable = 1, commit = 0, buffer_count = 16, target_buffers = 64;
  std::uint64_t writes_remembered = 4096, receive_queue = 256;
  std::uint64_t mtu = 1500, client_mtu = 1500;
  std::uint64_t disk_us = 200;
  // --- network
  std::uint64_t delay_us = 30, jitter_us = 20, reorder = 0, lifetime_ms = 1000;
  std::uint64_t loss_ppm = 0, corrupt_ppm = 0, flip_ppm = 0, duplicate_ppm = 0;
  std::uint64_t late_ppm = 0, late_ms = 500, flood_ppm = 0, megabits = 0, queue_kib = 64;
  // --- events, each about so often (milliseconds), for outage_ms at most
  std::uint64_t outage_ms = 2000, restart_ms = 20, reboot_ms = 1000;
  std::uint64_t partition_every = 0, one_way_every = 0, clog_every = 0, mtu_every = 0, link_every = 0;
  std::uint64_t kill_every = 0, power_cut_every = 0, stop_every = 0, client_crash_every = 0;
  std::uint64_t resize_every = 0, unavailable_every = 0, reserve_every = 0, mask_every = 0;
  // --- disk
  std::uint64_t stall_ppm = 0, stall_ms = 3000, read_error_ppm = 0, write_error_ppm = 0, flush_error_ppm = 0;
  std::uint64_t sticky_ppm = 0, fail_nth = 0, tears = 0, room_percent = 100;
  // --- strangers' frames
  std::uint64_t hostile_every_us = 0, forged_answers = 0;

  // The swarm: a world of its own for every seed, with most faults off and some on.
  static Options draw(std::uint64_t seed);
  // "name=value".
  [[nodiscard]] Status set(std::string_view assignment);
  // One line that set() and scenarios understand: all that differs from the defaults.
  std::string describe() const;
};

struct OptionInfo {
  std::string_view name;
  std::uint64_t Options::* value;
  std::uint64_t off;       // faults only: the value that switches it off
  std::uint64_t is_fault;  // 1: --shrink and --without may switch it off
  std::string_view help;
};
std::span<const OptionInfo> option_table();
const OptionInfo* find_option(std::string_view name);

}  // namespace aoekit::sim

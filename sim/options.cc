// The table of options, and the swarm.
#include "sim/options.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "sim/world.h"

namespace aoekit::sim {
namespace {

constexpr std::array kTable = std::to_array<OptionInfo>({
    {"targets", &Options::targets, 0, 0, "machines that export disks"},
    {"exports", &Options::exports, 0, 0, "disks a target"},
    {"fabrics", &Options::fabrics, 0, 0, "switches; every machine has a NIC on each"},
    {"trunks", &Options::trunks, 0, 0, "1: the switches are joined"},
    {"linux_clients", &Options::linux_clients, 0, 0, "stations with the Linux driver"},
    {"ipxe_clients", &Options::ipxe_clients, 0, 0, "stations with iPXE"},
    {"winaoe_clients", &Options::winaoe_clients, 0, 0, "stations with WinAoE"},
    {"own_clients", &Options::own_clients, 0, 0, "stations with aoekit's own initiator"},
    {"tools", &Options::tools, 0, 1, "stations with aoetools that ask, configure and measure"},
    {"strangers", &Options::strangers, 0, 0, "stations that are masked or reserved out and try all the same"},
    {"masks", &Options::masks, 0, 0, "1: exports have mask lists from the start; 2: with the clients alone in them"},
    {"safety_ms", &Options::safety_ms, 0, 0, "how long faults last, before everything heals"},
    {"depth", &Options::depth, 0, 0, "operations that a client has outstanding"},
    {"io_sectors", &Options::io_sectors, 0, 0, "sectors of an operation, at most"},
    {"hot_sectors", &Options::hot_sectors, 0, 0, "sectors that are used at all"},
    {"think_us", &Options::think_us, 0, 0, "pause after an operation, at most"},
    {"write_percent", &Options::write_percent, 0, 0, "operations that write"},
    {"flush_percent", &Options::flush_percent, 0, 0, "flushes, of clients that can"},
    {"fua_percent", &Options::fua_percent, 0, 0, "writes that must be stable, of clients that can"},
    {"trim_percent", &Options::trim_percent, 0, 0, "trims, of clients that can"},
    {"same_data_percent", &Options::same_data_percent, 0, 1, "writes of data that was there before"},
    {"overlap", &Options::overlap, 0, 1, "1: a client's operations may overlap while under way"},
    {"dead_seconds", &Options::dead_seconds, 0, 0, "aoe_deadsecs and its like"},
    {"copy_lifetime_ms", &Options::copy_lifetime_ms, 0, 0, "how long our initiator lets copies of a write die out"},
    {"disk_sectors", &Options::disk_sectors, 0, 0, "size of each disk"},
    {"durable", &Options::durable, 0, 0, "1: acknowledged is durable (vblade -s); 0: there is a volatile cache"},
    {"commit", &Options::commit, 0, 0, "0: as `durable` says; 1: group commit; 2: each write is stable; 3: never synced"},
    {"buffer_count", &Options::buffer_count, 0, 0, "what targets advertise"},
    {"target_buffers", &Options::target_buffers, 0, 0, "what targets have"},
    {"writes_remembered", &Options::writes_remembered, 0, 0, "by targets, to know late copies; 0: none are known"},
    {"receive_queue", &Options::receive_queue, 0, 0, "frames that wait for a target at most"},
    {"mtu", &Options::mtu, 0, 0, "of targets"},
    {"client_mtu", &Options::client_mtu, 0, 0, "of clients"},
    {"disk_us", &Options::disk_us, 0, 0, "a disk operation takes up to this"},
    {"delay_us", &Options::delay_us, 0, 0, "of every link"},
    {"jitter_us", &Options::jitter_us, 0, 1, "added to the delay, at most"},
    {"reorder", &Options::reorder, 0, 1, "1: links do not keep the order of frames"},
    {"lifetime_ms", &Options::lifetime_ms, 0, 0, "bridges throw away frames older than this; 0: never"},
    {"loss_ppm", &Options::loss_ppm, 0, 1, "frames that a link loses"},
    {"corrupt_ppm", &Options::corrupt_ppm, 0, 1, "frames that are damaged, and thrown away for it"},
    {"flip_ppm", &Options::flip_ppm, 0, 1, "frames that are damaged unnoticed"},
    {"duplicate_ppm", &Options::duplicate_ppm, 0, 1, "frames that a link delivers twice"},
    {"late_ppm", &Options::late_ppm, 0, 1, "frames that are held up while others pass"},
    {"late_ms", &Options::late_ms, 0, 0, "for how long, at most"},
    {"flood_ppm", &Options::flood_ppm, 0, 1, "unicast frames that a switch sends to everybody"},
    {"megabits", &Options::megabits, 0, 1, "capacity of links; 0: no limit"},
    {"queue_kib", &Options::queue_kib, 0, 0, "what waits for a link with a capacity, at most"},
    {"outage_ms", &Options::outage_ms, 0, 0, "how long outages last, at most"},
    {"restart_ms", &Options::restart_ms, 0, 0, "how long anything is away at least"},
    {"reboot_ms", &Options::reboot_ms, 0, 0, "how much longer a client is away"},
    {"partition_every", &Options::partition_every, 0, 1, "a NIC is cut off"},
    {"one_way_every", &Options::one_way_every, 0, 1, "one direction of a NIC's link is cut"},
    {"clog_every", &Options::clog_every, 0, 1, "a link holds frames back, then delivers them"},
    {"mtu_every", &Options::mtu_every, 0, 1, "a target's interface gets another MTU"},
    {"link_every", &Options::link_every, 0, 1, "a switch's link carries only small frames"},
    {"kill_every", &Options::kill_every, 0, 1, "a target's process is killed and started again"},
    {"power_cut_every", &Options::power_cut_every, 0, 1, "a target's machine loses power and comes back"},
    {"stop_every", &Options::stop_every, 0, 1, "a target is told to stop and started again"},
    {"client_crash_every", &Options::client_crash_every, 0, 1, "a client dies and comes back with the same tags"},
    {"resize_every", &Options::resize_every, 0, 1, "a disk shrinks or grows"},
    {"unavailable_every", &Options::unavailable_every, 0, 1, "a disk is gone for a while"},
    {"reserve_every", &Options::reserve_every, 0, 1, "somebody reserves a disk, and releases it"},
    {"mask_every", &Options::mask_every, 0, 1, "somebody edits a mask list, and undoes it"},
    {"stall_ppm", &Options::stall_ppm, 0, 1, "disk operations that stall"},
    {"stall_ms", &Options::stall_ms, 0, 0, "for how long, at most"},
    {"read_error_ppm", &Options::read_error_ppm, 0, 1, "disk reads that fail"},
    {"write_error_ppm", &Options::write_error_ppm, 0, 1, "disk writes that fail, done in part"},
    {"flush_error_ppm", &Options::flush_error_ppm, 0, 1, "disk flushes that fail"},
    {"sticky_ppm", &Options::sticky_ppm, 0, 1, "disk reads that find a bad sector, which stays bad until written"},
    {"fail_nth", &Options::fail_nth, 0, 1, "the Nth operation of each disk fails"},
    {"tears", &Options::tears, 0, 1, "1: a power cut leaves garbage in unsynced sectors"},
    {"room_percent", &Options::room_percent, 100, 1, "room that a sparse disk has; less: it runs full"},
    {"hostile_every_us", &Options::hostile_every_us, 0, 1, "strangers send damaged, copied and foreign frames"},
    {"forged_answers", &Options::forged_answers, 0, 1, "1: among them answers in the place of targets"},
});

}  // namespace

std::span<const OptionInfo> option_table() { return kTable; }

const OptionInfo* find_option(std::string_view name) {
  for (const OptionInfo& info : kTable) {
    if (info.name == name) return &info;
  }
  return nullptr;
}

Status Options::set(std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  const OptionInfo* info = find_option(assignment.substr(0, equals));
  if (info == nullptr) return fail("there is no option '{}': see aoe-sim --list-options", assignment.substr(0, equals));
  const std::string_view text = equals == std::string_view::npos ? "" : assignment.substr(equals + 1);
  std::uint64_t parsed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    return fail("'{}' is no number for option {}: write {}=NUMBER", text, info->name, info->name);
  }
  this->*info->value = parsed;
  return {};
}

std::string Options::describe() const {
  const Options defaults;
  std::string text;
  for (const OptionInfo& info : kTable) {
    if (this->*info.value != defaults.*info.value) text += fmt::format(" {}={}", info.name, this->*info.value);
  }
  return text.empty() ? text : text.substr(1);
}

Options Options::draw(std::uint64_t seed) {
  Stream stream(mix(seed, 0x5eed));
  Options o;
  o.seed = seed;
  // Each fault is on in about a third of the worlds, so that most combinations of few faults come up.
  const auto sometimes = [&](std::uint64_t chance, std::uint64_t low, std::uint64_t high) {
    const std::uint64_t drawn = stream.between(low, high);
    return stream.percent(chance) ? drawn : 0;
  };
  o.targets = stream.between(1, 2);
  o.exports = stream.between(1, 2);
  o.linux_clients = stream.between(0, 2);
  o.ipxe_clients = stream.percent(30) ? 1 : 0;
  o.winaoe_clients = stream.percent(30) ? 1 : 0;
  o.own_clients = stream.between(0, 2);
  if (o.linux_clients + o.ipxe_clients + o.winaoe_clients + o.own_clients == 0) o.linux_clients = 1;
  o.tools = sometimes(30, 1, 1);
  o.strangers = sometimes(30, 1, 2);
  o.masks = o.strangers != 0 ? 1 : sometimes(30, 1, 1);
  o.safety_ms = stream.between(5'000, 30'000);
  o.depth = stream.between(1, 8);
  o.io_sectors = stream.between(1, 24);
  o.hot_sectors = stream.between(8, 96);
  o.think_us = stream.between(1'000, 200'000);
  o.write_percent = stream.between(30, 80);
  o.same_data_percent = sometimes(60, 1, 50);
  o.overlap = sometimes(30, 1, 1);
  o.dead_seconds = stream.between(10, 60);
  o.durable = stream.percent(60) ? 1 : 0;
  o.buffer_count = stream.between(2, 24);
  o.target_buffers = stream.between(40, 96);
  o.receive_queue = stream.percent(80) ? 256 : stream.between(8, 64);
  const std::uint64_t mtus[] = {1500, 1500, 4200, 9000};
  o.mtu = mtus[stream.below(4)];
  o.client_mtu = stream.percent(70) ? o.mtu : 1500;
  const std::uint64_t latencies[] = {20, 200, 2'000, 20'000};
  o.disk_us = latencies[stream.below(4)];
  o.delay_us = stream.between(2, 200);
  o.jitter_us = sometimes(60, 1, 500);
  o.loss_ppm = sometimes(40, 100, 50'000);
  o.corrupt_ppm = sometimes(20, 100, 10'000);
  o.duplicate_ppm = sometimes(30, 100, 50'000);
  o.flood_ppm = sometimes(20, 100, 100'000);
  o.megabits = sometimes(20, 20, 1000);
  o.queue_kib = stream.between(16, 256);
  o.outage_ms = stream.between(50, 4'000);
  const auto event = [&](std::uint64_t chance) { return sometimes(chance, 1'000, 15'000); };
  o.partition_every = event(25);
  o.one_way_every = event(25);
  o.clog_every = event(20);
  o.mtu_every = event(15);
  o.link_every = event(10);
  o.kill_every = event(25);
  o.power_cut_every = event(25);
  o.stop_every = event(15);
  o.client_crash_every = event(20);
  o.resize_every = event(10);
  o.unavailable_every = event(10);
  o.reserve_every = event(15);
  o.mask_every = event(15);
  o.stall_ppm = sometimes(25, 100, 20'000);
  o.stall_ms = stream.between(100, 5'000);
  o.read_error_ppm = sometimes(20, 100, 20'000);
  o.write_error_ppm = sometimes(20, 100, 20'000);
  o.flush_error_ppm = sometimes(10, 100, 100'000);
  o.sticky_ppm = sometimes(10, 100, 10'000);
  o.fail_nth = sometimes(15, 1, 2'000);
  o.tears = sometimes(40, 1, 1);
  o.room_percent = stream.percent(90) ? 100 : stream.between(20, 90);
  o.hostile_every_us = o.strangers != 0 ? sometimes(50, 2'000, 50'000) : 0;
  // Frames that overtake each other: late ones, and ways of different length. A target that was started anew does not
  // know what it did before, so here it takes longer than such frames live (docs/fault-model.md).
  const bool overtaking = stream.percent(40);
  const std::uint64_t late = sometimes(50, 100, 30'000);
  const std::uint64_t late_ms = stream.between(10, 950);
  const std::uint64_t reorder = sometimes(50, 1, 1);
  const std::uint64_t fabrics = stream.between(1, 3);
  const std::uint64_t trunks = sometimes(40, 1, 1);
  if (overtaking) {
    o.late_ppm = late;
    o.late_ms = late_ms;
    o.reorder = reorder;
    o.fabrics = fabrics;
    o.trunks = trunks;
    o.restart_ms = o.lifetime_ms + 10;
    // A client whose tags begin anew while the target remembers the old ones looks like one that numbers its slots.
    o.reboot_ms = std::max(o.reboot_ms, 4'000 + o.lifetime_ms + o.stall_ms);
    // What shrinks and grows again has zeros, until a late copy comes.
    o.resize_every = 0;
    if (o.linux_clients != 0) {
      // Not promised: the Linux driver over several paths, or on a disk that others write to.
      o.fabrics = 1;
      o.targets = 2;
      o.exports = 4;
    }
  }
  // Copies that come by another interface are requests of their own to a target: it writes the same data again, which a power
  // cut may tear.
  if (o.fabrics > 1 && o.own_clients > 0) o.tears = 0;
  const std::uint64_t commits[] = {0, 0, 1, 1, 2, 3};
  o.commit = commits[stream.below(6)];
  // Where only our own initiators are, one a disk, they keep their promises with any target and whoever answers.
  const bool any_target = stream.percent(50);
  const bool forged = stream.percent(50);
  if (o.linux_clients + o.ipxe_clients + o.winaoe_clients == 0) {
    o.forged_answers = forged && o.hostile_every_us != 0 ? 1 : 0;
    if (any_target) {
      o.exports = 2;
      o.writes_remembered = 0;
      // Of a frame that it sent once it does not know that there are two.
      o.duplicate_ppm = 0;
      // A late copy of what was flushed is in that target's cache again: whole, if the disk tears nothing. Nothing need
      // be overtaken for that: an answer that was held up meets its request, which is on the way again.
      o.tears = 0;
    }
  }
  return o;
}

}  // namespace aoekit::sim

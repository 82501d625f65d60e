// What goes wrong while it may, and how everything heals.
#include <algorithm>
#include <array>

#include "sim/simulation.h"
#include "wire/encode.h"

namespace aoekit::sim {
void Simulation::every(std::string_view name, std::uint64_t mean_ms, std::function<void(Stream&)> action) {
  if (mean_ms == 0) return;
  const Duration mean = milliseconds(static_cast<std::int64_t>(mean_ms));
  const auto stream = std::make_shared<Stream>(world_.stream(name));
  const auto next = std::make_shared<std::function<void()>>();
  *next = [this, mean, stream, action = std::move(action), again = std::weak_ptr(next)] {
    world_.after(mean / 2 + stream->duration_below(mean), [this, stream, action, next = again.lock()] {
      if (healed_) return;
      action(*stream);
      (*next)();
    });
  };
  (*next)();
}

Duration Simulation::outage(Stream& stream) const {
  return restart_time() + stream.duration_below(milliseconds(static_cast<std::int64_t>(options_.outage_ms)));
}

Duration Simulation::restart_time() const { return milliseconds(static_cast<std::int64_t>(options_.restart_ms)); }

void Simulation::start_chaos() {
  every("partition", options_.partition_every, [this](Stream& s) { cut_link(s, 1); });
  every("one way", options_.one_way_every, [this](Stream& s) { cut_link(s, 0); });
  every("clog", options_.clog_every, [this](Stream& s) { clog_link(s); });
  every("link", options_.link_every, [this](Stream& s) { shrink_link_mtu(s); });
  every("mtu", options_.mtu_every, [this](Stream& s) { change_mtu(s); });
  every("kill", options_.kill_every, [this](Stream& s) { crash_target(s, Crash::process_killed); });
  every("power", options_.power_cut_every, [this](Stream& s) { crash_target(s, Crash::power_cut); });
  every("stop", options_.stop_every, [this](Stream& s) { stop_target(s); });
  every("client", options_.client_crash_every, [this](Stream& s) { crash_client(s); });
  every("resize", options_.resize_every, [this](Stream& s) { resize_disk(s); });
  every("unavailable", options_.unavailable_every, [this](Stream& s) { take_disk_away(s); });
  every("reserve", options_.reserve_every, [this](Stream& s) { reserve(s); });
  every("mask", options_.mask_every, [this](Stream& s) { edit_mask(s); });
}

void Simulation::cut_link(Stream& stream, std::uint64_t both_ways) {
  const NicId nic = stream.below(network_.nic_count());
  const std::uint64_t first = stream.below(2);
  const Duration time = outage(stream);
  const auto set = [this, nic, first, both_ways](bool cut) {
    if (both_ways != 0 || first == 0) network_.uplink(nic).set_cut(cut);
    if (both_ways != 0 || first == 1) network_.downlink(nic).set_cut(cut);
  };
  world_.say("{} is cut off{}", network_.nic_name(nic), both_ways != 0 ? "" : " one way");
  set(true);
  world_.after(time, [this, set, nic] {
    if (!healed_) world_.say("{} is joined again", network_.nic_name(nic));
    if (!healed_) set(false);
  });
}

void Simulation::clog_link(Stream& stream) {
  Link& link = network_.links()[stream.below(network_.links().size())];
  const Duration time = outage(stream);
  world_.say("{} is clogged for {} ms", link.name(), time / milliseconds(1));
  link.clog_until(world_.now() + time);
}

void Simulation::shrink_link_mtu(Stream& stream) {
  Link* link = &network_.links()[stream.below(network_.links().size())];
  link->set_mtu(1500);
  world_.after(outage(stream), [link] { link->set_mtu(UINT32_MAX); });
}

void Simulation::change_mtu(Stream& stream) {
  TargetNode* node = targets_[stream.below(targets_.size())].get();
  const std::size_t nic = stream.below(node->nic_count());
  const std::uint32_t mtus[] = {1500, 4200, 9000};
  node->set_mtu(nic, mtus[stream.below(3)]);
}

void Simulation::crash_target(Stream& stream, Crash crash) {
  TargetNode* node = targets_[stream.below(targets_.size())].get();
  const Duration time = outage(stream);
  if (!node->is_running()) return;
  node->crash(crash);
  if (crash == Crash::power_cut) check_survivors(*node);
  world_.after(time, [node] {
    if (!node->is_running()) node->start();
  });
}

void Simulation::check_survivors(const TargetNode& node) {
  for (const Served& served : served_) {
    if (served.node != &node) continue;
    for (std::uint64_t lba = 0; lba < served.disk->size().count; ++lba) {
      const Value value = served.disk->value_at(Lba{lba});
      const std::string wrong = served.sectors->survived(Lba{lba}, value, served.disk->tears() ? 1 : 0);
      if (!wrong.empty()) world_.fail("durability", wrong);
    }
  }
}

void Simulation::stop_target(Stream& stream) {
  TargetNode* node = targets_[stream.below(targets_.size())].get();
  const Duration time = outage(stream);
  if (!node->is_running()) return;
  node->stop([this, node, time] {
    world_.after(time, [node] {
      if (!node->is_running()) node->start();
    });
  });
}

void Simulation::crash_client(Stream& stream) {
  const std::size_t which = stream.below(clients_.size());
  Client* client = clients_[which].get();
  // A machine takes longer to boot than a frame lives in the network; the scenario "quick reboot" has it otherwise.
  const Duration time = milliseconds(static_cast<std::int64_t>(options_.reboot_ms)) + outage(stream);
  if (!client->is_running()) return;
  client->crash();
  users_[which]->client_crashed();
  world_.after(time, [client] { client->start(); });
}

void Simulation::resize_disk(Stream& stream) {
  Served& served = served_[stream.below(served_.size())];
  const Sectors size{stream.between(options_.hot_sectors / 2 + 1, options_.disk_sectors)};
  const Duration later = stream.duration_below(milliseconds(500));
  const Sectors before = served.disk->size();
  served.node->resize(served.index, size, later);
  if (size < before) served.sectors->cut_off({Lba{size.count}, Sectors{before.count - size.count}});
}

void Simulation::take_disk_away(Stream& stream) {
  Served* served = &served_[stream.below(served_.size())];
  served->node->set_available(served->index, 0);
  world_.after(outage(stream), [served] { served->node->set_available(served->index, 1); });
}

// One of the clients takes its disk for itself, and lets it go again; either may be lost on the way.
void Simulation::reserve(Stream& stream) {
  const std::size_t which = stream.below(clients_.size());
  const Served* served = &served_[which % served_.size()];
  const Client* client = clients_[which].get();
  const auto send = [this, served, client](ByteView macs) {
    wire::Header header;
    header.destination = served->reachable.macs[0];
    header.source = client->mac();
    header.address = served->reachable.address;
    header.command = 3;
    header.tag = 0xc0000000;
    std::array<std::uint8_t, 64> memory;
    network_.send(client->nic(0), wire::encode(memory, header, wire::ReserveBody{1, macs}));
  };
  world_.say("{} reserves {}", client->name(), served->reachable.address.to_string());
  send(client->mac().bytes);
  world_.after(outage(stream), [send] { send({}); });
}

// A client is left out of the mask list for a while. Without a list there is nothing to be left out of.
void Simulation::edit_mask(Stream& stream) {
  const std::size_t which = stream.below(clients_.size());
  const Duration time = outage(stream);
  if (options_.masks == 0) return;
  const Served* served = &served_[which % served_.size()];
  const Client* client = clients_[which].get();
  const auto send = [this, served, client](std::uint8_t directive) {
    wire::Header header;
    header.destination = served->reachable.macs[0];
    header.source = client->mac();
    header.address = served->reachable.address;
    header.command = 2;
    std::array<std::uint8_t, 8> edit{0, directive};
    std::ranges::copy(client->mac().bytes, edit.begin() + 2);
    std::array<std::uint8_t, 64> memory;
    network_.send(client->nic(0), wire::encode(memory, header, wire::MaskBody{1, 0, 1, edit}));
  };
  world_.say("{} leaves the mask list of {}", client->name(), served->reachable.address.to_string());
  send(2);
  // It cannot add itself any more: the list of the command line comes back with the next start of the target.
  TargetNode* node = served->node;
  world_.after(time, [this, node] {
    if (healed_ || !node->is_running()) return;
    node->crash(Crash::process_killed);
    world_.after(restart_time(), [node] {
      if (!node->is_running()) node->start();
    });
  });
}

// All links are good, all machines are up, all disks work, nobody is left out.
void Simulation::heal() {
  healed_ = true;
  world_.say("--- everything heals ---");
  Weather good;
  good.delay = microseconds(static_cast<std::int64_t>(options_.delay_us));
  for (Link& link : network_.links()) {
    link.set_weather(good);
    link.set_cut(false);
    link.set_mtu(UINT32_MAX);
    link.clog_until(world_.now());
  }
  network_.set_flood_ppm(0);
  if (canary_ == Canary::black_hole) network_.downlink(clients_[0]->nic(0)).set_cut(true);
  for (const auto& disk : disks_) disk->heal();
  for (const auto& station : tools_) station->stop();
  for (const auto& station : strangers_) station->stop();
  for (const auto& node : targets_) {
    for (std::size_t i = 0; i < node->nic_count(); ++i) {
      if (network_.mtu(node->nic(i)) != options_.mtu) node->set_mtu(i, static_cast<std::uint32_t>(options_.mtu));
    }
  }
  for (const Served& served : served_) {
    served.node->set_available(served.index, 1);
    served.node->resize(served.index, Sectors{options_.disk_sectors}, Duration{0});
  }
  heal_lists();
}

// Reservations and edited mask lists are gone when the process starts anew.
void Simulation::heal_lists() {
  if (options_.reserve_every == 0 && options_.mask_every == 0) return;
  world_.after(seconds(10), [this] {
    for (const auto& node : targets_) {
      if (!node->is_running()) continue;
      node->crash(Crash::process_killed);
      world_.after(restart_time(), [node = node.get()] { node->start(); });
    }
  });
}

}  // namespace aoekit::sim

// Who is in the world and how they are joined.
#include <array>

#include "sim/clients/firmware_client.h"
#include "sim/clients/linux_client.h"
#include "sim/clients/own_client.h"
#include "sim/simulation.h"

namespace aoekit::sim {
namespace {

wire::MacAddress target_mac(std::size_t target, std::size_t fabric) {
  return {{0x02, 0x07, 0, 0, static_cast<std::uint8_t>(target), static_cast<std::uint8_t>(fabric)}};
}
wire::MacAddress client_mac(std::size_t client, std::size_t fabric) {
  return {{0x02, 0x0c, 0, 0, static_cast<std::uint8_t>(client), static_cast<std::uint8_t>(fabric)}};
}
wire::MacAddress station_mac(std::size_t number, std::size_t fabric) {
  return {{0x02, 0x0e, 0, 0, static_cast<std::uint8_t>(fabric), static_cast<std::uint8_t>(number)}};
}

// By the option `commit`.
constexpr std::array kCommits{target::Commit::as_device, target::Commit::group, target::Commit::stable,
                              target::Commit::never};

Duration us(std::uint64_t count) { return microseconds(static_cast<std::int64_t>(count)); }
Duration ms(std::uint64_t count) { return milliseconds(static_cast<std::int64_t>(count)); }

}  // namespace

Simulation::Simulation(const Options& options, Canary canary, Recorder* recorder)
    : options_(options), canary_(canary), world_(options.seed, recorder), network_(world_) {
  build();
}

Weather Simulation::weather() const {
  Weather weather;
  weather.loss_ppm = options_.loss_ppm;
  weather.corrupt_ppm = options_.corrupt_ppm;
  weather.flip_ppm = options_.flip_ppm;
  weather.duplicate_ppm = options_.duplicate_ppm;
  weather.late_ppm = options_.late_ppm;
  weather.late_max = ms(options_.late_ms);
  weather.delay = us(options_.delay_us);
  weather.jitter = us(options_.jitter_us);
  weather.keeps_order = options_.reorder == 0;
  weather.bytes_per_second = options_.megabits * 125'000;
  weather.queue_bytes = options_.queue_kib * 1024;
  return weather;
}

void Simulation::build() {
  for (std::uint64_t i = 0; i < options_.fabrics; ++i) {
    network_.add_switch();
    if (i > 0 && options_.trunks != 0) network_.add_trunk(i - 1, i);
  }
  network_.set_flood_ppm(options_.flood_ppm);
  if (options_.lifetime_ms != 0) network_.set_lifetime(ms(options_.lifetime_ms));
  build_targets();
  build_clients();
  for (Link& link : network_.links()) link.set_weather(weather());
}

wire::AoeAddress Simulation::address_of(std::size_t served) const {
  return {static_cast<std::uint16_t>(1 + served / options_.exports),
          static_cast<std::uint8_t>(served % options_.exports)};
}

bool Simulation::is_durable() const {
  switch (kCommits[options_.commit % kCommits.size()]) {
    case target::Commit::as_device: return options_.durable != 0;
    case target::Commit::group:
    case target::Commit::stable: return true;
    case target::Commit::never: return false;
  }
  return false;
}

bool Simulation::can_flush() const { return kCommits[options_.commit % kCommits.size()] != target::Commit::never; }

void Simulation::build_targets() {
  target::StationList mask;
  const std::uint64_t clients =
      options_.linux_clients + options_.ipxe_clients + options_.winaoe_clients + options_.own_clients;
  for (std::uint64_t fabric = 0; options_.masks != 0 && fabric < options_.fabrics; ++fabric) {
    for (std::uint64_t i = 0; i < clients; ++i) mask.push_back(client_mac(i, fabric));
    for (std::uint64_t i = 0; i < options_.tools; ++i) mask.push_back(station_mac(i, fabric));
  }
  // An administrator's station, so that the list never becomes empty: an empty one lets everybody in.
  if (options_.masks != 0 && options_.masks != 2) mask.push_back(station_mac(0xff, 0));
  for (std::uint64_t i = 0; i < options_.targets; ++i) {
    TargetNode::Options node;
    node.name = fmt::format("target{}", i);
    node.buffers = options_.target_buffers;
    node.writes_remembered = options_.writes_remembered;
    node.receive_queue = options_.receive_queue;
    node.first_client = client_mac(0, 0);
    if (canary_ == Canary::dirty_padding) node.bug = NodeBug::dirty_padding;
    if (canary_ == Canary::ignored_mask) node.bug = NodeBug::ignores_mask;
    if (canary_ == Canary::ignored_reservation) node.bug = NodeBug::ignores_reservation;
    if (canary_ == Canary::ack_before_commit) node.bug = NodeBug::acks_before_commit;
    if (canary_ == Canary::starved_client) node.bug = NodeBug::starves_first_client;
    targets_.push_back(std::make_unique<TargetNode>(world_, network_, node));
    TargetNode& target = *targets_.back();
    for (std::uint64_t f = 0; f < options_.fabrics; ++f) {
      target.add_nic(f, target_mac(i, f), static_cast<std::uint32_t>(options_.mtu));
    }
    for (std::uint64_t e = 0; e < options_.exports; ++e) {
      SimDisk::Options disk;
      disk.number = served_.size() + 1;
      disk.size = Sectors{options_.disk_sectors};
      disk.tears = options_.tears;
      if (options_.room_percent < 100) disk.capacity_sectors = options_.disk_sectors * options_.room_percent / 100 + 1;
      disk.faults.latency_max = us(options_.disk_us);
      disk.faults.latency_min = us(options_.disk_us / 10);
      disk.faults.stall_ppm = options_.stall_ppm;
      disk.faults.stall_max = ms(options_.stall_ms);
      disk.faults.read_error_ppm = options_.read_error_ppm;
      disk.faults.write_error_ppm = options_.write_error_ppm;
      disk.faults.flush_error_ppm = options_.flush_error_ppm;
      disk.faults.sticky_ppm = options_.sticky_ppm;
      disk.faults.fail_nth = options_.fail_nth;
      disk.faults.forgets_failed = options_.commit == 1 || options_.commit == 2 ? 1 : 0;
      if (canary_ == Canary::lost_write) disk.bug = DiskBug::loses_writes;
      if (canary_ == Canary::lying_flush) disk.bug = DiskBug::flushes_nothing;
      disks_.push_back(std::make_unique<SimDisk>(world_, fmt::format("disk {}", disk.number), disk));
      target::ExportOptions exported;
      exported.address = address_of(served_.size());
      exported.size = disk.size;
      exported.buffer_count = static_cast<std::uint16_t>(options_.buffer_count);
      exported.mask = mask;
      exported.identity.serial = exported.address.to_string();
      exported.identity.model = "simulated";
      exported.identity.can_trim = true;
      exported.identity.trim_reads_zero = true;
      exported.identity.has_write_cache = options_.durable == 0;
      exported.commit = kCommits[options_.commit % kCommits.size()];
      target.add_export(exported, *disks_.back());
      Served served{&target, e, disks_.back().get(), {{}, exported.address, disk.number, disk.size}, nullptr};
      for (std::uint64_t f = 0; f < options_.fabrics; ++f) served.reachable.macs.push_back(target_mac(i, f));
      served.sectors = std::make_unique<SectorRegister>(disk.number, disk.size);
      served_.push_back(std::move(served));
    }
  }
}

void Simulation::build_clients() {
  const auto add = [&](std::uint64_t count, std::string_view model, const auto& make) {
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::size_t number = clients_.size();
      models_.emplace_back(model);
      add_client(make(fmt::format("{}{}", model, i), address_of(number % served_.size())), number);
    }
  };
  add(options_.linux_clients, "linux", [&](std::string name, wire::AoeAddress address) {
    LinuxClient::Options options;
    options.dead_seconds = options_.dead_seconds;
    return std::make_unique<LinuxClient>(world_, network_, std::move(name), address, options);
  });
  add(options_.ipxe_clients, "ipxe", [&](std::string name, wire::AoeAddress address) {
    return std::make_unique<FirmwareClient>(world_, network_, std::move(name), address, ipxe());
  });
  add(options_.winaoe_clients, "winaoe", [&](std::string name, wire::AoeAddress address) {
    return std::make_unique<FirmwareClient>(world_, network_, std::move(name), address, winaoe());
  });
  add(options_.own_clients, "own", [&](std::string name, wire::AoeAddress address) {
    OwnClient::Options options;
    options.dead_seconds = options_.dead_seconds;
    options.copy_lifetime = ms(options_.copy_lifetime_ms);
    if (canary_ == Canary::greedy_initiator) options.credit_factor = 2;
    return std::make_unique<OwnClient>(world_, network_, std::move(name), address, options);
  });
  std::vector<Reachable> disks;
  for (const Served& served : served_) disks.push_back(served.reachable);
  for (std::uint64_t i = 0; i < options_.tools; ++i) {
    tools_.push_back(std::make_unique<ToolStation>(world_, network_, fmt::format("tool{}", i), options_.fabrics,
                                                   static_cast<std::uint8_t>(i), disks));
  }
  Stranger::Manners manners;
  if (options_.hostile_every_us != 0) manners.hostile_every = us(options_.hostile_every_us);
  manners.forges_answers = options_.forged_answers != 0;
  for (std::uint64_t i = 0; i < options_.strangers; ++i) {
    strangers_.push_back(std::make_unique<Stranger>(world_, network_, fmt::format("stranger{}", i), options_.fabrics,
                                                    static_cast<std::uint8_t>(0x80 + i), disks, values_, manners));
  }
  if (!strangers_.empty()) {
    network_.tap([this](NicId, ByteView frame) {
      for (const auto& stranger : strangers_) stranger->overheard(frame);
    });
  }
}

void Simulation::add_client(std::unique_ptr<Client> client, std::size_t number) {
  for (std::uint64_t f = 0; f < options_.fabrics; ++f) {
    client->add_nic(f, client_mac(number, f), static_cast<std::uint32_t>(options_.client_mtu));
  }
  Served& served = served_[number % served_.size()];
  Workload::Options options;
  options.disk = served.disk->number();
  options.disk_size = served.disk->size();
  options.depth = options_.depth;
  options.io_sectors = options_.io_sectors;
  options.hot_sectors = options_.hot_sectors;
  options.write_percent = options_.write_percent;
  options.flush_percent = options_.flush_percent;
  options.fua_percent = options_.fua_percent;
  options.trim_percent = options_.trim_percent;
  options.same_data_percent = options_.same_data_percent;
  options.overlap = options_.overlap;
  options.think = us(options_.think_us);
  // Where the power never goes, it does not matter what is in a cache.
  const auto kept = [this](bool promised) {
    return promised || options_.power_cut_every == 0 ? Kept::for_good : Kept::in_a_cache;
  };
  options.acknowledged = kept(is_durable());
  options.flushed = kept(can_flush());
  options.echo = ms(options_.lifetime_ms + 8 * options_.stall_ms) + us(100 * options_.disk_us) + seconds(3);
  users_.push_back(std::make_unique<Workload>(world_, *client, *served.sectors, values_, options));
  clients_.push_back(std::move(client));
}

}  // namespace aoekit::sim

// What they send.
#include "sim/stations.h"

#include <algorithm>
#include <array>

#include "sim/clients/requests.h"
#include "wire/encode.h"

namespace aoekit::sim {

Station::Station(World& world, Network& network, const std::string& name, std::uint64_t fabrics, std::uint8_t number)
    : world_(world), network_(network), stream_(world.stream(name)) {
  for (std::uint64_t i = 0; i < fabrics; ++i) {
    const wire::MacAddress mac{{0x02, 0x0e, 0, 0, static_cast<std::uint8_t>(i), number}};
    nics_.push_back(network.add_nic(i, fmt::format("{}.{}", name, i), mac, 9000, [](const Frame&) {}));
  }
}

template <class Body>
void Station::send(std::size_t fabric, const Reachable& to, std::uint8_t command, const Body& body) {
  wire::Header header;
  header.destination = to.macs[fabric];
  header.source = mac(fabric);
  header.address = to.address;
  header.command = command;
  header.tag = ++tag_;
  std::array<std::uint8_t, 16384> memory;
  network_.send(nics_[fabric], wire::encode(memory, header, body));
}

void Station::every(Duration mean, std::function<void()> action) {
  const Duration pause = mean / 2 + stream_.duration_below(mean + Duration{1});
  world_.after(pause, [this, mean, action = std::move(action)] {
    if (stopped_) return;
    action();
    every(mean, action);
  });
}

ToolStation::ToolStation(World& world, Network& network, const std::string& name, std::uint64_t fabrics,
                         std::uint8_t number, std::vector<Reachable> disks)
    : Station(world, network, name, fabrics, number), disks_(std::move(disks)) {
  every(milliseconds(150), [this] { ask(); });
}

void ToolStation::ask() {
  Reachable to = disks_[stream_.below(disks_.size())];
  const std::size_t fabric = stream_.below(nics_.size());
  if (stream_.percent(20)) to.macs[fabric] = wire::kBroadcastMac;
  if (stream_.percent(10)) to.address = wire::kEverybody;
  wire::ConfigBody config;
  wire::AtaBody ata;
  switch (stream_.below(6)) {
    case 0:
    case 1:
      config.op = static_cast<std::uint8_t>(stream_.below(6));
      config.text = bytes_of(std::string_view("owner of the disk").substr(0, stream_.below(18)));
      return send(fabric, to, 1, config);
    case 2: return send(fabric, to, 2, wire::MaskBody{});
    case 3: return send(fabric, to, 3, wire::ReserveBody{});
    case 4:
      ata.count = 1;
      ata.command_or_status = 0xec;
      ata.lba[3] = 0xa0;
      return send(fabric, to, 0, ata);
    default:
      ata.command_or_status = 0xb0;
      ata.feature_or_error = static_cast<std::uint8_t>(stream_.between(0xd0, 0xda));
      ata.count = 1;
      ata.lba = {0, 0x4f, 0xc2, 0xa0, 0, 0};
      return send(fabric, to, 0, ata);
  }
}

Stranger::Stranger(World& world, Network& network, const std::string& name, std::uint64_t fabrics, std::uint8_t number,
                   std::vector<Reachable> disks, Values& values, const Manners& manners)
    : Station(world, network, name, fabrics, number),
      disks_(std::move(disks)),
      values_(values),
      forges_answers_(manners.forges_answers) {
  every(milliseconds(30), [this] { intrude(); });
  if (manners.hostile_every) every(*manners.hostile_every, [this] { attack(); });
}

void Stranger::overheard(ByteView frame) { overheard_.assign(frame.begin(), frame.end()); }

void Stranger::intrude() {
  Reachable to = disks_[stream_.below(disks_.size())];
  const std::size_t fabric = stream_.below(nics_.size());
  const Lba lba{stream_.below(to.size.count - 1)};
  if (stream_.percent(10)) to.address = wire::kEverybody;
  const std::array<std::uint8_t, 8> remove_all{0, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  std::array<std::uint8_t, kSectorBytes> sector{};
  wire::AtaBody ata = ata_request(block::OpKind::write, {lba, Sectors{1}});
  ata.data = sector;
  wire::MaskBody mask{1, 0, 1, remove_all};
  std::array<std::uint8_t, 8> add_me{0, 1};
  std::ranges::copy(mac(fabric).bytes, add_me.begin() + 2);
  switch (stream_.below(6)) {
    case 0:  // TRIM
      ata.command_or_status = 0x06;
      ata.feature_or_error = 1;
      sector[6] = 8;
      return send(fabric, to, 0, ata);
    case 1:  // SET FEATURES: write cache off
      ata.command_or_status = 0xef;
      ata.feature_or_error = 0x82;
      ata.data = {};
      return send(fabric, to, 0, ata);
    case 2:
      mask.directives = add_me;
      return send(fabric, to, 2, mask);
    case 3: return send(fabric, to, 3, wire::ReserveBody{2, mac(fabric).bytes});
    default:
      stamp(sector, values_.next() | kForbidden, {to.disk, lba});
      return send(fabric, to, 0, ata);
  }
}

void Stranger::attack() {
  std::vector<std::uint8_t> frame = overheard_;
  const std::size_t fabric = stream_.below(nics_.size());
  if (frame.size() < wire::kHeaderBytes || stream_.percent(20)) {
    frame.assign(stream_.between(14, 200), 0);
    for (std::uint8_t& byte : frame) byte = static_cast<std::uint8_t>(stream_.next());
    if (stream_.percent(50)) std::ranges::copy(disks_[0].macs[fabric].bytes, frame.begin());
    frame[12] = 0x88;
    frame[13] = stream_.percent(70) ? 0xa2 : 0x08;
  }
  for (std::uint64_t i = stream_.below(6); i > 0; --i) {
    frame[stream_.below(frame.size())] = static_cast<std::uint8_t>(stream_.next());
  }
  if (stream_.percent(30)) frame.resize(stream_.between(14, frame.size()));
  if (frame.size() > 14 && !forges_answers_) frame[14] &= static_cast<std::uint8_t>(~wire::kFlagResponse);
  // Its own address always: see the header.
  std::ranges::copy(mac(fabric).bytes, frame.begin() + wire::kMacBytes);
  network_.send(nics_[fabric], frame);
}

}  // namespace aoekit::sim

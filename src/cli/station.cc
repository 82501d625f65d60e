// Waiting with poll(2), matching responses with requests.
#include "cli/station.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <random>

#include "base/check.h"
#include "cli/interfaces.h"
#include "io/clock.h"
#include "wire/decode.h"

namespace aoekit::cli {
namespace {

constexpr std::uint32_t kTagUserSpace = 0x80000000;  // the Linux driver ignores responses with this bit

constexpr int kStaleBatchesMax = 1000;

// poll(2)'s milliseconds, rounded up so that a wait never ends early and spins.
int poll_timeout(Instant now, Instant deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now).count();
  return static_cast<int>(std::min<std::int64_t>(left, 60'000));
}

}  // namespace

Station::Station(std::vector<std::unique_ptr<net::FramePort>> ports, Interrupt* interrupt)
    : ports_(std::move(ports)), interrupt_(interrupt), tag_(std::random_device{}()) {
  AOEKIT_CHECK(!ports_.empty());
}

std::string Station::port_names() const {
  std::string names;
  for (const auto& port : ports_) names += (names.empty() ? "" : ", ") + port->info().name;
  return names;
}

std::uint32_t Station::next_tag() { return kTagUserSpace | ++tag_; }

wire::Header Station::request_header(std::size_t port, wire::Command command, wire::MacAddress destination,
                                     wire::AoeAddress address) {
  wire::Header header;
  header.destination = destination;
  header.source = ports_[port]->info().mac;
  header.address = address;
  header.command = static_cast<std::uint8_t>(command);
  header.tag = next_tag();
  return header;
}

void Station::send(std::size_t port, ByteView frame) { ports_[port]->send({&frame, 1}); }

Waited Station::wait_until(Instant deadline) {
  std::vector<pollfd> sources;
  for (const auto& port : ports_) sources.push_back({.fd = port->fd(), .events = POLLIN, .revents = 0});
  if (interrupt_ != nullptr) sources.push_back({.fd = interrupt_->fd(), .events = POLLIN, .revents = 0});
  while (true) {
    if (interrupted()) return Waited::interrupted;
    const Instant now = io::monotonic_now();
    if (now >= deadline) return Waited::timeout;  // asked first, so that a flood of frames cannot hold us for ever
    const int ready = ::poll(sources.data(), sources.size(), poll_timeout(now, deadline));
    AOEKIT_CHECK(ready >= 0 || errno == EINTR);
    if (interrupted()) return Waited::interrupted;
    if (ready > 0) return Waited::ready;
  }
}

std::vector<ArrivalView> Station::receive() {
  std::vector<ArrivalView> arrivals;
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    for (const ByteView frame : ports_[i]->receive()) arrivals.push_back({i, frame});
  }
  return arrivals;
}

std::vector<Arrival> Station::capture(Duration time) {
  const Instant deadline = io::monotonic_now() + time;
  std::vector<Arrival> arrivals;
  while (wait_until(deadline) == Waited::ready) {
    const Instant now = io::monotonic_now();
    for (const ArrivalView& view : receive()) {
      arrivals.push_back({view.port, now, {view.bytes.begin(), view.bytes.end()}});
    }
  }
  return arrivals;
}

std::vector<Arrival> Station::capture_after(std::size_t port, ByteView frame, Duration time) {
  // Bounded: on a busy network there is always something.
  for (int i = 0; i < kStaleBatchesMax && !receive().empty(); ++i) {
  }
  send(port, frame);
  return capture(time);
}

std::vector<Arrival> Station::collect(std::size_t port, ByteView frame, Duration time) {
  const auto request = wire::decode_header(frame);
  AOEKIT_CHECK(request.has_value());
  std::vector<Arrival> arrivals = capture_after(port, frame, time);
  std::erase_if(arrivals, [&](const Arrival& one) { return one.port != port || !is_response_to(*request, one.bytes); });
  return arrivals;
}

Result<Arrival> Station::exchange(std::size_t port, ByteView frame, const Patience& patience) {
  const auto request = wire::decode_header(frame);
  AOEKIT_CHECK(request.has_value());
  for (unsigned i = 0; i < patience.tries && !interrupted(); ++i) {
    send(port, frame);
    std::optional<Arrival> response = first_response(port, *request, io::monotonic_now() + patience.timeout);
    if (response) return std::move(*response);
  }
  if (interrupted()) return tl::unexpected(Error{"interrupted", EINTR});
  const double waited = std::chrono::duration<double>(patience.timeout * patience.tries).count();
  return tl::unexpected(Error{fmt::format("{}: no answer on {} within {:g} s", request->address.to_string(),
                                          ports_[port]->info().name, waited), ETIMEDOUT});
}

std::optional<Arrival> Station::first_response(std::size_t port, const wire::Header& request, Instant deadline) {
  while (wait_until(deadline) == Waited::ready) {
    const Instant now = io::monotonic_now();
    for (const ArrivalView& view : receive()) {
      if (view.port != port || !is_response_to(request, view.bytes)) continue;
      return Arrival{view.port, now, {view.bytes.begin(), view.bytes.end()}};
    }
  }
  return std::nullopt;
}

bool is_response_to(const wire::Header& request, ByteView frame) {
  const auto header = wire::decode_header(frame);
  if (!header || !header->is_response() || header->tag != request.tag || header->command != request.command) {
    return false;
  }
  if (!request.address.addresses(header->address)) return false;
  return request.destination.is_multicast() || header->source == request.destination;
}

}  // namespace aoekit::cli

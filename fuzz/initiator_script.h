// Sessions of the initiator core as bytes: what fuzz_initiator_session.cc reads and make_corpus.cc writes.
#pragma once

#include <cstdint>
#include <vector>

namespace aoekit::fuzz {

// Each step is one of these bytes (modulo the count) and its arguments, one byte each unless said otherwise. Missing
// bytes are zeros.
enum class InitiatorStep : std::uint8_t {
  config,    // port, station, device, buffers, sectors: a config response
  identify,  // disk, log2 of the sectors, flags: answers the oldest IDENTIFY; flags: 1 no FUA, 2 no flush, 4 no 48 bits
  answer,    // which, how: answers an outstanding ATA frame of a request
  wrong,     // which, offset, value: the right answer with one byte changed
  raw,       // port, length (two bytes, little-endian), bytes
  time,      // 0: to the next deadline, else so many times 10 ms
  submit,    // device, kind, LBA (two bytes, little-endian), sectors; kind's bit 2: stable
  port,      // port, state: bit 0 up, bit 1 jumbo frames, bit 2 a tiny MTU
  device,    // device, what: open, close, forget, discover
  again,     // which: a second copy of an earlier reply
  holder,    // answers the oldest question about a reservation
};
inline constexpr std::uint8_t kInitiatorSteps = 11;

// `how` of an answer.
enum class AnswerStyle : std::uint8_t {
  right,
  ata_error,
  reserved,
  unavailable,
  short_data,
  other_port,
  other_station
};
inline constexpr std::uint8_t kAnswerStyles = 7;

class InitiatorScript {
 public:
  InitiatorScript& config(std::uint8_t port, std::uint8_t station, std::uint8_t device, std::uint8_t buffers,
                          std::uint8_t sectors) {
    return add({step(InitiatorStep::config), port, station, device, buffers, sectors});
  }
  InitiatorScript& identify(std::uint8_t disk, std::uint8_t size_log2, std::uint8_t flags = 0) {
    return add({step(InitiatorStep::identify), disk, size_log2, flags});
  }
  InitiatorScript& answer(std::uint8_t which, AnswerStyle how = AnswerStyle::right) {
    return add({step(InitiatorStep::answer), which, static_cast<std::uint8_t>(how)});
  }
  InitiatorScript& wrong(std::uint8_t which, std::uint8_t offset, std::uint8_t value) {
    return add({step(InitiatorStep::wrong), which, offset, value});
  }
  InitiatorScript& raw(std::uint8_t port, const std::vector<std::uint8_t>& bytes) {
    add({step(InitiatorStep::raw), port, static_cast<std::uint8_t>(bytes.size()),
         static_cast<std::uint8_t>(bytes.size() >> 8)});
    return add(bytes);
  }
  InitiatorScript& time(std::uint8_t tens_of_ms) { return add({step(InitiatorStep::time), tens_of_ms}); }
  InitiatorScript& submit(std::uint8_t device, std::uint8_t kind, std::uint16_t lba, std::uint8_t sectors) {
    return add({step(InitiatorStep::submit), device, kind, static_cast<std::uint8_t>(lba),
                static_cast<std::uint8_t>(lba >> 8), sectors});
  }
  InitiatorScript& port(std::uint8_t port, std::uint8_t state) { return add({step(InitiatorStep::port), port, state}); }
  InitiatorScript& device(std::uint8_t device, std::uint8_t what) {
    return add({step(InitiatorStep::device), device, what});
  }
  InitiatorScript& again(std::uint8_t which) { return add({step(InitiatorStep::again), which}); }
  InitiatorScript& holder() { return add({step(InitiatorStep::holder)}); }

  const std::vector<std::uint8_t>& input() const { return bytes_; }

 private:
  static std::uint8_t step(InitiatorStep step) { return static_cast<std::uint8_t>(step); }
  InitiatorScript& add(const std::vector<std::uint8_t>& bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
  }

  std::vector<std::uint8_t> bytes_;
};

}  // namespace aoekit::fuzz

// What became of a submitted operation, in enough detail to tell a person.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "base/units.h"
#include "block/block_op.h"
#include "wire/mac_address.h"

namespace aoekit::initiator {

// A submitted operation; never reused while it is unfinished.
struct RequestId {
  std::uint64_t value = 0;
  auto operator<=>(const RequestId&) const = default;
};

enum class Outcome : std::uint8_t {
  ok,
  ata_error,    // the disk answered with an error status: `code` is the error register
  aoe_error,    // the target answered with an AoE error: `code` is its number
  short_reply,  // fewer data than asked for: a target or network that cannot carry such frames
  no_answer,    // unanswered for dead_after, or the disk is down; a write may or may not have been done
  replaced,     // another disk answers to this address now
};

struct Completion {
  RequestId id;
  std::uint64_t cookie = 0;  // the BlockOp's
  block::BlockStatus status = block::BlockStatus::ok;
  Outcome outcome = Outcome::ok;
  std::uint8_t ata_status = 0;
  std::uint8_t code = 0;
  block::OpKind kind = block::OpKind::read;
  SectorRange failed;  // the first frame's range (by address) that failed; empty for flush
  // Who holds the reservation, the first if there are several: with AoE error 6, where the target told in time.
  std::optional<wire::MacAddress> holder{};
};

// "reading sectors 10-11: the disk reports an uncorrectable error (status 0x41, error 0x40)". REQUIRES: outcome not ok.
std::string explain(const Completion& completion);

}  // namespace aoekit::initiator

// A disk and a short way to send it task files, for tests.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <variant>
#include <vector>

#include "ata/interpret.h"

namespace aoekit::ata {

inline constexpr TransferLimits kStandardFrames{2};
using Bytes = std::initializer_list<std::uint8_t>;

class AtaFixture : public ::testing::Test {
 protected:
  AtaFixture() {
    disk_.size = Sectors{1000};
    disk_.identity.can_trim = true;
    disk_.identity.has_write_cache = true;
    disk_.write_cache_enabled = true;
    scratch_.fill(0xee);
  }

  // A task file as clients fill it in; `lba` of 48 bits.
  static wire::AtaBody request(std::uint8_t opcode, std::uint64_t lba = 0, std::uint8_t count = 0, ByteView data = {}) {
    wire::AtaBody body;
    body.command_or_status = opcode;
    body.count = count;
    body.data = data;
    for (std::uint8_t& byte : body.lba) {
      byte = static_cast<std::uint8_t>(lba);
      lba >>= 8;
    }
    return body;
  }
  static wire::AtaBody with_feature(wire::AtaBody body, std::uint8_t feature) {
    body.feature_or_error = feature;
    return body;
  }

  Action act(const wire::AtaBody& body, const TransferLimits& limits = kStandardFrames) {
    return interpret(body, limits, disk_, now_, scratch_);
  }
  // The transfer that `body` must lead to; a failed test and an empty one otherwise.
  Transfer transfer_for(const wire::AtaBody& body, const TransferLimits& limits = kStandardFrames) {
    const Action action = act(body, limits);
    const auto* transfer = std::get_if<Transfer>(&action);
    EXPECT_NE(transfer, nullptr) << "an immediate answer";
    return transfer == nullptr ? Transfer{} : *transfer;
  }
  Immediate immediate_for(const wire::AtaBody& body, const TransferLimits& limits = kStandardFrames) {
    const Action action = act(body, limits);
    const auto* immediate = std::get_if<Immediate>(&action);
    EXPECT_NE(immediate, nullptr) << "a transfer";
    return immediate == nullptr ? Immediate{} : *immediate;
  }

  void expect_success(const wire::AtaBody& body) {
    const Immediate answer = immediate_for(body);
    EXPECT_EQ(answer.registers.status, 0x40);
    EXPECT_EQ(answer.registers.error, 0);
  }
  // Refused with `error`, the request's registers returned and the refusal counted.
  void expect_refused(const wire::AtaBody& body, std::uint8_t error, const TransferLimits& limits = kStandardFrames) {
    const std::uint64_t aborted = disk_.health.requests_aborted;
    const Immediate answer = immediate_for(body, limits);
    EXPECT_EQ(answer.registers.status, 0x41);
    EXPECT_EQ(answer.registers.error, error);
    EXPECT_EQ(answer.registers.count, body.count);
    EXPECT_EQ(answer.registers.lba, body.lba);
    EXPECT_EQ(disk_.health.requests_aborted, aborted + 1);
  }

  static std::vector<std::uint8_t> sectors(std::size_t count) {
    return std::vector<std::uint8_t>(count * kSectorBytes, 0xab);
  }

  Disk disk_;
  Instant now_{};
  std::array<std::uint8_t, 512> scratch_;
};

}  // namespace aoekit::ata

// Rate limits and fair shares through the core: clients that always want more, in simulated time.
#include "target/held_requests.h"

#include <map>

#include "target/target_fixture.h"

namespace aoekit::target {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Limits : public TargetFixture {
 protected:
  static constexpr wire::AoeAddress kLimited{1, 3};
  static constexpr std::size_t kPlaces = 64 - kBuffersForReplies;  // for transfers, in the fixture's core

  ExportId add(RateLimit limit, RateLimit client_limit) {
    ExportOptions limited = options(kLimited);
    limited.limit = limit;
    limited.client_limit = client_limit;
    limited.sharing = Sharing::shared;
    return core_.add_export(limited, now_);
  }
  std::vector<Reply> send_read(const wire::MacAddress& station, std::uint8_t lba, std::uint8_t count,
                               std::uint32_t tag) {
    return send_ata(read(lba, count), {.source = station, .address = kLimited, .tag = tag});
  }
  // None of the last thousands was for the same sectors, so that it is no copy.
  std::vector<Reply> send_next(const wire::MacAddress& station) {
    ++tag_;
    return send_read(station, static_cast<std::uint8_t>(tag_), static_cast<std::uint8_t>(1 + tag_ / 256 % 16), tag_);
  }
  std::vector<Reply> send_write(const wire::MacAddress& station, std::uint8_t lba, std::uint32_t tag) {
    return send_ata(write(lba, 1, sectors(1, lba)), {.source = station, .address = kLimited, .tag = tag});
  }
  // The time comes when something is due.
  std::vector<Reply> wait() {
    EXPECT_TRUE(core_.next_deadline().has_value());
    now_ = std::max(now_, core_.next_deadline().value_or(now_));
    core_.on_timer(now_, outbox_);
    return turn();
  }

  // Each keeps so many reads outstanding; the disk takes no time.
  struct Reader {
    wire::MacAddress station;
    std::size_t depth;
    std::uint64_t done = 0;
  };
  void run(std::vector<Reader>& readers, Duration time) {
    const Instant end = now_ + time;
    while (now_ < end) {
      for (bool again = true; again;) {
        again = false;
        for (Reader& reader : readers) {
          while (in_flight_[reader.station] < reader.depth && !gave_up_[reader.station]) {
            const std::uint64_t dropped = core_.counters().dropped_over_limit;
            send_next(reader.station);
            // Sent again later, as clients do.
            gave_up_[reader.station] = core_.counters().dropped_over_limit != dropped;
            if (!gave_up_[reader.station]) ++in_flight_[reader.station];
          }
        }
        while (!started_.empty()) {
          again = true;
          for (const Reply& reply : complete()) {
            --in_flight_[reply.header.destination];
            for (Reader& reader : readers) reader.done += reader.station == reply.header.destination ? 1 : 0;
          }
        }
      }
      gave_up_.clear();
      wait();
    }
  }

  std::map<wire::MacAddress, std::size_t> in_flight_;
  std::map<wire::MacAddress, bool> gave_up_;
  std::uint32_t tag_ = 0;
};

TEST_F(Limits, HoldAtAllRatesAndSizes) {
  struct Case {
    RateLimit limit;
    std::uint8_t sectors;
    double per_second;
    int seconds;
  };
  const Case cases[] = {
      {{1, 0}, 1, 1, 300},          {{10, 0}, 1, 10, 60},
      {{1000, 0}, 16, 1000, 10},    {{50'000, 0}, 1, 50'000, 2},
      {{0, 512}, 1, 1, 300},        {{0, 1'000'000}, 1, 1953.1, 10}, {{0, 1'000'000}, 16, 122.07, 10},
      {{0, 400'000'000}, 16, 48828, 2}, {{100, 409'600}, 8, 100, 10},
  };
  std::uint8_t slot = 10;
  for (const Case& one : cases) {
    for (const bool of_export : {true, false}) {
      SCOPED_TRACE(std::to_string(one.limit.requests) + " requests, " + std::to_string(one.limit.bytes) + " bytes");
      ExportOptions limited = options({1, ++slot});
      (of_export ? limited.limit : limited.client_limit) = one.limit;
      const ExportId id = core_.add_export(limited, now_);
      const auto send = [&] {
        return send_ata(read(0, one.sectors), {.address = limited.address, .tag = ++tag_});
      };
      // The burst first, then what is measured.
      std::uint64_t before = 0;
      Instant begin{};
      for (const int seconds_left : {1, one.seconds}) {
        before = core_.statistics(id).reads;
        begin = now_;
        while (now_ < begin + seconds(seconds_left)) {
          while (core_.exported(id).held.requests == 0) {
            send();
            while (!started_.empty()) complete();
          }
          wait();
          while (!started_.empty()) complete();
        }
      }
      const double expected = one.per_second * std::chrono::duration<double>(now_ - begin).count();
      EXPECT_NEAR(static_cast<double>(core_.statistics(id).reads - before), expected, std::max(0.02 * expected, 1.0));
      while (!core_.idle()) {
        wait();
        while (!started_.empty()) complete();
      }
    }
  }
}

TEST_F(Limits, OfOneClientDoNotSlowAnother) {
  const ExportId id = add({}, {100, 0});
  for (int step = 0; step < 2000; ++step) {
    for (int i = 0; i < 4; ++i) send_next(kAlice);
    if (step % 20 == 0) {
      const std::size_t before = started_.size();
      send_read(kBob, 0, 1, ++tag_);
      ASSERT_EQ(started_.size(), before + 1) << "at once";
    }
    while (!started_.empty()) complete();
    now_ += milliseconds(1);
    if (const auto deadline = core_.next_deadline(); deadline && *deadline <= now_) {
      core_.on_timer(now_, outbox_);
      turn();
    }
  }
  for (const ClientRecord& client : core_.clients()) {
    ASSERT_EQ(client.device, id);
    EXPECT_EQ(client.statistics.dropped > 1000, client.mac == kAlice);
    EXPECT_EQ(client.statistics.delayed > 100, client.mac == kAlice);
    EXPECT_NEAR(static_cast<double>(client.statistics.reads), client.mac == kAlice ? 210 : 100, 5);
  }
}

TEST_F(Limits, OfAnExportAreSharedInTurns) {
  add({1000, 0}, {});
  std::vector<Reader> readers{{kAlice, 20}, {kBob, 2}};
  run(readers, seconds(5));
  const auto share = static_cast<double>(readers[0].done) / static_cast<double>(readers[0].done + readers[1].done);
  EXPECT_NEAR(share, 0.5, 0.05);
  EXPECT_NEAR(static_cast<double>(readers[0].done + readers[1].done), 5100, 51);
}

TEST_F(Limits, NoRequestWaitsForLongButTheOnlyOneOfItsClient) {
  const ExportId id = add({}, {10, 0});
  for (std::uint8_t i = 0; i < 20; ++i) send_read(kAlice, i, 1, ++tag_);
  EXPECT_EQ(started_.size(), 1U);
  EXPECT_EQ(core_.exported(id).held.requests, 4U) << "those that 400 ms let pass";
  EXPECT_EQ(core_.counters().dropped_over_limit, 15U);
  EXPECT_EQ(core_.counters().delayed, 4U);
  const Instant start = now_;
  for (int i = 1; i <= 4; ++i) {
    wait();
    EXPECT_EQ(started_.size(), 1U + static_cast<std::size_t>(i));
    EXPECT_EQ(now_ - start, milliseconds(100) * i);
  }
  EXPECT_EQ(core_.next_deadline(), std::nullopt);
  while (!started_.empty()) complete();
  EXPECT_TRUE(core_.idle());
}

TEST_F(Limits, HalfOfThePlacesWaitAtMost) {
  add({}, {1, 0});
  for (std::uint8_t station = 0; station < 200; ++station) {
    const wire::MacAddress mac{{2, 0, 0, 0, 1, station}};
    send_read(mac, 0, 1, 1);
    while (!started_.empty()) complete();
    send_read(mac, 0, 1, 2);
  }
  EXPECT_EQ(core_.requests_in_progress(), kPlaces / 2);
  EXPECT_EQ(core_.counters().dropped_over_limit, 200 - kPlaces / 2);
  EXPECT_EQ(send_config(wire::ConfigOp::read, "").size(), 1U);
  send_ata(read(0, 1));
  EXPECT_EQ(started_.size(), 1U) << "another export";
}

TEST_F(Limits, CopiesOfARequestThatWaitsAreAnsweredWithIt) {
  add({}, {10, 0});
  send_read(kAlice, 0, 1, 1);
  complete();
  send_read(kAlice, 7, 2, 2);
  send_read(kAlice, 7, 2, 3);  // Linux retransmits under a new tag
  send_read(kAlice, 7, 2, 2);
  EXPECT_EQ(core_.counters().duplicates, 2U);
  EXPECT_EQ(core_.requests_in_progress(), 1U);
  wait();
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_FALSE(started_[0].op.may_lend) << "the second answer is made of the data";
  std::fill(started_[0].op.data.begin(), started_[0].op.data.end(), std::uint8_t{0x5a});
  const auto replies = complete();
  ASSERT_EQ(replies.size(), 2U);
  for (const Reply& reply : replies) {
    EXPECT_EQ(reply.bytes.size(), 36U + 1024);
    EXPECT_EQ(ata_of(reply).data[1023], 0x5a);
  }
  EXPECT_EQ(replies[1].header.tag, 3U);
  send_read(kAlice, 8, 2, 4);
  EXPECT_EQ(*core_.next_deadline() - now_, milliseconds(200)) << "two answers were paid for";
}

TEST_F(Limits, OverlappingRequestsKeepTheirOrderAndFlushesOfOthersDoNotWait) {
  add({}, {10, 0});
  send_write(kAlice, 5, 1);
  complete();
  send_write(kAlice, 6, 2);
  send_read(kBob, 6, 1, 3);
  EXPECT_TRUE(started_.empty()) << "the read waits for the write, which waits for its limit";
  EXPECT_TRUE(send_ata(transfer(0xea, 0, 0), {.source = wire::MacAddress{{2, 9}}, .address = kLimited}).empty());
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_EQ(started_[0].op.kind, block::OpKind::flush);
  complete();
  wait();
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_EQ(started_[0].op.kind, block::OpKind::write);
  EXPECT_EQ(complete()[0].header.tag, 2U);
  EXPECT_EQ(complete()[0].header.tag, 3U);
}

TEST_F(Limits, AWriteThatWaitedWhileTheCacheWasSwitchedOffIsStable) {
  add({}, {10, 0});
  send_write(kAlice, 5, 1);
  complete();
  send_write(kAlice, 6, 2);
  wire::AtaBody cache_off = transfer(0xef, 0, 0);
  cache_off.feature_or_error = 0x82;
  send_ata(cache_off, {.source = kBob, .address = kLimited});
  complete();
  wait();
  ASSERT_EQ(started_.size(), 1U);
  EXPECT_EQ(started_[0].op.durability, block::Durability::stable);
  complete();
}

TEST_F(Limits, NothingWaitsWhenTheLimitIsLiftedOrTheExportOrTheCoreEnds) {
  enum class End { lifted, removed, stopped };
  std::uint8_t slot = 10;
  for (const End end : {End::lifted, End::removed, End::stopped}) {
    ExportOptions limited = options({1, ++slot});
    limited.client_limit = {1, 0};
    const ExportId id = core_.add_export(limited, now_);
    send_ata(read(0, 1), {.address = limited.address, .tag = 1});
    complete();
    send_ata(read(0, 1), {.address = limited.address, .tag = 2});
    EXPECT_TRUE(started_.empty());
    limited.client_limit = {};
    if (end == End::lifted) core_.update_export(id, limited, outbox_), turn();
    if (end == End::removed) core_.remove_export(id);
    if (end == End::stopped) core_.stop_accepting();
    EXPECT_LE(core_.next_deadline(), now_);
    core_.on_timer(now_, outbox_);
    turn();
    ASSERT_EQ(started_.size(), 1U);
    complete();
    EXPECT_TRUE(core_.idle());
  }
}

TEST_F(Limits, AGreedyClientGetsItsShareWhenBuffersAreShort) {
  add({}, {});
  std::map<wire::MacAddress, int> served;
  for (int step = 0; step < 3000; ++step) {
    for (int i = 0; i < 10; ++i) send_read(kAlice, 0, 1, ++tag_);
    send_read(kBob, 0, 1, ++tag_);
    for (const Reply& reply : complete()) ++served[reply.header.destination];  // the disk does one at a time
  }
  EXPECT_NEAR(static_cast<double>(served[kBob]) / (served[kAlice] + served[kBob]), 0.5, 0.05);
  EXPECT_GT(core_.counters().dropped_over_share, 25'000U);
  std::uint64_t dropped = 0;
  for (const ClientRecord& client : core_.clients()) {
    dropped += client.statistics.dropped;
    EXPECT_EQ(client.statistics.dropped > 25'000, client.mac == kAlice);
  }
  EXPECT_EQ(dropped, core_.counters().dropped_over_share + core_.counters().dropped_no_buffer);
}

TEST_F(Limits, SharesAreThoseOfMachinesNotOfTheirExports) {
  add({}, {});
  for (int i = 0; i < 100; ++i) {
    send_read(kAlice, 0, 1, ++tag_);
    send_ata(read(0, 1), {.source = kAlice, .tag = ++tag_});
    if (i == 5) send_read(kBob, 0, 1, ++tag_);
  }
  std::size_t alice = 0;
  for (const ClientRecord& client : core_.clients()) alice += client.mac == kAlice ? client.in_flight : 0;
  EXPECT_EQ(alice, kPlaces - kPlaces / kShortage);
  send_read(kBob, 0, 1, ++tag_);
  EXPECT_EQ(core_.counters().dropped_no_buffer, 0U);
  EXPECT_EQ(core_.requests_in_progress(), alice + 2);
}

}  // namespace
}  // namespace aoekit::target

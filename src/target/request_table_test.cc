// Who waits for whom and who is a copy of whom, compared with a model that looks at everything.
#include "target/request_table.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <vector>

namespace aoekit::target {
namespace {

constexpr std::size_t kRequests = 64;

struct Model {
  BufferIndex index;
  bool waiting;
};

bool conflict(const Request& earlier, const Request& later) {
  if (later.transfer.kind == block::OpKind::flush) return earlier.modifies() && !earlier.held;
  return (earlier.modifies() || later.modifies()) && earlier.transfer.range.overlaps(later.transfer.range);
}

class RequestTableTest : public testing::Test {
 protected:
  RequestTableTest() {
    for (BufferIndex i = 0; i < kRequests; ++i) free_.push_back(i);
  }

  // A small disk, so that requests meet, with blocks that share a mark now and then.
  Request random_request() {
    Request request;
    request.device = ExportId{chain_of_next_};
    request.port = PortId{0};
    request.header.source = {{2, 0, 0, 0, 0, static_cast<std::uint8_t>(random_() % 2)}};
    request.header.tag = static_cast<std::uint32_t>(random_() % 8);
    constexpr std::array kKinds{block::OpKind::read, block::OpKind::read, block::OpKind::write, block::OpKind::write,
                                block::OpKind::flush, block::OpKind::trim};
    request.transfer.kind = kKinds[random_() % kKinds.size()];
    if (request.transfer.kind != block::OpKind::flush) {
      constexpr std::array<std::uint64_t, 5> kCounts{1, 8, 17, 255, 4000};
      request.transfer.range = {{random_() % 20000}, {kCounts[random_() % kCounts.size()]}};
    }
    request.body.command_or_status = static_cast<std::uint8_t>(request.transfer.kind);
    request.body.count = static_cast<std::uint8_t>(request.transfer.range.count.count);
    request.body.lba[0] = static_cast<std::uint8_t>(request.transfer.range.first.value);
    request.body.lba[1] = static_cast<std::uint8_t>(request.transfer.range.first.value >> 8);
    return request;
  }

  void add() {
    chain_of_next_ = static_cast<std::uint32_t>(random_() % chains_.size());
    auto& model = models_[chain_of_next_];
    Request request = random_request();
    // Sometimes what is there comes again.
    if (!model.empty() && random_() % 4 == 0) request = table_[model[random_() % model.size()].index];
    RequestChain& chain = chains_[chain_of_next_];
    const auto copy = table_.find_copy(chain, request.device, request.header, request.body, request.transfer);
    std::optional<BufferIndex> expected;
    for (const Model& other : model) {
      const Request& known = table_[other.index];
      const bool same = known.body.lba == request.body.lba && known.body.count == request.body.count &&
                        known.body.command_or_status == request.body.command_or_status &&
                        known.header.source == request.header.source;
      if (same && !expected && (known.modifies() || known.header.tag == request.header.tag)) expected = other.index;
    }
    ASSERT_EQ(copy, expected);
    const BufferIndex index = free_.back();
    free_.pop_back();
    bool waits = false;
    for (const Model& other : model) waits = waits || conflict(table_[other.index], request);
    request.waiting = false;
    table_[index] = request;
    table_.append(chain, index);
    ASSERT_EQ(table_[index].waiting, waits);
    model.push_back({index, waits});
    met_ += waits ? 1 : 0;
  }

  void finish() {
    const std::size_t which = random_() % chains_.size();
    auto& model = models_[which];
    // What waits does not finish.
    std::vector<std::size_t> under_way;
    for (std::size_t i = 0; i < model.size(); ++i) {
      if (!model[i].waiting) under_way.push_back(i);
    }
    if (under_way.empty()) return;
    const std::size_t done = under_way[random_() % under_way.size()];
    table_.remove(chains_[which], model[done].index);
    free_.push_back(model[done].index);
    model.erase(model.begin() + static_cast<std::ptrdiff_t>(done));
    for (std::size_t i = 0; i < model.size(); ++i) {
      if (!model[i].waiting) continue;
      bool waits = false;
      for (std::size_t j = 0; j < i; ++j) waits = waits || conflict(table_[model[j].index], table_[model[i].index]);
      if (waits) continue;
      ASSERT_EQ(table_.next_startable(chains_[which]), model[i].index);
      model[i].waiting = false;
    }
    ASSERT_EQ(table_.next_startable(chains_[which]), std::nullopt);
  }

  std::mt19937 random_{7};
  RequestTable table_{kRequests};
  std::array<RequestChain, 2> chains_;
  std::array<std::deque<Model>, 2> models_;
  std::vector<BufferIndex> free_;
  std::uint32_t chain_of_next_ = 0;
  std::size_t met_ = 0;
};

TEST_F(RequestTableTest, FindsWhomARequestMeetsAsIfItLookedAtAll) {
  for (int step = 0; step < 20000; ++step) {
    const bool must_finish = free_.empty();
    if (must_finish || random_() % 2 == 0) {
      finish();
    } else {
      add();
    }
    if (HasFatalFailure()) FAIL() << "at step " << step;
  }
  EXPECT_GT(met_, 1000U);
}

}  // namespace
}  // namespace aoekit::target

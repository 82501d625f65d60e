// The data path allocates nothing: reads and writes of known and new clients, copies, limits, refusals, overload.
#include <cstdlib>
#include <new>

#include "target/target_fixture.h"

namespace {

bool counting = false;
std::size_t allocations = 0;

void* allocate(std::size_t bytes, std::size_t alignment) {
  if (counting) ++allocations;
  void* memory = alignment <= alignof(std::max_align_t)
                     ? std::malloc(bytes)
                     : std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t bytes) { return allocate(bytes, 1); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace aoekit::target {
namespace {

class Allocation : public TargetFixture {
 protected:
  // As turn(), but without copies.
  void carry_out() {
    while (!outbox_.ops.empty() || !outbox_.frames.empty()) {
      std::array<block::BlockCompletion, 64> done;
      std::size_t count = 0;
      for (const ExportOp& op : outbox_.ops) done[count++] = {op.op.cookie, block::BlockStatus::ok};
      core_.recycle(outbox_);
      core_.on_block_done(std::span(done).first(count), now_, outbox_);
    }
  }
  void receive(const Request& request, const wire::AtaBody& body) {
    std::array<std::uint8_t, 10000> memory;
    core_.on_frame(port_, wire::encode(memory, header(request, 0), body), now_, outbox_);
  }
};

TEST_F(Allocation, NoneOnTheDataPath) {
  const wire::AoeAddress limited{1, 3};
  ExportOptions options_limited = options(limited);
  options_limited.sharing = Sharing::exclusive;
  options_limited.limit = {100'000, 0};
  options_limited.client_limit = {100, 0};
  options_limited.access.write.deny = {kBob};
  core_.add_export(options_limited, now_);
  const auto data = sectors(2, 7);
  counting = true;
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    wire::MacAddress newcomer{{2, 0, 0, 1, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)}};
    for (const wire::MacAddress& station : {kAlice, kBob, newcomer}) {
      const auto lba = static_cast<std::uint8_t>(i);
      for (const wire::AoeAddress address : {wire::AoeAddress{1, 2}, limited}) {
        receive({.source = station, .address = address, .tag = i}, read(lba, 2));
        receive({.source = station, .address = address, .tag = i}, write(lba, 2, data));
        receive({.source = station, .address = address, .tag = i + 1}, write(lba, 2, data));
      }
    }
    if (i % 7 == 0) carry_out();
    now_ += std::chrono::milliseconds(1);
    if (const auto deadline = core_.next_deadline(); deadline && *deadline <= now_) core_.on_timer(now_, outbox_);
    carry_out();
  }
  counting = false;
  EXPECT_EQ(allocations, 0U);
  const TargetCounters& counters = core_.counters();
  EXPECT_GT(counters.replies, 10'000U);
  for (const CounterName& counter : kTargetCounterNames) {
    const std::string_view name = counter.name;
    const bool expected = name == "delayed" || name == "duplicates" || name == "ordered" || name == "write_protected" ||
                          name == "dropped_over_share";
    EXPECT_TRUE(!expected || counters.*counter.member > 0) << name;
  }
  std::vector<TargetEvent> events(1);
  EXPECT_EQ(core_.take_events(events), 1U);
}

}  // namespace
}  // namespace aoekit::target

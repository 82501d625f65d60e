// Fuzzes the state database: any bytes open or are refused, and what opens keeps what is stored.
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "base/check.h"
#include "daemon/state_database.h"

namespace aoekit::daemon {
namespace {

// In memory where that is to be had. Removed at the end, unless a check fails.
class Scratch {
 public:
  Scratch() {
    if (std::filesystem::is_directory("/dev/shm")) directory_ = "/dev/shm" + directory_.substr(4);
    AOEKIT_CHECK(mkdtemp(directory_.data()) != nullptr);
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  std::string fill(ByteView bytes) const {
    const std::string path = directory_ + "/state.db";
    for (const char* more : {"-wal", "-journal", "-shm"}) std::filesystem::remove(path + more);
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    const std::vector<char> chars(bytes.begin(), bytes.end());
    file.write(chars.data(), static_cast<std::streamsize>(chars.size()));
    file.close();
    AOEKIT_CHECK(file.good());
    return path;
  }

 private:
  std::string directory_ = "/tmp/aoekit-fuzz-XXXXXX";
};

// All that is in the database, if it is one.
std::optional<StateMap> states_in(const std::string& path) {
  auto database = StateDatabase::open(path);
  if (!database) {
    AOEKIT_CHECK(!database.error().message.empty());
    return std::nullopt;
  }
  const auto states = database->load();
  if (!states) return std::nullopt;
  return *states;
}

void check_one(ByteView input) {
  static const Scratch scratch;
  const std::string path = scratch.fill(input);
  std::optional<StateMap> states = states_in(path);
  if (!states) return;
  const std::array<StateChange, 2> changes{
      {{.address = {1, 1}, .state = target::PersistentState{.config_string = "fuzz", .mask = {wire::kBroadcastMac}}},
       {.address = {1, 2}}}};
  {
    auto database = StateDatabase::open(path);
    AOEKIT_CHECK(database.has_value());
    if (!database->apply(changes)) return;
  }
  (*states)[changes[0].address] = *changes[0].state;
  states->erase(changes[1].address);
  AOEKIT_CHECK(states_in(path) == states);
}

}  // namespace
}  // namespace aoekit::daemon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  aoekit::daemon::check_one({data, size});
  return 0;
}

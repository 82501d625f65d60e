// Makes each database with the code that aoed makes it with, then spoils it.
#include "state_corpus.h"

#include <sqlite3.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/check.h"
#include "daemon/state_database.h"

namespace aoekit::fuzz {
namespace {

// SQLite notes its own version here, which means nothing: the corpus is the same whatever made it.
constexpr std::size_t kVersionOffset = 96;

std::vector<std::uint8_t> bytes_in(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> chars{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::uint8_t> bytes(chars.begin(), chars.end());
  for (std::size_t i = kVersionOffset; i < kVersionOffset + 4 && i < bytes.size(); ++i) bytes[i] = 0;
  return bytes;
}

target::PersistentState state_with(std::size_t text_bytes, std::size_t stations) {
  target::PersistentState state{.config_string = std::string(text_bytes, 'c')};
  for (std::size_t i = 0; i < stations; ++i) state.mask.push_back({{2, 0, 0, 0, 0, static_cast<std::uint8_t>(i)}});
  state.reserved_for = state.mask;
  return state;
}

// A database with so many states, each of the given size.
void make(const std::string& path, std::uint8_t states, std::size_t text_bytes, std::size_t stations) {
  auto database = daemon::StateDatabase::open(path);
  AOEKIT_CHECK(database.has_value());
  for (std::uint8_t slot = 0; slot < states; ++slot) {
    const daemon::StateChange change{.address = {1, slot}, .state = state_with(text_bytes, stations)};
    AOEKIT_CHECK(database->apply({&change, 1}).has_value());
  }
}

void execute(const std::string& path, const char* sql) {
  sqlite3* handle = nullptr;
  AOEKIT_CHECK(sqlite3_open(path.c_str(), &handle) == SQLITE_OK);
  AOEKIT_CHECK(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  AOEKIT_CHECK(sqlite3_close(handle) == SQLITE_OK);
}

struct Spoiled {
  const char* name;
  const char* sql;
};
constexpr Spoiled kSpoiled[] = {
    {"newer", "PRAGMA user_version=2"},
    {"another-programs", "PRAGMA application_id=1"},
    {"trigger", "CREATE TRIGGER t AFTER INSERT ON export_state BEGIN DELETE FROM export_state; END"},
    {"wild-address", "INSERT INTO export_state VALUES (65535, 255, x'', x'', x'')"},
    {"odd-list", "INSERT INTO export_state VALUES (2, 2, x'', x'0102030405', x'')"},
    {"text-for-number", "INSERT INTO export_state VALUES ('a', 2, x'', x'', x'')"},
};

}  // namespace

std::vector<std::pair<std::string, std::vector<std::uint8_t>>> state_databases() {
  std::string directory = (std::filesystem::temp_directory_path() / "aoekit-corpus-XXXXXX").string();
  AOEKIT_CHECK(mkdtemp(directory.data()) != nullptr);
  const std::string path = directory + "/state.db";
  std::vector<std::pair<std::string, std::vector<std::uint8_t>>> made{{"empty-file", {}}};
  const auto take = [&](const char* name) {
    made.emplace_back(name, bytes_in(path));
    std::filesystem::remove(path);
  };
  execute(path, "PRAGMA user_version=1; PRAGMA user_version=0");
  take("no-tables");
  std::vector<std::uint8_t> damaged = made.back().second;
  damaged.at(34) = 0x0d;  // of the number of its first free page
  made.emplace_back("no-tables-but-damaged", std::move(damaged));
  make(path, 0, 0, 0);
  take("no-state");
  make(path, 3, 5, 2);
  take("small-states");
  make(path, 4, 1024, 255);
  take("large-states");
  for (const Spoiled& spoiled : kSpoiled) {
    make(path, 1, 5, 2);
    execute(path, spoiled.sql);
    take(spoiled.name);
  }
  std::filesystem::remove_all(directory);
  return made;
}

}  // namespace aoekit::fuzz

// Opening the state database: each thing that can be wrong has its sentence, and nothing is replaced.
#include "daemon/state_database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "daemon/state_fixture.h"

namespace aoekit::daemon {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string message_of(const std::string& path) {
  auto database = StateDatabase::open(path);
  if (!database) return database.error().message;
  const auto states = database->load();
  return states ? "opened" : states.error().message;
}

std::string bytes_in(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_bytes(const std::string& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

// Does what another program might do to a database.
void execute(const std::string& path, const std::string& sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
  EXPECT_EQ(sqlite3_close(handle), SQLITE_OK);
}

// A database with a few states in it, closed.
std::string make_database(const ScratchDirectory& dir) {
  auto database = StateDatabase::open(dir / "state.db");
  EXPECT_TRUE(database) << database.error().message;
  for (std::uint8_t slot = 0; slot < 9; ++slot) {
    const StateChange change{.address = {1, slot}, .state = state_of(600U + slot)};
    EXPECT_TRUE(database->apply({&change, 1}));
  }
  return dir / "state.db";
}

TEST(StateDatabase, MakesAndOpensAgain) {
  const ScratchDirectory dir;
  const std::string path = make_database(dir);
  EXPECT_EQ(StateDatabase::open(path)->load()->size(), 9U);
  EXPECT_FALSE(std::filesystem::exists(path + "-wal")) << "a closed database is one file";
  write_bytes(dir / "empty", "");
  EXPECT_EQ(message_of(dir / "empty"), "opened");
}

TEST(StateDatabase, ABatchIsAllOrNothing) {
  const ScratchDirectory dir;
  auto database = StateDatabase::open(dir / "state.db");
  ASSERT_TRUE(database);
  const std::array<StateChange, 3> batch{{{.address = {1, 1}, .state = state_of(1)},
                                          {.address = {1, 2}, .state = state_of(2)},
                                          {.address = {1, 1}}}};
  ASSERT_TRUE(database->apply(batch));
  EXPECT_EQ(*database->load(), (StateMap{{{1, 2}, state_of(2)}}));
}

TEST(StateDatabase, EachMistakeHasItsSentence) {
  const ScratchDirectory dir;
  EXPECT_EQ(message_of("state.db"), "state database 'state.db': say its path from / on");
  EXPECT_EQ(message_of("/dev/null"), "state database /dev/null is not a file: name another");
  EXPECT_EQ(message_of("/tmp"), "state database /tmp is not a file: name another");
  EXPECT_THAT(message_of(dir / "none/state.db"),
              AllOf(HasSubstr("none/state.db: cannot open it"), HasSubstr("its directory must exist"),
                    HasSubstr("No such file or directory")));
  write_bytes(dir / "text", std::string(5000, 'x'));
  EXPECT_THAT(message_of(dir / "text"), AllOf(HasSubstr("cannot read it"), HasSubstr("restore it from a backup")));
  EXPECT_EQ(bytes_in(dir / "text"), std::string(5000, 'x'));
  write_bytes(dir / "short", "SQLite");
  EXPECT_THAT(message_of(dir / "short"), HasSubstr("restore it from a backup"));
}

TEST(StateDatabase, AnotherProgramsIsRefused) {
  const ScratchDirectory dir;
  execute(dir / "other.db", "CREATE TABLE export_state (a); INSERT INTO export_state VALUES (1)");
  const std::string before = bytes_in(dir / "other.db");
  EXPECT_THAT(message_of(dir / "other.db"), HasSubstr("belongs to another program"));
  EXPECT_EQ(bytes_in(dir / "other.db"), before);
}

// With a log that was left by a crash: it is as it was afterwards, byte by byte.
TEST(StateDatabase, ANewerOneIsRefusedUntouched) {
  const ScratchDirectory dir;
  const std::string path = make_database(dir);
  const pid_t child = fork();
  if (child == 0) {
    execute(path, "PRAGMA user_version=2");
    sqlite3* handle = nullptr;
    sqlite3_open(path.c_str(), &handle);
    sqlite3_exec(handle, "CREATE TABLE more (a)", nullptr, nullptr, nullptr);
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  const std::string before = bytes_in(path);
  const std::string log = bytes_in(path + "-wal");
  ASSERT_FALSE(log.empty());
  EXPECT_THAT(message_of(path), AllOf(HasSubstr("has format 2, and this aoekit knows up to 1"), HasSubstr("install")));
  EXPECT_EQ(bytes_in(path), before);
  EXPECT_EQ(bytes_in(path + "-wal"), log);
}

TEST(StateDatabase, WhatIsNotItsSchemaIsRefused) {
  for (const char* sql : {"CREATE TABLE more (a)", "CREATE VIEW v AS SELECT 1", "DROP TABLE export_state",
                          "CREATE TRIGGER t AFTER INSERT ON export_state BEGIN DELETE FROM export_state; END",
                          "PRAGMA user_version=0", "PRAGMA user_version=-1"}) {
    const ScratchDirectory dir;
    const std::string path = make_database(dir);
    execute(path, sql);
    EXPECT_THAT(message_of(path), HasSubstr("is damaged (its tables are not those of its format)")) << sql;
  }
}

TEST(StateDatabase, ValuesThatCannotBeAreRefused) {
  for (const char* values : {"65535, 0, x'', x'', x''", "0, 255, x'', x'', x''", "-1, 0, x'', x'', x''",
                             "'a', 0, x'', x'', x''", "0, 0, zeroblob(1025), x'', x''", "0, 0, x'', zeroblob(5), x''",
                             "0, 0, x'', x'', zeroblob(1536)"}) {
    const ScratchDirectory dir;
    const std::string path = make_database(dir);
    execute(path, fmt::format("INSERT INTO export_state VALUES ({})", values));
    EXPECT_THAT(message_of(path), HasSubstr("cannot be): it is no state database or is damaged")) << values;
  }
}

// Every page in turn gets a block of garbage: it opens, if nothing that matters was there, or is refused.
TEST(StateDatabase, DamageIsNoticed) {
  const ScratchDirectory dir;
  const std::string good = bytes_in(make_database(dir));
  int refused = 0;
  for (std::size_t at = 0; at + 300 < good.size(); at += 512) {
    std::string bad = good;
    bad.replace(at, 300, 300, '\x5a');
    write_bytes(dir / "bad", bad);
    const std::string message = message_of(dir / "bad");
    if (message == "opened") continue;
    ++refused;
    EXPECT_THAT(message, HasSubstr("restore it from a backup"));
    EXPECT_EQ(bytes_in(dir / "bad"), bad);
  }
  EXPECT_GT(refused, 3);
}

// To make tables in it would lose what is stored there: it could not be opened again.
TEST(StateDatabase, OneWithoutTablesMayBeDamagedToo) {
  const ScratchDirectory dir;
  execute(dir / "new", "PRAGMA user_version=1; PRAGMA user_version=0");
  std::string bad = bytes_in(dir / "new");
  EXPECT_EQ(message_of(dir / "new"), "opened");
  constexpr std::size_t kFirstFreePage = 32;  // of the header, 4 bytes: there is none so far behind
  ASSERT_GT(bad.size(), kFirstFreePage + 4);
  bad[kFirstFreePage + 2] = 0x0d;
  write_bytes(dir / "bad", bad);
  EXPECT_THAT(message_of(dir / "bad"), AllOf(HasSubstr("is damaged"), HasSubstr("restore it from a backup")));
  EXPECT_EQ(bytes_in(dir / "bad"), bad);
}

TEST(StateDatabase, OneProcessAtATime) {
  const ScratchDirectory dir;
  const std::string path = make_database(dir);
  const auto first = StateDatabase::open(path);
  ASSERT_TRUE(first);
  EXPECT_THAT(message_of(path), AllOf(HasSubstr("database is locked"), HasSubstr("probably another aoed")));
}

TEST(StateDatabase, WhatCannotBeWrittenIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to become somebody who may not";
  const ScratchDirectory dir;
  const std::string path = make_database(dir);
  ASSERT_EQ(chmod(std::filesystem::path(path).parent_path().c_str(), 0755), 0);
  ASSERT_EQ(seteuid(65534), 0);
  const std::string existing = message_of(path);
  const std::string fresh = message_of(dir / "fresh");
  ASSERT_EQ(seteuid(0), 0);
  EXPECT_THAT(existing, HasSubstr("cannot be written: the file and its file system must be writable for aoed's user"));
  EXPECT_THAT(fresh, HasSubstr("must exist and be writable for aoed's user"));
}

}  // namespace
}  // namespace aoekit::daemon

// SQLite: opening with suspicion, and one transaction a batch.
#include "daemon/state_database.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "base/check.h"
#include "daemon/state_statement.h"
#include "wire/constants.h"

namespace aoekit::daemon {
namespace {

// In the file's header, so that file(1) and we know whose it is: "AoEs".
constexpr std::int64_t kApplicationId = 0x416f4573;
// Of the tables. A change of them gets the next number and a step in make_tables() from each older one.
constexpr std::int64_t kFormatVersion = 1;
constexpr const char* kTable =
    "CREATE TABLE export_state (shelf INTEGER NOT NULL, slot INTEGER NOT NULL, config_string BLOB NOT NULL, "
    "mask BLOB NOT NULL, reserved_for BLOB NOT NULL, PRIMARY KEY (shelf, slot)) WITHOUT ROWID";
// Everything that the schema holds, so that a file with a trigger or a view in it is not ours.
constexpr const char* kSchema = "SELECT group_concat(sql, ';') FROM sqlite_master";
// For how long opening waits for a process that just looks at the file.
constexpr int kBusyTimeoutMs = 300;

ByteView bytes_of(const target::StationList& stations) {
  static_assert(sizeof(wire::MacAddress) == wire::kMacBytes);
  return {reinterpret_cast<const std::uint8_t*>(stations.data()), stations.size() * wire::kMacBytes};
}

std::optional<target::StationList> stations_from(ByteView bytes, std::size_t entries_max) {
  if (bytes.size() % wire::kMacBytes != 0 || bytes.size() > entries_max * wire::kMacBytes) return std::nullopt;
  target::StationList stations;
  for (; !bytes.empty(); bytes = bytes.subspan(wire::kMacBytes)) {
    stations.push_back(wire::MacAddress::from_bytes(bytes));
  }
  return stations;
}

std::optional<wire::AoeAddress> address_from(const StateStatement& row) {
  if (!row.is_integer(0) || !row.is_integer(1)) return std::nullopt;
  const std::int64_t shelf = row.number(0);
  const std::int64_t slot = row.number(1);
  if (shelf < 0 || shelf >= wire::kShelfBroadcast || slot < 0 || slot >= wire::kSlotBroadcast) return std::nullopt;
  return wire::AoeAddress{static_cast<std::uint16_t>(shelf), static_cast<std::uint8_t>(slot)};
}

std::optional<target::PersistentState> state_from(const StateStatement& row) {
  const ByteView config_string = row.blob(2);
  auto mask = stations_from(row.blob(3), wire::kMaskEntriesMax);
  auto reserved_for = stations_from(row.blob(4), wire::kReserveEntriesMax);
  if (config_string.size() > wire::kConfigStringBytesMax || !mask || !reserved_for) return std::nullopt;
  return target::PersistentState{.config_string = {config_string.begin(), config_string.end()},
                                 .mask = std::move(*mask),
                                 .reserved_for = std::move(*reserved_for)};
}

// What to do about an SQLite error, by its primary code.
const char* remedy(int code) {
  switch (code) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_FORMAT:
      return "it is no state database or is damaged: restore it from a backup, or move it and its -wal file away to start "
             "without config strings, mask and reserve lists";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another process has it open, probably another aoed: end that one, or give this one another 'state'";
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return "the file, its directory and its file system must be writable for aoed's user";
    case SQLITE_CANTOPEN:
      return "its directory must exist and be writable for aoed's user";
    case SQLITE_FULL:
      return "its file system has no room left: make some";
    default:
      return "look into the kernel's log for errors of its disk";
  }
}

}  // namespace

void StateDatabase::Close::operator()(sqlite3* handle) const {
  // All statements are gone by now, so it cannot be busy.
  AOEKIT_CHECK(sqlite3_close(handle) == SQLITE_OK);
}

tl::unexpected<Error> StateDatabase::failure(const char* doing) const {
  const int code = sqlite3_errcode(handle_.get());
  // Only these two have an errno of their own; otherwise it is an older error's.
  const bool from_system = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;
  const int os_error = from_system ? sqlite3_system_errno(handle_.get()) : 0;
  const std::string text = fmt::format("state database {}: cannot {}: {}; {}", path_, doing,
                                       sqlite3_errmsg(handle_.get()), remedy(code & 0xff));
  return os_error != 0 ? fail_errno(os_error, "{}", text) : fail("{}", text);
}

tl::unexpected<Error> StateDatabase::refuse(const std::string& why) const {
  return fail("state database {} {}", path_, why);
}

void StateDatabase::set(int option, int value) {
  AOEKIT_CHECK(sqlite3_db_config(handle_.get(), option, value, nullptr) == SQLITE_OK);
}

Status StateDatabase::run(const char* sql, const char* doing) {
  if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) return failure(doing);
  return {};
}

Result<std::int64_t> StateDatabase::number(const char* sql, const char* doing) {
  StateStatement statement(handle_.get(), sql);
  if (statement.step() != StateStatement::Step::row) return failure(doing);
  return statement.number(0);
}

Result<std::string> StateDatabase::text(const char* sql, const char* doing) {
  StateStatement statement(handle_.get(), sql);
  if (statement.step() != StateStatement::Step::row) return failure(doing);
  const ByteView bytes = statement.blob(0);
  return std::string(bytes.begin(), bytes.end());
}

Result<StateDatabase> StateDatabase::open(const std::string& path) {
  if (!std::filesystem::path(path).is_absolute()) return fail("state database '{}': say its path from / on", path);
  struct stat about {};
  if (::stat(path.c_str(), &about) == 0 && !S_ISREG(about.st_mode)) {
    return fail("state database {} is not a file: name another", path);
  }
  sqlite3* handle = nullptr;
  const int opened =
      sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (handle == nullptr) return fail("state database {}: not enough memory", path);
  StateDatabase database(path, handle);
  if (opened != SQLITE_OK) return database.failure("open it");
  if (Status ready = database.prepare_connection(); !ready) return tl::unexpected(ready.error());
  if (Status ours = database.examine(); !ours) return tl::unexpected(ours.error());
  return database;
}

// What the file says is not trusted to run anything, nobody else gets in while it is open, and closing changes nothing
// before we know that it is ours.
Status StateDatabase::prepare_connection() {
  sqlite3* handle = handle_.get();
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  set(SQLITE_DBCONFIG_ENABLE_TRIGGER, 0);
  set(SQLITE_DBCONFIG_ENABLE_VIEW, 0);
  set(SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0);
  set(SQLITE_DBCONFIG_DEFENSIVE, 1);
  set(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1);
  if (sqlite3_db_readonly(handle, "main") != 0) {
    return refuse("cannot be written: the file and its file system must be writable for aoed's user");
  }
  return run("PRAGMA locking_mode=EXCLUSIVE; PRAGMA temp_store=MEMORY", "prepare it");
}

Status StateDatabase::examine() {
  const auto application = number("PRAGMA application_id", "read it");
  if (!application) return tl::unexpected(application.error());
  const auto version = number("PRAGMA user_version", "read it");
  if (!version) return tl::unexpected(version.error());
  const auto schema = text(kSchema, "read it");
  if (!schema) return tl::unexpected(schema.error());
  const bool is_new = *application == 0 && *version == 0 && schema->empty();
  if (!is_new && *application != kApplicationId) {
    return refuse("belongs to another program: give aoed another 'state', or move that file away");
  }
  if (*version > kFormatVersion) {
    return refuse(fmt::format("has format {}, and this aoekit knows up to {}: install the aoekit that wrote it, or move it "
                              "away to start without config strings, mask and reserve lists",
                              *version, kFormatVersion));
  }
  // One without tables may be damaged, too: what is made in it could not be opened again.
  const auto sound = text("PRAGMA integrity_check(1)", "read it");
  if (!sound) return tl::unexpected(sound.error());
  const bool is_sound = *sound == "ok";
  if (!is_sound || !(is_new || (*schema == kTable && *version == kFormatVersion))) {
    return refuse(fmt::format("is damaged ({}): {}", is_sound ? "its tables are not those of its format" : *sound,
                              remedy(SQLITE_CORRUPT)));
  }
  // From here on it is ours, and only with a log it is quick and safe at once. FULL: each commit is synced.
  const auto journal = text("PRAGMA journal_mode=WAL", "write it");
  if (!journal) return tl::unexpected(journal.error());
  if (*journal != "wal") return refuse("cannot have a write-ahead log: keep it in another file system");
  if (Status full = run("PRAGMA synchronous=FULL; BEGIN IMMEDIATE; COMMIT", "write it"); !full) return full;
  set(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0);
  return is_new ? make_tables() : Status{};
}

// In one transaction: a file that is only half made looks new to the next one who opens it.
Status StateDatabase::make_tables() {
  const std::string sql = fmt::format("BEGIN IMMEDIATE; {}; PRAGMA application_id={}; PRAGMA user_version={}; COMMIT",
                                      kTable, kApplicationId, kFormatVersion);
  return run(sql.c_str(), "make its tables");
}

Result<StateMap> StateDatabase::load() {
  StateStatement rows(handle_.get(), "SELECT shelf, slot, config_string, mask, reserved_for FROM export_state");
  StateMap states;
  for (;;) {
    switch (rows.step()) {
      case StateStatement::Step::failed: return failure("read it");
      case StateStatement::Step::done: return states;
      case StateStatement::Step::row: break;
    }
    const auto address = address_from(rows);
    auto state = state_from(rows);
    if (!address || !state || states.contains(*address)) {
      return refuse(fmt::format("is damaged (what it says of {} cannot be): {}",
                                address ? address->to_string() : "some export", remedy(SQLITE_CORRUPT)));
    }
    states[*address] = std::move(*state);
  }
}

Status StateDatabase::apply(std::span<const StateChange> changes) {
  // A transaction may be left when undoing it failed.
  if (Status undone = roll_back(); !undone) return undone;
  if (Status begun = run("BEGIN IMMEDIATE", "write it"); !begun) return begun;
  Status status;
  for (const StateChange& change : changes) {
    if (status = write(change); !status) break;
  }
  if (status) status = run("COMMIT", "write it");
  if (!status) {
    const Status undone = roll_back();
    if (!undone) return undone;
  }
  return status;
}

// Undoes what has not been committed. After some errors SQLite has done so already.
Status StateDatabase::roll_back() {
  if (sqlite3_get_autocommit(handle_.get()) != 0) return {};
  return run("ROLLBACK", "undo a change");
}

Status StateDatabase::write(const StateChange& change) {
  AOEKIT_CHECK(change.address.is_valid_target());
  StateStatement statement(
      handle_.get(), change.state ? "INSERT OR REPLACE INTO export_state VALUES (?1, ?2, ?3, ?4, ?5)"
                                  : "DELETE FROM export_state WHERE shelf = ?1 AND slot = ?2");
  statement.bind(1, change.address.shelf);
  statement.bind(2, change.address.slot);
  if (change.state) {
    AOEKIT_CHECK(change.state->config_string.size() <= wire::kConfigStringBytesMax);
    AOEKIT_CHECK(change.state->mask.size() <= wire::kMaskEntriesMax);
    AOEKIT_CHECK(change.state->reserved_for.size() <= wire::kReserveEntriesMax);
    statement.bind(3, aoekit::bytes_of(change.state->config_string));
    statement.bind(4, bytes_of(change.state->mask));
    statement.bind(5, bytes_of(change.state->reserved_for));
  }
  if (statement.step() != StateStatement::Step::done) return failure("write it");
  return {};
}

}  // namespace aoekit::daemon

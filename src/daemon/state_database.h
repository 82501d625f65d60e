// The file in which exports' states outlive aoed: one SQLite database, described in docs/state.md.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "target/persistent_state.h"
#include "wire/address.h"

struct sqlite3;

namespace aoekit::daemon {

using StateMap = std::map<wire::AoeAddress, target::PersistentState>;

// The export at `address` has this state from now on; without one, nothing is remembered of it.
struct StateChange {
  wire::AoeAddress address = {};
  std::optional<target::PersistentState> state = {};
};

// Threads: one at a time. Calls wait for the disk: StateStore gives them a thread of their own.
//
// While it is open, no other process can use the database. What apply() accepted survives a kill at any instant and, on
// disks that keep their promises, a power cut.
class StateDatabase {
 public:
  // Opens the database at an absolute path, or makes it where there is no file or an empty one. An Error, and no change
  // in it, when it is damaged, another program's, written by a newer aoekit, in use, or cannot be written; the
  // message says which, and what to do.
  static Result<StateDatabase> open(const std::string& path);

  // Everything that is in it. An Error when what it says cannot be an export's state.
  Result<StateMap> load();

  // All of the changes, in their order, or none. An Error (no room, a failing disk) leaves what is there as it is, and the
  // next call tries anew. REQUIRES valid target addresses and states within their limits.
  [[nodiscard]] Status apply(std::span<const StateChange> changes);

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  StateDatabase(std::string path, sqlite3* handle) : path_(std::move(path)), handle_(handle) {}

  tl::unexpected<Error> failure(const char* doing) const;
  tl::unexpected<Error> refuse(const std::string& why) const;
  void set(int option, int value);
  Status run(const char* sql, const char* doing);
  Result<std::int64_t> number(const char* sql, const char* doing);
  Result<std::string> text(const char* sql, const char* doing);
  Status prepare_connection();
  Status examine();
  Status make_tables();
  Status write(const StateChange& change);
  Status roll_back();

  std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace aoekit::daemon

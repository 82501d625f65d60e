// One prepared SQLite statement that frees itself.
#pragma once

#include <sqlite3.h>

#include <cstdint>

#include "base/bytes.h"

namespace aoekit::daemon {

// Errors, those of preparing and binding included, are told by step(); sqlite3_errmsg() then has the words. What is
// bound must stay until the last step; what is read is there until the next.
class StateStatement {
 public:
  enum class Step : std::uint8_t { row, done, failed };

  StateStatement(sqlite3* database, const char* sql) {
    result_ = sqlite3_prepare_v2(database, sql, -1, &statement_, nullptr);
  }
  ~StateStatement() { sqlite3_finalize(statement_); }
  StateStatement(const StateStatement&) = delete;
  StateStatement& operator=(const StateStatement&) = delete;

  void bind(int parameter, std::int64_t value) { note(sqlite3_bind_int64(statement_, parameter, value)); }
  void bind(int parameter, ByteView bytes) {
    // A null pointer would bind NULL, which is not the empty blob.
    const void* data = bytes.empty() ? "" : static_cast<const void*>(bytes.data());
    note(sqlite3_bind_blob64(statement_, parameter, data, bytes.size(), SQLITE_STATIC));
  }

  Step step() {
    if (result_ != SQLITE_OK) return Step::failed;
    switch (sqlite3_step(statement_)) {
      case SQLITE_ROW: return Step::row;
      case SQLITE_DONE: return Step::done;
      default: return Step::failed;
    }
  }

  bool is_integer(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_INTEGER; }
  std::int64_t number(int column) const { return sqlite3_column_int64(statement_, column); }
  ByteView blob(int column) const {
    const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
    return {data, data == nullptr ? 0 : static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }

 private:
  void note(int result) {
    if (result_ == SQLITE_OK) result_ = result;
  }

  sqlite3_stmt* statement_ = nullptr;
  int result_ = SQLITE_OK;
};

}  // namespace aoekit::daemon

// The user of one client: keeps operations under way, reports them to the disk's register, and checks what it reads.
#pragma once

#include <list>
#include <memory>
#include <vector>

#include "sim/checkers/sector_register.h"
#include "sim/clients/client.h"

namespace aoekit::sim {

// Gives out values; one for the whole world.
class Values {
 public:
  Value next() { return ++last_; }

 private:
  Value last_ = 0;
};

class Workload {
 public:
  struct Options {
    std::uint64_t disk = 0;  // its number
    Sectors disk_size;
    std::uint64_t depth = 1, io_sectors = 8, hot_sectors = 64;
    std::uint64_t write_percent = 50, flush_percent = 0, fua_percent = 0, trim_percent = 0, same_data_percent = 0;
    std::uint64_t overlap = 0;
    Duration think{};
    // Whether acknowledged means kept, whatever is flushed.
    Kept acknowledged = Kept::for_good;
    // Whether what is flushed, or written to be stable, is.
    Kept flushed = Kept::for_good;
    // How long copies of an operation that did not end well may still reach the disk.
    Duration echo{};
    Value value_bits = 0;  // set in all its values
  };

  Workload(World& world, Client& client, SectorRegister& sectors, Values& values, const Options& options);
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;

  void start();
  // Stops asking for more. What is under way goes on.
  void pause() { paused_ = true; }
  // The client has crashed.
  void client_crashed();
  // So many more operations, without pauses, and then every sector is read.
  void finish(std::uint64_t operations);
  bool is_finished() const { return finished_; }
  // As fast as it can, until pause().
  void rush();

  Client& client() { return client_; }
  const Client& client() const { return client_; }
  std::uint64_t completed() const { return completed_; }
  std::uint64_t failed() const { return failed_; }
  std::size_t under_way() const { return pending_.size(); }

 private:
  enum class Mode : std::uint8_t { run, finish, verify, rush };
  struct Pending {
    Io io;
    Value value = kZeros;
    WriteId write = 0;
    Moment began = 0;
    bool is_verification = false;
  };

  void next_soon();
  void fill();
  bool start_one();
  bool choose_range(SectorRange& range);
  void start_verification();
  void launch(std::unique_ptr<Pending> pending);
  void ended(Pending& pending, IoResult result);
  void check_order(const Pending& ended);
  void ended_write(const Pending& pending, IoResult result);
  void ended_read(const Pending& pending, IoResult result);

  World& world_;
  Client& client_;
  SectorRegister& register_;
  Values& values_;
  Options options_;
  Stream stream_;
  std::list<std::unique_ptr<Pending>> pending_;
  std::vector<Value> recent_;
  Mode mode_ = Mode::run;
  bool paused_ = false;
  bool finished_ = false;
  bool soon_ = false;
  std::uint64_t quota_ = 0;
  std::uint64_t verified_ = 0;  // sectors, from 0 on
  std::uint64_t completed_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t last_io_ = 0;
};

}  // namespace aoekit::sim

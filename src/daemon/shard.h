// One core's part of aoed: a thread with an event loop and a server, and the ports and disks that it works with.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "backend/file_engine.h"
#include "base/result.h"
#include "block/block_device.h"
#include "daemon/server.h"
#include "daemon/state_store.h"
#include "io/loop_thread.h"
#include "io/mailbox.h"
#include "io/wakeup.h"
#include "net/frame_port.h"

namespace aoekit::daemon {

// Makes a disk of what was opened elsewhere; called once, on the thread that will use the disk, and does not wait.
using DiskMaker = std::function<std::unique_ptr<block::BlockDevice>(backend::FileEngine& engine)>;

// Names a disk among all that a shard ever had: an ExportId may be another export's before the old disk is closed.
using DiskNumber = std::uint64_t;

struct AddedExport {
  target::ExportId id;
  DiskNumber number = 0;
  block::DeviceInfo disk;
  std::string engine;
};

// One export as its shard sees it.
struct ExportSnapshot {
  Sectors size;
  bool available = true;
  target::PersistentState state;
  std::optional<wire::MacAddress> holder;
  std::optional<Instant> last_used;
  std::size_t in_flight = 0;
  target::IoStatistics statistics;
};

// Threads: all calls from the main thread; each waits for the shard's turn, a moment. The shard takes no lock and waits
// for nobody.
class Shard {
 public:
  struct Options {
    std::string name;  // of the thread
    target::TargetLimits limits;
    Duration busy_wait{};
    Duration disk_busy_wait{};
    StateStore* store = nullptr;  // for TargetLimits::persistence; outlives the shard
  };
  static Result<std::unique_ptr<Shard>> start(const Options& options);
  // Ends the thread whatever it does; stop() first, and wait for finished().
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  Result<target::PortId> add_port(std::unique_ptr<net::FramePort> port);
  // The interface of the port changed: the port follows it, see FramePort::refresh().
  void follow_port(target::PortId id);
  void remove_port(target::PortId id);
  net::PortCounters port_counters(target::PortId id);
  // Which addresses are served by the port, for its filter.
  [[nodiscard]] Status set_addresses(target::PortId id, std::vector<wire::AoeAddress> addresses);

  // `describe` turns what is known of the disk into the export's options, on the shard's thread.
  using Describe = std::function<target::ExportOptions(const block::DeviceInfo&)>;
  Result<AddedExport> add_export(const DiskMaker& maker, const Describe& describe);
  void update_export(target::ExportId id, const Describe& describe);
  // Its disk is closed once the last answer has left and it has been synced: closed_disks() then has its number.
  void remove_export(target::ExportId id);
  std::vector<DiskNumber> closed_disks();
  void announce(target::ExportId id);
  void check_size(target::ExportId id);
  std::vector<ExportSnapshot> snapshots(const std::vector<target::ExportId>& ids);
  // From now on, and kept if there is a store: `done` is called as StateStore says, at once without a store. An Error
  // while a station's change of it waits to be stored, or when too many do.
  [[nodiscard]] Status change_state(target::ExportId id, target::PersistentState state, StateStore::Done done);
  void announce_all();
  bool release_holder(target::ExportId id);
  // The stations that use exports, in no order.
  std::vector<std::pair<wire::AoeAddress, target::ClientRecord>> clients();
  struct Event {
    wire::AoeAddress address;
    target::TargetEvent event;
  };
  std::vector<Event> take_events();

  // Readable while the shard has something to tell (closed disks, its end); heard() before one looks at what.
  int news_fd() const { return news_.fd(); }
  void heard() { news_.put_out(); }

  // Takes no more requests; finishes and syncs. News when finished().
  void stop();
  bool finished();
  std::size_t failed_syncs();
  std::size_t requests_in_progress();
  target::TargetCounters counters();

  // Whether the thread has come round since the last call (for the watchdog); asks it to come round again.
  bool was_alive();

 private:
  struct StoredState {
    std::uint32_t cookie = 0;
    target::Stored stored = target::Stored::kept;
  };
  struct Disk {
    std::unique_ptr<block::BlockDevice> device;
    DiskNumber number = 0;
  };
  struct Inside {
    Inside(io::EventLoop& event_loop, const Options& options);
    ~Inside();

    [[nodiscard]] Status connect(StateStore& store);

    std::vector<std::unique_ptr<net::FramePort>> ports;  // by PortId
    io::EventLoop& loop;
    Server server;
    StateStore* store = nullptr;
    // Posted to by the store's thread as long as something is being stored: Shard::stop() waits for that.
    std::unique_ptr<io::Mailbox<StoredState>> stored;
    io::SourceId stored_source;
    std::optional<backend::FileEngine> engine;
    // Closed before the server goes: until its last operation is done a disk works on the server's memory.
    std::unordered_map<const block::BlockDevice*, Disk> disks;
    DiskNumber last_number = 0;
  };
  template <class F>
  auto call(F&& job) {
    return thread_->call(std::forward<F>(job));
  }
  Shard(io::Wakeup news, std::unique_ptr<io::LoopThread> thread) : news_(std::move(news)), thread_(std::move(thread)) {}

  io::Wakeup news_;
  std::unique_ptr<Inside> inside_;  // the shard's thread's, but for the pointer
  std::atomic<bool> alive_{true};
  std::unique_ptr<io::LoopThread> thread_;
};

}  // namespace aoekit::daemon

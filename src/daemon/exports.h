// What aoed exports, is about to export and is taking away: each export's way from its configuration to its shard.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/size_watch.h"
#include "daemon/address_survey.h"
#include "daemon/config_files.h"
#include "daemon/disk_opener.h"
#include "daemon/interfaces.h"
#include "daemon/shard.h"
#include "daemon/state_store.h"

namespace aoekit::daemon {

//            begin()                    both good                  change() that needs another disk, remove()
//   config ----------> opening (disk ----------------> serving ------------------------------> draining
//                        and address)                                                              |
//                           |  ^                                            closed, has a successor|
//                   missing |  | retry          <--------------------------------------------------+
//                           v  |                                            closed, has none: gone
//                         waiting           (refused: as waiting, until it is changed or reloaded)
struct ExportEntry {
  enum class Stage : std::uint8_t { opening, waiting, refused, serving, draining } stage = Stage::opening;
  SharedExport config;
  std::string reason;       // why it is waiting or refused
  std::string reason_told;  // the last one that was logged, so that each is told once

  std::uint64_t ticket = 0;            // of the opening that counts
  std::optional<DiskMaker> opened;     // until it is served
  bool address_is_free = false;        // as far as is known

  std::size_t shard = 0;
  AddedExport added;                   // from `serving` on
  SharedExport successor;              // of one that is draining
  bool forgets_state = false;          // of one that is draining: when it is closed, before its successor comes

  Instant retry_at{};
  Duration retry_after{};
};

// Threads: all calls from the main thread, whose loop the owner runs: it passes on outcomes and news.
class Exports {
 public:
  struct Parts {
    Shards& shards;
    Interfaces& interfaces;
    DiskOpener& opener;
    AddressSurvey& survey;
    backend::SizeWatch& sizes;
    StateStore* store;  // null: nothing is kept
  };
  explicit Exports(const Parts& parts) : parts_(parts) {}

  // What exports without interfaces of their own are served on.
  void set_default_interfaces(Patterns patterns);

  // REQUIRES that there is none at its address, unless it is draining. Of one that is new `opened` may be what came of
  // opening its disk, and Address::known_free says that nobody has to be asked.
  enum class Address : std::uint8_t { ask, known_free };
  void add(SharedExport config, std::optional<OpenedDisk> opened = {}, Address address = Address::ask);
  // REQUIRES that there is one at its address. Does nothing if it is the same.
  void change(SharedExport config);
  // Keeps `config` in place of an equal one, if the export at its address has that: the files say the same anew.
  void share(const SharedExport& config);
  // What stations set at it is forgotten with it, unless it will come back.
  enum class State : std::uint8_t { keep, forget };
  void remove(wire::AoeAddress address, State state);
  // Of one that was removed with State::keep, and will not come back after all.
  void forget_state(wire::AoeAddress address);
  // Tries all again that wait or were refused.
  void try_again();

  // To be called when the opener, the shard, the link monitor or the clock have something.
  void on_opened();
  void on_shard_news(std::size_t shard);
  void on_interfaces_changed();
  void on_sizes();
  void on_time(Instant now);
  std::optional<Instant> next_deadline() const;

  const std::map<wire::AoeAddress, ExportEntry>& entries() const { return entries_; }
  const ExportEntry* find(wire::AoeAddress address) const;
  // Exports whose disk is being opened or whose address is being asked for.
  std::size_t opening() const { return opening_; }
  Patterns interfaces_of(const config::ExportConfig& config) const;

 private:
  using Stage = ExportEntry::Stage;
  void begin(ExportEntry& entry, std::optional<OpenedDisk> opened = {});
  void take_disk(ExportEntry& entry, OpenedDisk disk);
  void set_stage(ExportEntry& entry, Stage stage, std::string reason = {});
  void wait(ExportEntry& entry, std::string reason);
  void refuse(ExportEntry& entry, std::string reason);
  void serve_if_ready(ExportEntry& entry);
  void drain(ExportEntry& entry);
  void survey_addresses();
  void set_filters(Instant now);
  void on_survey(const std::vector<wire::AoeAddress>& asked, const std::vector<Occupant>& occupants);
  target::PersistentState kept_state(const ExportEntry& entry) const;
  Shard::Describe describe(const ExportEntry& entry) const;

  Parts parts_;
  Patterns default_interfaces_;
  std::map<wire::AoeAddress, ExportEntry> entries_;
  std::vector<wire::AoeAddress> to_survey_;
  std::uint64_t last_ticket_ = 0;
  std::size_t opening_ = 0;
  bool filters_are_old_ = false;   // the ports' filters do not say what is served
  Instant filters_due_{};
  std::uint64_t interfaces_seen_ = 0;  // Interfaces::generation() that the exports were told of
};

}  // namespace aoekit::daemon

// Names of states and events.
#include "initiator/status.h"

namespace aoekit::initiator {

const char* to_string(DeviceState state) {
  switch (state) {
    case DeviceState::found: return "found";
    case DeviceState::up: return "up";
    case DeviceState::silent: return "silent";
    case DeviceState::down: return "down";
    case DeviceState::replaced: return "replaced";
  }
  return "?";
}

const char* to_string(PathState state) {
  switch (state) {
    case PathState::up: return "up";
    case PathState::suspect: return "suspect";
    case PathState::down: return "down";
    case PathState::refused: return "refused";
  }
  return "?";
}

const char* to_string(DeviceEventKind kind) {
  switch (kind) {
    case DeviceEventKind::appeared: return "appeared";
    case DeviceEventKind::up: return "up";
    case DeviceEventKind::down: return "down";
    case DeviceEventKind::resized: return "resized";
    case DeviceEventKind::path_found: return "path found";
    case DeviceEventKind::path_lost: return "path lost";
    case DeviceEventKind::path_up: return "path up";
    case DeviceEventKind::path_small: return "path loses large frames";
    case DeviceEventKind::conflict: return "conflict";
    case DeviceEventKind::replaced: return "replaced";
    case DeviceEventKind::forgotten: return "forgotten";
    case DeviceEventKind::overflow: return "overflow";
  }
  return "?";
}

}  // namespace aoekit::initiator

// The two lists of stations that a target keeps: MAC mask and reservation.
#pragma once

#include <vector>

#include "base/result.h"
#include "cli/station.h"
#include "cli/target_query.h"
#include "wire/frame.h"

namespace aoekit::cli {

using MacList = std::vector<wire::MacAddress>;

// Edits of the mask list: all `macs` added or all removed.
struct MaskEdit {
  wire::MaskDirective directive = wire::MaskDirective::add;
  MacList macs;  // 1 to 255
};

// Each returns the list as the target has it afterwards. Fails when nobody answers or the target refuses.
Result<MacList> read_mask(Station& station, const Target& target, const Patience& patience);
Result<MacList> edit_mask(Station& station, const Target& target, const MaskEdit& edit, const Patience& patience);
Result<MacList> read_reservation(Station& station, const Target& target, const Patience& patience);
// REQUIRES: op is set or force_set; at most 255 MACs, none to release.
Result<MacList> change_reservation(Station& station, const Target& target, wire::ReserveOp op, const MacList& macs,
                                   const Patience& patience);

}  // namespace aoekit::cli

// What the core reports, in words and in errno values.
#pragma once

#include <string>

#include "initiator/completion.h"
#include "initiator/status.h"

namespace aoekit::client {

// A positive errno value for a failed request. EACCES: another station has reserved the disk; EIO: the disk failed or
// nobody answered; ESTALE: another disk took its address. REQUIRES: outcome not ok.
int errno_of(const initiator::Completion& completion);

// "e1.2: reading sector 10: ...", or "e1.2: reserved for 02:00:00:00:00:03 (see: aoe reserve e1.2 list)".
// REQUIRES: outcome not ok.
std::string explain_failure(wire::AoeAddress address, const initiator::Completion& completion);

// One sentence for a log: "e1.2: found on eth0 (02:00:00:00:00:01), 20.0 GB".
std::string describe(const initiator::DeviceEvent& event, const std::string& interface);

}  // namespace aoekit::client

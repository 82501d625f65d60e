// Addresses to listen at, checked before a library gets them, whose own message would be "error".
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace aoekit::daemon {

// "127.0.0.1:9760" or "[::1]:9760", as it is, or "localhost:9760" with the address in its place, if this machine can
// listen there now; port 0 means any. `what` names the setting in messages: that it is no IP address and port, is not
// this machine's, is taken, or may not be used.
Result<std::string> listen_address(const char* what, const std::string& address);

// Connects to `port` at such an address and hangs up at once. Wakes a server that looks whether to stop only when
// somebody comes, or every few seconds.
void knock(const std::string& address, std::uint16_t port);

}  // namespace aoekit::daemon

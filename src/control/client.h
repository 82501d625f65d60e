// The other end, for programs such as `aoe`: a connection to a running aoed, and one request at a time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "control/params.h"

namespace aoekit::control {

// One thread. Blocks, but never for longer than `timeout` a request. Ignores what a newer daemon's answers have more.
class Client {
 public:
  // An Error says why there is no daemon to talk to, and what to do.
  static Result<Client> connect(const std::string& socket_path, Duration timeout);

  // The result object of `method`, or why the daemon, or the way to it, refused. After a failure of the way itself
  // (time-out, end of the connection) the client is of no more use.
  Answer<Json> call(std::string_view method, const Json& params);
  template <class Params>
  Answer<Json> call(std::string_view method, const Params& params) {
    return call(method, encode(params));
  }

  // All pages of a list, as one array in JSON.
  Answer<Json> all_exports();
  Answer<Json> all_clients();

 private:
  Client(Fd socket, std::string path, Duration timeout)
      : socket_(std::move(socket)), path_(std::move(path)), timeout_(timeout) {}
  Status send_line(std::string_view line);
  Result<std::string> receive_line();

  Fd socket_;
  std::string path_;
  Duration timeout_;
  std::uint64_t last_id_ = 0;
  std::string input_;
};

// One field of a result, decoded, e.g. field<DaemonInfo>(result, "daemon").
template <class T>
Answer<T> field(const Answer<Json>& result, const char* name) {
  if (!result) return tl::unexpected(result.error());
  const auto found = result->find(name);
  if (found == result->end()) return fail("the daemon's answer has no '{}': is it of another version?", name);
  return decode<T>(*found, Unknown::ignored).map_error([&](const Refusal& refusal) {
    return Refusal{Code::failed,
                   fmt::format("cannot make sense of the daemon's answer: {}: {}", name, refusal.message)};
  });
}

}  // namespace aoekit::control

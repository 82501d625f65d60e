// The daemon's end of one client's connection, without the connection: bytes in, bytes out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/protocol.h"

namespace aoekit::control {

// Something that a client changed, or tried to, for the log.
struct ChangeRecord {
  std::string request;                 // "export.remove {"address":"e1.2"}", shortened if long, printable
  std::optional<std::string> refusal;  // why it was not done; nothing: it was
};

// Requests are answered one after the other. Holds at most kRequestBytesMax (and what one receive() brings) of input,
// and kOutputBytesHigh and one answer of output: a client that does not read is not listened to.
class Session {
 public:
  // `api` outlives the session.
  explicit Session(Api& api) : api_(api) {}

  // Bytes that arrived. REQUIRES: wants_input().
  void receive(std::string_view bytes);
  // The client has sent its last byte: what is answered already is still to be sent. An incomplete line is forgotten.
  void end_of_input();

  // What is to be sent; valid until the next call.
  std::string_view output() const { return std::string_view(output_).substr(sent_); }
  // The first `count` bytes of output() have been sent.
  void sent(std::size_t count);

  bool wants_input() const { return !closing_ && !ended_ && !held_back(); }
  // Everything was answered and sent, and nothing more will be received: close the connection.
  bool finished() const { return closing_ && output().empty(); }

  // What was changed since the last call.
  std::vector<ChangeRecord> take_changes() { return std::exchange(changes_, {}); }

 private:
  bool held_back() const { return output().size() >= kOutputBytesHigh; }
  void answer_lines();
  void answer(std::string_view line);

  Api& api_;
  std::string input_;
  std::string output_;
  std::size_t sent_ = 0;
  bool closing_ = false;
  bool ended_ = false;
  std::vector<ChangeRecord> changes_;
};

}  // namespace aoekit::control

// The daemon's end of one client's connection, without the connection: bytes in, bytes out.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/json.h"
#include "control/protocol.h"

namespace aoekit::control {

// Something that a client changed, or tried to, for the log.
struct ChangeRecord {
  std::string request;                 // "export.remove {"address":"e1.2"}", shortened if long, printable
  std::optional<std::string> refusal;  // why it was not done; nothing: it was
};

// Requests are answered one after the other; while one takes its time, the client's next ones wait. Holds at most kRequestBytesMax (and what one receive() brings) of input,
// and kOutputBytesHigh and one answer of output: a client that does not read is not listened to.
class Session {
 public:
  // `api` outlives the session. `on_late_answer` is called when an answer has come that was not there when receive(),
  // end_of_input() or sent() returned: everything below may have changed. It may destroy the session.
  explicit Session(Api& api, std::function<void()> on_late_answer = {})
      : api_(api), on_late_answer_(std::move(on_late_answer)) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Bytes that arrived. REQUIRES: wants_input().
  void receive(std::string_view bytes);
  // The client has sent its last byte: what is answered already is still to be sent. An incomplete line is forgotten.
  void end_of_input();

  // What is to be sent; valid until the next call.
  std::string_view output() const { return std::string_view(output_).substr(sent_); }
  // The first `count` bytes of output() have been sent.
  void sent(std::size_t count);

  bool wants_input() const { return !closing_ && !ended_ && !waiting_ && !held_back(); }
  // A request is being carried out, and its answer is still to come. A session that is destroyed now does not keep it from
  // being carried out, but the log will not hear of it.
  bool waiting() const { return waiting_; }
  // Everything was answered and sent, and nothing more will be received: close the connection.
  bool finished() const { return closing_ && output().empty(); }

  // What was changed since the last call.
  std::vector<ChangeRecord> take_changes() { return std::exchange(changes_, {}); }

 private:
  bool held_back() const { return output().size() >= kOutputBytesHigh; }
  void answer_lines();
  void answer(std::string_view line);
  void finish(const Json& id, const std::optional<std::string>& change, Answer<Json> result);

  Api& api_;
  std::function<void()> on_late_answer_;
  std::string input_;
  std::string output_;
  std::size_t sent_ = 0;
  bool closing_ = false;
  bool ended_ = false;
  bool waiting_ = false;    // for the answer to a request
  bool answering_ = false;  // within answer_lines(), which goes on by itself
  // Who answers late finds the session by this, or finds it gone.
  const std::shared_ptr<Session*> self_ = std::make_shared<Session*>(this);
  std::vector<ChangeRecord> changes_;
};

}  // namespace aoekit::control

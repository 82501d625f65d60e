// Fuzzes the control session: whatever a client sends, in whatever pieces, the memory is bounded and every line that
// comes back is an answer.
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "base/prng.h"
#include "control/fake_api_fixture.h"
#include "control/session.h"

namespace aoekit::control {
namespace {

// What one answer may have in this small world, generously.
constexpr std::size_t kAnswerBytesHere = 1024 * 1024;

void check_answer(std::string_view line) {
  const auto answer = nlohmann::json::parse(line, nullptr, false);
  AOEKIT_CHECK(answer.is_object() && answer.size() == 3);
  AOEKIT_CHECK(answer["v"] == kProtocolVersion && answer.contains("id"));
  if (answer.contains("result")) {
    AOEKIT_CHECK(answer["result"].is_object());
  } else {
    AOEKIT_CHECK(answer["error"]["code"].is_string() && !answer["error"]["message"].get<std::string>().empty());
  }
}

void run(std::string_view input) {
  FakeApi api;
  Session session(api);
  Prng prng(input.size());
  std::string received;
  const auto drain = [&](std::size_t count) {
    AOEKIT_CHECK(session.output().size() <= kOutputBytesHigh + kAnswerBytesHere);
    received += session.output().substr(0, count);
    session.sent(std::min(count, session.output().size()));
    for (const ChangeRecord& change : session.take_changes()) {
      AOEKIT_CHECK(change.request.find('\n') == std::string::npos && change.request.size() < 1024);
    }
  };
  while (!input.empty()) {
    while (!session.wants_input() && !session.finished()) drain(session.output().size());
    if (session.finished()) break;
    const std::size_t count = std::min<std::size_t>(input.size(), 1 + prng.below(300));
    session.receive(input.substr(0, count));
    input.remove_prefix(count);
    drain(prng.below(2000));
  }
  if (!session.finished()) session.end_of_input();
  while (!session.finished()) {
    AOEKIT_CHECK(!session.output().empty());
    drain(session.output().size());
  }
  while (!received.empty()) {
    const std::size_t end = received.find('\n');
    AOEKIT_CHECK(end != std::string::npos);
    check_answer(std::string_view(received).substr(0, end));
    received.erase(0, end + 1);
  }
}

}  // namespace
}  // namespace aoekit::control

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  aoekit::control::run({reinterpret_cast<const char*>(data), size});
  return 0;
}

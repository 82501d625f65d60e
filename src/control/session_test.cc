// A client's requests, good and bad, as bytes.
#include "control/session.h"

#include <gtest/gtest.h>

#include "control/fake_api_fixture.h"
#include "control/json.h"
#include "control/methods.h"

namespace aoekit::control {
namespace {

class SessionTest : public testing::Test {
 protected:
  // The answers to `bytes`, all sent.
  std::string exchange(std::string_view bytes) {
    session_.receive(bytes);
    std::string all;
    while (!session_.output().empty()) {
      all += session_.output();
      session_.sent(session_.output().size());
    }
    return all;
  }
  Json request(const char* method, const Json& params) {
    const Json line{{"v", 1}, {"id", 5}, {"method", method}, {"params", params}};
    const Json answer = Json::parse(exchange(to_line(line) + "\n"));
    EXPECT_EQ(answer["v"], 1);
    EXPECT_EQ(answer["id"], 5);
    return answer.contains("error") ? answer["error"] : answer["result"];
  }
  std::string error_code(std::string_view bytes) { return Json::parse(exchange(bytes))["error"]["code"]; }

  FakeApi api_;
  Session session_{api_};
};

TEST_F(SessionTest, AnswersWholeLinesOnly) {
  EXPECT_EQ(exchange(R"({"v":1,"id":"a","method":"daemon.rel)"), "");
  EXPECT_EQ(exchange("oad\"}\r\n\n{"), R"({"v":1,"id":"a","result":{"notes":["nothing has changed"]}})" "\n");
  EXPECT_TRUE(session_.wants_input());
}

TEST_F(SessionTest, AnswersInOrder) {
  const std::string answers = exchange(R"({"v":1,"id":1,"method":"daemon.reload"}
{"v":1,"id":2,"method":"export.release","params":{"address":"e1.2"}}
)");
  EXPECT_LT(answers.find("\"id\":1"), answers.find("\"id\":2"));
}

TEST_F(SessionTest, RefusesWhatIsNoRequest) {
  EXPECT_EQ(error_code("nonsense\n"), kSyntaxError);
  EXPECT_EQ(error_code("[1]\n"), kSyntaxError);
  EXPECT_EQ(error_code("{\"v\":1,\"method\":\"\xff\"}\n"), kSyntaxError);
  EXPECT_EQ(error_code("{\"method\":\"daemon.show\"}\n"), kSyntaxError);
  EXPECT_EQ(error_code("{\"v\":1}\n"), kSyntaxError);
  EXPECT_EQ(error_code("{\"v\":1,\"id\":{},\"method\":\"daemon.show\"}\n"), kSyntaxError);
  EXPECT_EQ(error_code("{\"v\":1,\"method\":\"daemon.show\",\"params\":[]}\n"), kSyntaxError);
  EXPECT_EQ(error_code("{\"v\":1,\"method\":\"daemon.show\",\"forse\":1}\n"), kSyntaxError);
  EXPECT_EQ(error_code("{\"v\":2,\"method\":\"daemon.show\"}\n"), kVersionError);
  EXPECT_EQ(error_code("{\"v\":-1,\"method\":\"daemon.show\"}\n"), kVersionError);
  EXPECT_EQ(error_code("{\"v\":1,\"method\":\"daemon.shoe\"}\n"), kMethodError);
  EXPECT_TRUE(session_.wants_input()) << "a mistake does not end the connection";
}

TEST_F(SessionTest, RefusesDeepNesting) {
  const auto nested = [](std::size_t levels) {
    return R"({"v":1,"id":1,"method":"export.set","params":{"address":"e1.2","settings":{"x":)" +
           std::string(levels, '[') + std::string(levels, ']') + "}}}\n";
  };
  EXPECT_EQ(exchange(nested(kNestingMax - 3)), "{\"v\":1,\"id\":1,\"result\":{\"notes\":[]}}\n");
  EXPECT_EQ(error_code(nested(kNestingMax - 2)), kSyntaxError);
  EXPECT_EQ(error_code(nested(100'000)), kSyntaxError);
}

TEST_F(SessionTest, ClosesAfterALineThatIsTooLong) {
  EXPECT_EQ(exchange(std::string(kRequestBytesMax, ' ')), "");
  EXPECT_EQ(error_code(" "), kTooLongError);
  EXPECT_TRUE(session_.finished());
}

TEST_F(SessionTest, DoesNotListenWhileAnswersWait) {
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += "{\"v\":1,\"method\":\"protocol.show\"}\n";
  session_.receive(many.substr(0, kRequestBytesMax));
  EXPECT_FALSE(session_.wants_input());
  EXPECT_LT(session_.output().size(), kOutputBytesHigh + 4096);
  std::size_t lines = 0;
  while (!session_.output().empty()) {
    if (session_.output()[0] == '\n') ++lines;
    session_.sent(1);
  }
  EXPECT_EQ(lines, kRequestBytesMax / (many.size() / 10'000));
  EXPECT_TRUE(session_.wants_input());
}

TEST_F(SessionTest, AnswersEverythingBeforeItEnds) {
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "{\"v\":1,\"method\":\"protocol.show\"}\n";
  session_.receive(many + "{\"v\":1,\"method\":\"daemon.reload\"}");
  session_.end_of_input();
  std::size_t lines = 0;
  while (!session_.finished()) {
    ASSERT_FALSE(session_.output().empty());
    if (session_.output()[0] == '\n') ++lines;
    session_.sent(1);
  }
  EXPECT_EQ(lines, 1000U) << "a line without its end may be half a request";
  EXPECT_TRUE(session_.take_changes().empty());
}

TEST_F(SessionTest, NamesTheFieldThatIsWrong) {
  EXPECT_EQ(request("export.show", Json::object())["message"], "address is missing");
  EXPECT_EQ(request("export.show", {{"address", "e1"}})["code"], "invalid");
  EXPECT_EQ(request("export.remove", {{"address", "e1.2"}, {"force", 1}})["message"], "force: expected true or false");
  EXPECT_EQ(request("export.remove", {{"address", "e1.2"}, {"forse", true}})["message"],
            "there is no field 'forse' (expected address force save)");
  EXPECT_EQ(request("daemon.show", {{"x", 1}})["message"], "there is no field 'x' (expected none)");
  EXPECT_EQ(request("export.list", {{"limit", kPageMax + 1}})["code"], "invalid");
  EXPECT_EQ(request("export.mask", {{"address", "e1.2"}, {"edit", "steal"}, {"stations", Json::array()}})["message"],
            "edit: expected one of set add remove");
  EXPECT_EQ(request("export.mask", {{"address", "e1.2"}, {"edit", "set"}, {"stations", {"x"}}})["code"], "invalid");
  EXPECT_EQ(request("export.add", {{"address", "e1.255"}, {"settings", Json::object()}})["code"], "invalid");
}

TEST_F(SessionTest, CallsTheApi) {
  EXPECT_EQ(request("export.remove", {{"address", "e1.2"}})["code"], "in_use");
  EXPECT_EQ(request("export.remove", {{"address", "e1.2"}, {"force", true}})["notes"], Json::array());
  EXPECT_EQ(request("export.show", {{"address", "e1.2"}})["code"], "not_found");
  EXPECT_EQ(request("export.add", {{"address", "e1.2"}, {"settings", {{"path", "/x"}}}, {"save", true}})["notes"][0],
            "e1.2 is exported");
  EXPECT_TRUE(api_.exported({1, 2})->saved);
  EXPECT_EQ(request("export.resize", {{"address", "e1.2"}, {"size_sectors", 100}})["notes"], Json::array());
  EXPECT_EQ(api_.exported({1, 2})->size.count, 100U);
}

TEST_F(SessionTest, EditsLists) {
  const auto edit = [&](const char* method, const char* how, std::vector<std::string> stations) {
    return request(method, {{"address", "e1.2"}, {"edit", how}, {"stations", std::move(stations)}});
  };
  edit("export.mask", "add", {"02:00:00:00:00:00", "02:00:00:00:00:01"});
  EXPECT_EQ(api_.exported({1, 2})->mask.size(), 3U) << "no station twice";
  EXPECT_EQ(api_.exported({1, 2})->mask[0], mac_of("02:00:00:00:00:00")) << "sorted";
  edit("export.mask", "remove", {"02:00:00:00:00:01"});
  EXPECT_EQ(api_.exported({1, 2})->mask.size(), 2U);
  EXPECT_EQ(edit("export.mask", "add", {"ff:ff:ff:ff:ff:ff"})["code"], "invalid");
  std::vector<std::string> many;
  for (int i = 0; i < 256; ++i) many.push_back(fmt::format("02:00:00:00:01:{:02x}", i));
  EXPECT_EQ(edit("export.reserve", "set", many)["code"], "invalid");
  many.pop_back();
  edit("export.reserve", "set", many);
  EXPECT_EQ(api_.exported({1, 2})->reserved_for.size(), 255U);
}

TEST_F(SessionTest, AnAnswerThatComesLateIsWaitedForInOrder) {
  api_.is_slow_ = true;
  int told = 0;
  Session session(api_, [&] { ++told; });
  session.receive(R"({"v":1,"id":1,"method":"export.add","params":{"address":"e7.0","settings":{"path":"/x"}}}
{"v":1,"id":2,"method":"daemon.reload"}
)");
  EXPECT_EQ(session.output(), "");
  EXPECT_TRUE(session.waiting());
  EXPECT_FALSE(session.wants_input());
  EXPECT_TRUE(session.take_changes().empty());
  ASSERT_EQ(api_.slow_.size(), 1U);
  api_.slow_[0]();
  EXPECT_EQ(told, 1);
  EXPECT_EQ(session.output(), "{\"v\":1,\"id\":1,\"result\":{\"notes\":[\"e7.0 is exported\"]}}\n"
                              "{\"v\":1,\"id\":2,\"result\":{\"notes\":[\"nothing has changed\"]}}\n");
  EXPECT_TRUE(session.wants_input());
  EXPECT_EQ(session.take_changes().size(), 2U);
}

TEST_F(SessionTest, WhoSaidEverythingStillGetsALateAnswer) {
  api_.is_slow_ = true;
  session_.receive(R"({"v":1,"id":1,"method":"export.add","params":{"address":"e7.0","settings":{"path":"/x"}}})" "\n");
  session_.end_of_input();
  EXPECT_FALSE(session_.finished());
  api_.slow_[0]();
  ASSERT_FALSE(session_.output().empty());
  session_.sent(session_.output().size());
  EXPECT_TRUE(session_.finished());
}

TEST_F(SessionTest, AnAnswerThatComesTooLateIsLeftAlone) {
  api_.is_slow_ = true;
  {
    Session session(api_, [] { FAIL() << "it is gone"; });
    session.receive(R"({"v":1,"method":"export.add","params":{"address":"e7.0","settings":{"path":"/x"}}})" "\n");
  }
  api_.slow_[0]();
  EXPECT_TRUE(api_.exported({7, 0})) << "done all the same";
}

TEST_F(SessionTest, Pages) {
  const Json first = request("export.list", {{"limit", 1}});
  EXPECT_EQ(first["exports"].size(), 1U);
  EXPECT_EQ(first["more"], true);
  const Json second = request("export.list", {{"limit", 1}, {"after", "e1.2"}});
  EXPECT_EQ(second["exports"][0]["address"], "e1.3");
  EXPECT_EQ(second["more"], false);
}

TEST_F(SessionTest, RemembersChangesForTheLog) {
  request("export.show", {{"address", "e1.2"}});
  EXPECT_TRUE(session_.take_changes().empty());
  request("export.release", {{"address", "e1.2"}});
  request("export.release", {{"address", "e9.9"}});
  request("export.set", {{"address", "e1.2"}, {"settings", {{"description", std::string(1000, '\n')}}}});
  const auto changes = session_.take_changes();
  ASSERT_EQ(changes.size(), 3U);
  EXPECT_EQ(changes[0].request, R"(export.release {"address":"e1.2"})");
  EXPECT_FALSE(changes[0].refusal);
  EXPECT_EQ(changes[1].refusal, "there is no export e9.9");
  EXPECT_LT(changes[2].request.size(), 300U);
  EXPECT_EQ(changes[2].request.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace aoekit::control

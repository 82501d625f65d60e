// Every method once, and the mistakes that have a meaning.
#include "control_corpus.h"

namespace aoekit::fuzz {
namespace {

std::string call(const std::string& method, const std::string& params) {
  return R"({"v":1,"id":1,"method":")" + method + R"(","params":)" + params + "}\n";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> control_sessions() {
  const std::string address = R"({"address":"e1.2"})";
  return {
      {"add", call("export.add", R"({"address":"e7.0","settings":{"path":"/x","limit":{"bytes":"1M"}},"save":true})")},
      {"announce", call("export.announce", "{}") + call("export.announce", address)},
      {"clients", call("client.list", R"({"after":{"address":"e1.2","mac":"02:00:00:00:00:00"},"limit":1})")},
      {"daemon", call("protocol.show", "{}") + call("daemon.show", "{}") + call("daemon.reload", "{}")},
      {"deep", R"({"v":1,"params":{"settings":)" + std::string(40, '[') + std::string(40, ']') + "}}\n"},
      {"exports", call("export.list", R"({"limit":1})") + call("export.list", R"({"after":"e1.2"})")},
      {"half", R"({"v":1,"id":"x","method":"daemon.rel)"},
      {"interfaces", call("interface.list", "{}")},
      {"mask", call("export.mask", R"({"address":"e1.2","edit":"add","stations":["02:00:00:00:00:09"]})") +
                   call("export.mask", R"({"address":"e1.2","edit":"remove","stations":["02-00-00-00-00-01"]})")},
      {"method", call("export.shoe", address)},
      {"not-json", "GET / HTTP/1.1\r\n\r\n"},
      {"release", call("export.release", address)},
      {"remove", call("export.remove", address) + call("export.remove", R"({"address":"e1.2","force":true})") +
                     call("export.show", address)},
      {"reserve", call("export.reserve", R"({"address":"e1.2","edit":"set","stations":[]})")},
      {"resize", call("export.resize", R"({"address":"e1.2","size_sectors":4096,"force":false})")},
      {"set", call("export.set", R"({"address":"e1.2","settings":{"read_only":true,"serial":null}})")},
      {"show", call("export.show", address) + call("export.show", R"({"address":"e9.9"})")},
      {"strange-numbers", R"({"v":1,"id":-9223372036854775808,"method":"export.list","params":{"limit":1e400}})" "\n"},
      {"unknown-field", call("export.remove", R"({"address":"e1.2","forse":true})")},
      {"version", R"({"v":2,"id":1,"method":"daemon.show"})" "\n"},
  };
}

}  // namespace aoekit::fuzz

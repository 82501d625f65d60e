// nftables: matches, verdicts, chains.
#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/doctor/firewall.h"
#include "wire/constants.h"

namespace aoekit::cli::doctor {
namespace {

using nlohmann::json;

enum class Answer : std::uint8_t { no, yes, unknown };
enum class Verdict : std::uint8_t { none, accept, drop, leave };  // leave: back to the calling chain

Answer both(Answer a, Answer b) {
  if (a == Answer::no || b == Answer::no) return Answer::no;
  return a == Answer::unknown || b == Answer::unknown ? Answer::unknown : Answer::yes;
}

// How a frame meets a chain: AoE, on this interface, in or out.
struct Frame {
  std::string interface;  // empty: unknown
  Block::Direction direction;
};

struct Outcome {
  Verdict verdict = Verdict::none;
  bool certain = true;
  std::string place;
};

std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

bool is_aoe(const json& value) { return value.is_number_integer() && value.get<std::int64_t>() == wire::kEtherType; }

// Whether a protocol field's right-hand side includes AoE. Names are of other protocols: nft has none for AoE.
Answer protocol_matches(const json& right) {
  if (is_aoe(right)) return Answer::yes;
  if (right.is_string()) return right.get<std::string>().starts_with('@') ? Answer::unknown : Answer::no;
  if (right.is_object() && right.contains("set") && right["set"].is_array()) {
    const auto& set = right["set"];
    return std::any_of(set.begin(), set.end(), is_aoe) ? Answer::yes : Answer::no;
  }
  return right.is_number() ? Answer::no : Answer::unknown;
}

bool name_matches(const std::string& pattern, const std::string& name) {
  if (pattern.ends_with('*')) return name.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == name;
}

Answer interface_matches(const json& right, const std::string& name) {
  if (name.empty()) return Answer::unknown;
  const auto one = [&](const json& value) { return value.is_string() && name_matches(value.get<std::string>(), name); };
  if (right.is_string())
    return right.get<std::string>().starts_with('@') ? Answer::unknown : one(right) ? Answer::yes : Answer::no;
  if (right.is_object() && right.contains("set") && right["set"].is_array()) {
    return std::any_of(right["set"].begin(), right["set"].end(), one) ? Answer::yes : Answer::no;
  }
  return Answer::unknown;
}

bool is_protocol_key(const json& left) {
  if (left.contains("payload")) {
    return text_of(left["payload"], "protocol") == "ether" && text_of(left["payload"], "field") == "type";
  }
  return left.contains("meta") && text_of(left["meta"], "key") == "protocol";
}

Answer left_matches(const json& left, const json& right, const Frame& frame) {
  if (!left.is_object()) return Answer::unknown;
  if (is_protocol_key(left)) return protocol_matches(right);
  if (left.contains("payload")) {
    const std::string protocol = text_of(left["payload"], "protocol");
    // A field of IP or the like says that the frame is of that protocol, whatever its value.
    return protocol == "ether" || protocol.empty() ? Answer::unknown : Answer::no;
  }
  if (!left.contains("meta")) return Answer::unknown;
  const std::string key = text_of(left["meta"], "key");
  const bool in = frame.direction == Block::Direction::in, out = frame.direction == Block::Direction::out;
  if (key == "iifname" || key == "iif") return in ? interface_matches(right, frame.interface) : Answer::unknown;
  if (key == "oifname" || key == "oif") return out ? interface_matches(right, frame.interface) : Answer::unknown;
  if (key == "l4proto" || key == "nfproto") return Answer::no;
  return Answer::unknown;
}

Answer match(const json& expression, const Frame& frame) {
  if (!expression.contains("left") || !expression.contains("right")) return Answer::unknown;
  const json& left = expression["left"];
  const Answer answer = left_matches(left, expression["right"], frame);
  if (text_of(expression, "op") != "!=") return answer;
  // "ip saddr != x" still speaks of IP frames only; of what can be compared the answer turns round.
  const bool other_protocol = left.is_object() && left.contains("payload") && !is_protocol_key(left);
  if (answer == Answer::unknown || other_protocol) return answer;
  return answer == Answer::yes ? Answer::no : Answer::yes;
}

class Ruleset {
 public:
  explicit Ruleset(const json& ruleset) {
    const auto list = ruleset.find("nftables");
    if (list == ruleset.end() || !list->is_array()) return;
    for (const json& entry : *list) {
      if (entry.contains("chain")) chains_.push_back(&entry["chain"]);
      if (entry.contains("rule")) rules_.push_back(&entry["rule"]);
    }
  }
  const std::vector<const json*>& chains() const { return chains_; }

  // What becomes of the frame in this chain, its policy not counted.
  Outcome run(const std::string& family, const std::string& table, const std::string& chain, const Frame& frame,
              unsigned depth = 0) const {
    Outcome perhaps;
    bool certain = true;  // no rule before could have taken the frame away
    for (const json* rule : rules_) {
      if (depth > kDepthMax) break;
      if (text_of(*rule, "family") != family || text_of(*rule, "table") != table || text_of(*rule, "chain") != chain)
        continue;
      const auto [outcome, answer] = run_rule(*rule, family, table, frame, depth);
      if (answer == Answer::no || outcome.verdict == Verdict::none) continue;
      const bool sure = answer == Answer::yes && outcome.certain;
      if (outcome.verdict == Verdict::drop) {
        if (sure && certain) return outcome;
        if (perhaps.verdict == Verdict::none) perhaps = {Verdict::drop, false, outcome.place};
        if (sure) break;
      } else {
        if (sure) {
          if (perhaps.verdict != Verdict::none) return perhaps;
          return {outcome.verdict, certain, ""};
        }
        certain = false;
      }
    }
    if (perhaps.verdict != Verdict::none) return perhaps;
    return {Verdict::none, certain, ""};
  }

 private:
  static constexpr unsigned kDepthMax = 16;

  std::pair<Outcome, Answer> run_rule(const json& rule, const std::string& family, const std::string& table,
                                      const Frame& frame, unsigned depth) const {
    Answer answer = Answer::yes;
    const auto expressions = rule.find("expr");
    if (expressions == rule.end() || !expressions->is_array()) return {{}, Answer::no};
    for (const json& expression : *expressions) {
      if (expression.contains("match")) {
        answer = both(answer, match(expression["match"], frame));
        if (answer == Answer::no) return {{}, answer};
      } else if (expression.contains("limit") || expression.contains("quota") || expression.contains("ct count")) {
        answer = both(answer, Answer::unknown);
      } else if (expression.contains("vmap")) {
        return {run_vmap(expression["vmap"], rule, family, table, frame, depth), answer};
      } else if (const Outcome outcome = run_verdict(expression, rule, family, table, frame, depth);
                 outcome.verdict != Verdict::none) {
        return {outcome, answer};
      }
    }
    return {{}, answer};
  }

  Outcome run_verdict(const json& verdict, const json& rule, const std::string& family, const std::string& table,
                      const Frame& frame, unsigned depth) const {
    if (!verdict.is_object()) return {};
    if (verdict.contains("drop") || verdict.contains("reject")) return {Verdict::drop, true, place_of(rule)};
    if (verdict.contains("accept")) return {Verdict::accept, true, ""};
    if (verdict.contains("return")) return {Verdict::leave, true, ""};
    for (const char* way : {"jump", "goto"}) {
      if (!verdict.contains(way)) continue;
      Outcome outcome = run(family, table, text_of(verdict[way], "target"), frame, depth + 1);
      if (outcome.verdict == Verdict::leave) outcome.verdict = Verdict::none;
      return outcome;
    }
    return {};
  }

  Outcome run_vmap(const json& vmap, const json& rule, const std::string& family, const std::string& table,
                   const Frame& frame, unsigned depth) const {
    if (!vmap.contains("key") || !vmap.contains("data") || !is_protocol_key(vmap["key"])) return {};
    const json& data = vmap["data"];
    if (!data.is_object() || !data.contains("set") || !data["set"].is_array()) return {};
    for (const json& entry : data["set"]) {
      if (entry.is_array() && entry.size() == 2 && is_aoe(entry[0])) {
        return run_verdict(entry[1], rule, family, table, frame, depth);
      }
    }
    return {};
  }

  static std::string place_of(const json& rule) {
    const auto handle = rule.find("handle");
    return fmt::format("rule {} of nft chain {} {} {}",
                       handle != rule.end() && handle->is_number() ? handle->get<std::int64_t>() : 0,
                       text_of(rule, "family"), text_of(rule, "table"), text_of(rule, "chain"));
  }

  std::vector<const json*> chains_, rules_;
};

std::vector<std::string> devices_of(const json& chain) {
  const auto device = chain.find("dev");
  if (device == chain.end()) return {};
  if (device->is_string()) return {device->get<std::string>()};
  std::vector<std::string> names;
  for (const json& one : *device) {
    if (one.is_string()) names.push_back(one.get<std::string>());
  }
  return names;
}

// The ways in which frames of our interfaces, or those that a bridge forwards, meet this base chain.
std::vector<Frame> frames_for(const json& chain, std::span<const InterfaceFacts> interfaces) {
  using Direction = Block::Direction;
  const std::string family = text_of(chain, "family"), hook = text_of(chain, "hook");
  std::vector<Frame> frames;
  const bool device_hook = (family == "netdev" || family == "inet") && (hook == "ingress" || hook == "egress");
  const std::vector<std::string> devices = devices_of(chain);
  bool any_bridge = false;
  for (const InterfaceFacts& one : interfaces) {
    any_bridge = any_bridge || one.is_bridge || !one.bridge.empty();
    if (device_hook && (devices.empty() || std::find(devices.begin(), devices.end(), one.name) != devices.end())) {
      frames.push_back({one.name, hook == "ingress" ? Direction::in : Direction::out});
    }
    if (family != "bridge" || !one.is_bridge) continue;
    if (hook == "input" || hook == "prerouting") frames.push_back({one.name, Direction::in});
    if (hook == "output" || hook == "postrouting") frames.push_back({one.name, Direction::out});
  }
  if (family == "bridge" && hook == "forward" && any_bridge) frames.push_back({"", Direction::forward});
  return frames;
}

}  // namespace

std::vector<Block> nft_blocks(const json& ruleset, std::span<const InterfaceFacts> interfaces) {
  const Ruleset rules(ruleset);
  std::vector<Block> blocks;
  for (const json* chain : rules.chains()) {
    const std::string family = text_of(*chain, "family"), table = text_of(*chain, "table"),
                      name = text_of(*chain, "name");
    for (const Frame& frame : frames_for(*chain, interfaces)) {
      // A bridge's chains see the ports' names: what they match cannot be told.
      const Frame met = family == "bridge" ? Frame{"", frame.direction} : frame;
      Outcome outcome = rules.run(family, table, name, met);
      if (outcome.verdict == Verdict::none || outcome.verdict == Verdict::leave) {
        if (text_of(*chain, "policy") != "drop") continue;
        outcome = {Verdict::drop, outcome.certain,
                   fmt::format("the policy of nft chain {} {} {}", family, table, name)};
      }
      if (outcome.verdict != Verdict::drop) continue;
      blocks.push_back({frame.interface, frame.direction, outcome.certain, outcome.place,
                        fmt::format("nft insert rule {} {} {} ether type 0x88a2 accept", family, table, name)});
    }
  }
  return blocks;
}

std::vector<std::string> chain_devices(const std::string& chain_text) {
  // "... hook ingress device "eth0" priority ..." or "devices = { "eth0", "eth1" } priority ..."
  const std::size_t hook = chain_text.find(" hook ");
  const std::size_t device = hook == std::string::npos ? hook : chain_text.find(" device", hook);
  const std::size_t end = device == std::string::npos ? device : chain_text.find(" priority", device);
  std::vector<std::string> names;
  if (end == std::string::npos) return names;
  const std::string part = chain_text.substr(device, end - device);
  for (std::size_t open = part.find('"'); open != std::string::npos; open = part.find('"', open)) {
    const std::size_t close = part.find('"', open + 1);
    if (close == std::string::npos) break;
    names.push_back(part.substr(open + 1, close - open - 1));
    open = close + 1;
  }
  return names;
}

}  // namespace aoekit::cli::doctor

// Cutting the stream into lines, and answering each.
#include "control/session.h"

#include <fmt/core.h>

#include "base/check.h"
#include "control/methods.h"

namespace aoekit::control {
namespace {

constexpr std::size_t kLoggedBytesMax = 200;
constexpr std::size_t kIdBytesMax = 64;

struct Failure {
  std::string_view code;
  std::string message;
};

std::string result_line(const Json& id, Json result) {
  return to_line({{"v", kProtocolVersion}, {"id", id}, {"result", std::move(result)}}) + "\n";
}

std::string error_line(const Json& id, const Failure& failure) {
  const Json error{{"code", failure.code}, {"message", failure.message}};
  return to_line({{"v", kProtocolVersion}, {"id", id}, {"error", error}}) + "\n";
}

// What nests too deep is not kept, which also bounds the stack that later work on the value needs.
tl::expected<Json, Failure> parse(std::string_view line) {
  bool too_deep = false;
  const auto keep = [&](int depth, Json::parse_event_t event, Json&) {
    const bool opens = event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
    too_deep = too_deep || (opens && depth >= kNestingMax);
    return depth <= kNestingMax;
  };
  Json request = Json::parse(line, keep, false);
  if (too_deep) {
    return tl::unexpected(Failure{kSyntaxError, fmt::format("the request nests deeper than {} levels", kNestingMax)});
  }
  if (request.is_discarded()) return tl::unexpected(Failure{kSyntaxError, "the request is not JSON in UTF-8"});
  if (!request.is_object()) return tl::unexpected(Failure{kSyntaxError, "the request is not a JSON object"});
  return request;
}

// The id to answer with: what the client gave, or null if it is none.
Json id_of(const Json& request) {
  const auto id = request.find("id");
  if (id == request.end()) return nullptr;
  const bool usable = id->is_number_integer() || (id->is_string() && id->get<std::string>().size() <= kIdBytesMax);
  return usable ? *id : Json(nullptr);
}

std::optional<Failure> envelope_failure(const Json& request) {
  const auto version = request.find("v");
  if (version == request.end() || !version->is_number_integer()) {
    return Failure{kSyntaxError, fmt::format("the request has no protocol version (\"v\":{})", kProtocolVersion)};
  }
  if (*version != kProtocolVersion) {
    return Failure{kVersionError, fmt::format("this daemon speaks version {} of the control protocol, not {}",
                                              kProtocolVersion, to_line(*version))};
  }
  const auto id = request.find("id");
  if (id != request.end() && id_of(request) != *id) {
    return Failure{kSyntaxError, fmt::format("id: expected a whole number or text of at most {} bytes", kIdBytesMax)};
  }
  const auto method = request.find("method");
  if (method == request.end() || !method->is_string()) return Failure{kSyntaxError, "the request has no method"};
  const auto params = request.find("params");
  if (params != request.end() && !params->is_object()) return Failure{kSyntaxError, "params: expected an object"};
  for (const auto& [name, value] : request.items()) {
    if (name == "v" || name == "id" || name == "method" || name == "params") continue;
    return Failure{kSyntaxError, fmt::format("there is no field '{}' (expected v id method params)",
                                             readable(name.substr(0, 64)))};
  }
  return std::nullopt;
}

std::string logged(const Method& method, const Json& params) {
  std::string text = readable(to_line(params).substr(0, kLoggedBytesMax + 1));
  if (text.size() > kLoggedBytesMax) text = text.substr(0, kLoggedBytesMax) + "...";
  return fmt::format("{} {}", method.name, text);
}

}  // namespace

void Session::receive(std::string_view bytes) {
  AOEKIT_CHECK(wants_input());
  input_ += bytes;
  answer_lines();
}

void Session::end_of_input() {
  ended_ = true;
  answer_lines();
}

void Session::sent(std::size_t count) {
  AOEKIT_CHECK(count <= output().size());
  sent_ += count;
  if (output().empty()) {
    output_.clear();
    output_.shrink_to_fit();  // a long answer's memory is not kept while the client is silent
    sent_ = 0;
  }
  answer_lines();
}

void Session::answer_lines() {
  answering_ = true;
  std::size_t begin = 0;
  while (!closing_ && !waiting_ && !held_back()) {
    const std::size_t end = input_.find('\n', begin);
    const bool too_long = (end == std::string::npos ? input_.size() : end + 1) - begin > kRequestBytesMax;
    if (too_long) {
      output_ += error_line(nullptr, {kTooLongError, fmt::format("a request has at most {} bytes", kRequestBytesMax)});
      closing_ = true;
    } else if (end == std::string::npos) {
      closing_ = ended_;
      break;
    } else {
      answer(std::string_view(input_).substr(begin, end - begin));
      begin = end + 1;
    }
  }
  input_.erase(0, begin);
  if (closing_) input_.clear();
  answering_ = false;
}

void Session::answer(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) return;
  const auto request = parse(line);
  if (!request) {
    output_ += error_line(nullptr, request.error());
    return;
  }
  const Json id = id_of(*request);
  if (const auto failure = envelope_failure(*request)) {
    output_ += error_line(id, *failure);
    return;
  }
  const std::string name = (*request)["method"].get<std::string>();
  const Method* method = find_method(name);
  if (method == nullptr) {
    output_ += error_line(id, {kMethodError, fmt::format("there is no method '{}' (protocol.show lists them)",
                                                         readable(name.substr(0, 64)))});
    return;
  }
  const Json params = request->value("params", Json::object());
  auto change = method->effect == Effect::changes ? std::optional(logged(*method, params)) : std::nullopt;
  waiting_ = true;
  method->run(api_, params, [weak = std::weak_ptr(self_), id, change = std::move(change)](Answer<Json> result) {
    if (const auto self = weak.lock()) (*self)->finish(id, change, std::move(result));
  });
}

void Session::finish(const Json& id, const std::optional<std::string>& change, Answer<Json> result) {
  AOEKIT_CHECK(waiting_);
  waiting_ = false;
  if (change) changes_.push_back({*change, result ? std::nullopt : std::optional(result.error().message)});
  output_ += result ? result_line(id, std::move(*result))
                    : error_line(id, {code_name(result.error().code), result.error().message});
  if (answering_) return;
  answer_lines();
  // A copy and last: it may destroy us.
  if (const auto tell = on_late_answer_) tell();
}

}  // namespace aoekit::control

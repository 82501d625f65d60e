// Exchanges with the target: matching answers, waiting, and telling silence from death.
#include "cli/conform/probe.h"

#include <algorithm>

#include "base/check.h"
#include "wire/decode.h"
#include "wire/print.h"

namespace aoekit::conform {
namespace {

constexpr Duration kWaitSlice = std::chrono::milliseconds(100);  // how soon a signal is noticed
constexpr std::size_t kHexBytesMax = 64;

std::string in_words(ByteView frame) { return wire::describe(frame) + "\n" + hex(frame, kHexBytesMax); }

}  // namespace

void Probe::transmit(std::span<const Bytes> frames) {
  const Status sent = link_.send(frames);
  if (!sent) throw LinkBroken{sent.error()};
}

std::optional<Reply> Probe::next_reply(Instant deadline) {
  while (true) {
    if (options_.interrupted()) throw Interrupted{};
    const Instant now = link_.now();
    if (now >= deadline) return std::nullopt;
    Result<std::optional<Bytes>> frame = link_.next(std::min(kWaitSlice, deadline - now));
    if (!frame) throw LinkBroken{frame.error()};
    if (!*frame) continue;
    const auto header = wire::decode_header(**frame);
    if (!header || !header->is_response()) continue;
    return Reply{std::move(**frame), *header, link_.now()};
  }
}

std::optional<Reply> Probe::try_ask(const Bytes& request) {
  const auto sent = wire::decode_header(request);
  AOEKIT_CHECK(sent.has_value());
  last_sent_ = request;
  last_got_.reset();
  // On a shared network other targets answer a wildcard too: ours is preferred, another one only taken in the end.
  std::optional<Reply> stranger;
  for (int attempt = 0; attempt < 2 && !stranger; ++attempt) {
    transmit({&request, 1});
    const Instant deadline = link_.now() + options_.patience / 2;
    while (std::optional<Reply> reply = next_reply(deadline)) {
      if (reply->header.tag != sent->tag) continue;
      if (reply->header.address == options_.address) {
        last_got_ = reply->bytes;
        first_unanswered_.clear();
        return reply;
      }
      if (!stranger && reply->header.source == facts_.mac) stranger = std::move(reply);
    }
  }
  if (stranger) last_got_ = stranger->bytes;
  if (!stranger) remember_unanswered(request);
  return stranger;
}

Reply Probe::ask(const Bytes& request) {
  std::optional<Reply> reply = try_ask(request);
  if (!reply) throw failure("an answer", "none, asked twice");
  return std::move(*reply);
}

Reply Probe::ask_ok(const Bytes& request) {
  Reply reply = ask(request);
  check(!reply.header.is_error(), "an answer without AoE error");
  return reply;
}

Reply Probe::ask_error(const Bytes& request, wire::AoeError error) {
  const auto code = static_cast<unsigned>(error);
  const std::string expected = fmt::format("AoE error {} ({})", code, wire::to_string(error));
  std::optional<Reply> reply = try_ask(request);
  if (!reply) throw failure(expected, "no answer, asked twice");
  check(reply->header.is_error() && reply->header.error == code, expected);
  return std::move(*reply);
}

void Probe::expect_silence(const Bytes& request) {
  const auto sent = wire::decode_header(request);
  const Bytes later = with_source(config(wire::ConfigOp::read), living_station_.value_or(link_.mac()));
  const std::uint32_t later_tag = wire::decode_header(later)->tag;
  last_sent_ = request;
  last_got_.reset();
  bool alive = false;
  for (int attempt = 0; attempt < 3 && !alive; ++attempt) {
    std::vector<Bytes> frames;
    if (attempt == 0) frames.push_back(request);
    frames.push_back(later);
    transmit(frames);
    Instant deadline = link_.now() + options_.patience;
    while (const std::optional<Reply> reply = next_reply(deadline)) {
      if (reply->header.tag == later_tag) {
        if (!alive) deadline = std::min(deadline, link_.now() + options_.quiet);
        alive = true;
        continue;
      }
      // A frame cut before its tag, or tagged for a VLAN, can be answered with whatever the target read there.
      const bool from_target = reply->header.source == facts_.mac || reply->header.address == options_.address;
      const bool to_us = sent ? sent->tag == reply->header.tag : reply->header.tag != 0;
      if (!from_target || !to_us) continue;
      last_got_ = reply->bytes;
      throw failure("no answer", last_answer());
    }
  }
  if (alive) return first_unanswered_.clear();
  remember_unanswered(request);
  throw TargetGone{};
}

std::vector<Reply> Probe::ask_all(const std::vector<Bytes>& requests) {
  last_sent_ = requests.front();
  last_got_.reset();
  std::vector<std::uint32_t> tags;
  for (const Bytes& request : requests) tags.push_back(wire::decode_header(request)->tag);
  transmit(requests);
  std::vector<Reply> replies;
  Instant deadline = link_.now() + options_.patience;
  while (std::optional<Reply> reply = next_reply(deadline)) {
    if (std::find(tags.begin(), tags.end(), reply->header.tag) == tags.end()) continue;
    last_got_ = reply->bytes;
    replies.push_back(std::move(*reply));
    deadline = link_.now() + (replies.size() >= requests.size() ? options_.quiet : options_.patience);
  }
  return replies;
}

bool Probe::is_alive() {
  const Bytes question = with_source(config(wire::ConfigOp::read), living_station_.value_or(link_.mac()));
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (try_ask(question)) return true;
  }
  return false;
}

void Probe::remember_unanswered(const Bytes& request) {
  if (first_unanswered_.empty()) first_unanswered_ = request;
}

CaseFailed Probe::death() const {
  const Bytes& cause = first_unanswered_.empty() ? last_sent_ : first_unanswered_;
  return {in_words(cause), "the target to live on", "no answer to this nor to anything after it"};
}

void Probe::check(bool holds, std::string_view expected) {
  if (!holds) throw failure(std::string(expected), last_answer());
}

void Probe::equal_bytes(std::string_view what, ByteView got, ByteView expected) {
  if (std::equal(got.begin(), got.end(), expected.begin(), expected.end())) return;
  const auto [first_got, first_expected] = std::mismatch(got.begin(), got.end(), expected.begin(), expected.end());
  const auto at = static_cast<std::size_t>(first_got - got.begin());
  throw failure(fmt::format("{}: {} bytes, from byte {} on: {}", what, expected.size(), at,
                            hex(expected.subspan(std::min(at, expected.size())), 16)),
                fmt::format("{} bytes, from byte {} on: {}", got.size(), at, hex(got.subspan(at), 16)));
}

CaseFailed Probe::failure(std::string expected, std::string got) const {
  return {last_sent_.empty() ? std::string() : in_words(last_sent_), std::move(expected), std::move(got)};
}

std::string Probe::last_answer() const { return last_got_ ? in_words(*last_got_) : "no answer"; }

}  // namespace aoekit::conform

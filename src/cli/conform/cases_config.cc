// Query config: what a target says of itself, and the string that says whose it is.
#include <array>
#include <string>

#include "cli/conform/case.h"
#include "cli/conform/probe.h"

namespace aoekit::conform {
namespace {

using wire::AoeError;
using wire::ConfigOp;

std::string text_of(const Reply& reply) {
  const ByteView text = reply.config().text;
  return {text.begin(), text.end()};
}

// Sets the string whatever it is now.
void become(Probe& probe, std::string_view text) {
  const Reply reply = probe.ask_ok(probe.config(ConfigOp::force_set, text));
  probe.check(text_of(reply) == text, fmt::format("the string that was forced, {} bytes", text.size()));
}

void expect_string(Probe& probe, std::string_view text) {
  const Reply reply = probe.ask_ok(probe.config(ConfigOp::read));
  probe.check(text_of(reply) == text, fmt::format("the string \"{}\"", text));
}

void matches(Probe& probe, ConfigOp op, std::string_view argument, std::string_view text) {
  const Reply reply = probe.ask_ok(probe.config(op, argument));
  probe.check(text_of(reply) == text, fmt::format("a match, with the whole string \"{}\"", text));
}

void read(Probe& probe) {
  const Reply reply = probe.ask_ok(probe.config(ConfigOp::read));
  const wire::ConfigBody body = reply.config();
  probe.equal("protocol version", unsigned{body.version}, 1U);
  probe.equal("ccmd", unsigned{body.op}, 0U);
  probe.check(body.text.size() <= wire::kConfigStringBytesMax, "a string of 1024 bytes or less");
}
void buffers(Probe& probe) {
  const Reply reply = probe.ask_ok(probe.config(ConfigOp::read));
  probe.check(reply.config().buffer_count >= 2, "2 buffers or more");
}
void sectors(Probe& probe) {
  const Reply reply = probe.ask_ok(probe.config(ConfigOp::read));
  const unsigned count = reply.config().sectors_per_frame;
  probe.check(count <= wire::sectors_that_fit(probe.link().mtu_bytes()),
              fmt::format("no more sectors in a frame than fit the MTU of {}", probe.link().mtu_bytes()));
}
// "anything" in every field that has no meaning in a request.
void request_numbers(Probe& probe) {
  const Reply plain = probe.ask_ok(probe.config(ConfigOp::read));
  Bytes request = probe.config(ConfigOp::read);
  for (std::size_t offset = wire::kHeaderBytes; offset < kOffsetConfigOp; ++offset) {
    request = with_byte(request, offset, 0xee);
  }
  request = with_byte(request, kOffsetConfigOp, 0xe0);
  const Reply reply = probe.ask_ok(request);
  probe.check(reply.config().buffer_count == plain.config().buffer_count &&
                  reply.config().firmware == plain.config().firmware &&
                  reply.config().sectors_per_frame == plain.config().sectors_per_frame &&
                  reply.config().version == wire::kVersion,
              "the target's own numbers, not the request's");
}
void read_argument(Probe& probe) {
  become(probe, "mine");
  matches(probe, ConfigOp::read, "yours", "mine");
  expect_string(probe, "mine");
}

void test_equal(Probe& probe) {
  become(probe, "aoe rack7");
  matches(probe, ConfigOp::test, "aoe rack7", "aoe rack7");
}
void test_mismatch(Probe& probe) {
  become(probe, "aoe rack7");
  probe.expect_silence(probe.config(ConfigOp::test, "aoe rack8"));
}
void test_prefix_only(Probe& probe) {
  become(probe, "aoe rack7");
  probe.expect_silence(probe.config(ConfigOp::test, "aoe"));
  probe.expect_silence(probe.config(ConfigOp::test, ""));
}
void test_longer(Probe& probe) {
  become(probe, "aoe");
  probe.expect_silence(probe.config(ConfigOp::test, "aoe rack7"));
  probe.expect_silence(probe.config(ConfigOp::test, std::string_view("aoe\0", 4)));
}
void test_empty(Probe& probe) {
  become(probe, "");
  matches(probe, ConfigOp::test, "", "");
}

void prefix_match(Probe& probe) {
  become(probe, "aoe rack7");
  matches(probe, ConfigOp::test_prefix, "aoe", "aoe rack7");
}
void prefix_whole(Probe& probe) {
  become(probe, "aoe rack7");
  matches(probe, ConfigOp::test_prefix, "aoe rack7", "aoe rack7");
}
void prefix_empty(Probe& probe) {
  become(probe, "aoe rack7");
  matches(probe, ConfigOp::test_prefix, "", "aoe rack7");
  become(probe, "");
  matches(probe, ConfigOp::test_prefix, "", "");
}
void prefix_mismatch(Probe& probe) {
  become(probe, "aoe rack7");
  probe.expect_silence(probe.config(ConfigOp::test_prefix, "rack7"));
}
void prefix_longer(Probe& probe) {
  become(probe, "aoe");
  probe.expect_silence(probe.config(ConfigOp::test_prefix, "aoe rack7"));
}

void set_when_empty(Probe& probe) {
  become(probe, "");
  const Reply reply = probe.ask_ok(probe.config(ConfigOp::set, "claimed"));
  probe.check(text_of(reply) == "claimed", "the new string in the answer");
  expect_string(probe, "claimed");
}
void set_identical(Probe& probe) {
  become(probe, "claimed");
  const Reply reply = probe.ask_ok(probe.config(ConfigOp::set, "claimed"));
  probe.check(text_of(reply) == "claimed", "success, with the string");
}
void set_different(Probe& probe) {
  become(probe, "claimed");
  probe.ask_error(probe.config(ConfigOp::set, "stolen"), AoeError::config_string_present);
  expect_string(probe, "claimed");
}
void set_empty(Probe& probe) {
  become(probe, "claimed");
  probe.ask_error(probe.config(ConfigOp::set, ""), AoeError::config_string_present);
  expect_string(probe, "claimed");
}
void set_error_string(Probe& probe) {
  become(probe, "claimed");
  const Reply reply = probe.ask_error(probe.config(ConfigOp::set, "stolen"), AoeError::config_string_present);
  probe.check(text_of(reply) == "claimed", "the present string in the error");
}

void force_replaces(Probe& probe) {
  become(probe, "first");
  become(probe, "second, longer");
  expect_string(probe, "second, longer");
  become(probe, "third");
  expect_string(probe, "third");
}
void force_clears(Probe& probe) {
  become(probe, "first");
  become(probe, "");
  expect_string(probe, "");
}

void string_binary(Probe& probe) {
  std::string text;
  for (int value = 255; value >= 0; --value) text += static_cast<char>(value);
  become(probe, text);
  const Reply reply = probe.ask_ok(probe.config(ConfigOp::read));
  probe.equal_bytes("the string", reply.config().text, bytes_of(text));
  matches(probe, ConfigOp::test, text, text);
}
void string_longest(Probe& probe) {
  const std::string text(wire::kConfigStringBytesMax, 'x');
  become(probe, text);
  const Reply reply = probe.ask_ok(probe.config(ConfigOp::read));
  probe.equal("string bytes", reply.config().text.size(), text.size());
}

// The length field says 1025, and as many bytes are there.
void string_too_long(Probe& probe) {
  become(probe, "kept");
  Bytes request = probe.config(ConfigOp::force_set, std::string(wire::kConfigStringBytesMax, 'x'));
  request = with_size(request, request.size() + 1, 'x');
  request = with_byte(with_byte(request, kOffsetConfigLength, 0x04), kOffsetConfigLength + 1, 0x01);
  probe.ask_error(request, AoeError::bad_argument);
  expect_string(probe, "kept");
}
// The length field says 100; 28 bytes follow.
void string_past_frame(Probe& probe) {
  become(probe, "kept");
  const Bytes request = with_byte(probe.config(ConfigOp::force_set), kOffsetConfigLength + 1, 100);
  probe.ask_error(request, AoeError::bad_argument);
  expect_string(probe, "kept");
}
void string_trailing(Probe& probe) {
  become(probe, "");
  const Bytes request = with_size(probe.config(ConfigOp::set, "abc"), 1056, 0xed);
  const Bytes filled = with_fill_from(request, wire::kConfigHeaderBytes + 3, 0xed);
  const Reply reply = probe.ask_ok(filled);
  probe.check(text_of(reply) == "abc", "the three bytes that the length field covers");
  expect_string(probe, "abc");
}

void op_unknown(Probe& probe) {
  become(probe, "kept");
  for (const auto op : std::to_array<std::uint8_t>({5, 9, 15})) {
    probe.ask_error(with_byte(probe.config(ConfigOp::read, "lost"), kOffsetConfigOp, op), AoeError::bad_argument);
  }
  expect_string(probe, "kept");
}
void reply_op(Probe& probe) {
  become(probe, "abc");
  for (const ConfigOp op : {ConfigOp::test, ConfigOp::test_prefix, ConfigOp::set, ConfigOp::force_set}) {
    const Reply reply = probe.ask_ok(probe.config(op, "abc"));
    probe.equal("ccmd", unsigned{reply.config().op}, static_cast<unsigned>(op));
    probe.equal("protocol version", unsigned{reply.config().version}, 1U);
  }
}

constexpr const char* kClaims = "claims: aoe-osx and whoever marks disks with the string";
constexpr const char* kSearch = "searches for members of a set, and for unclaimed disks";

constexpr std::array kCases = {
    Case{"config.read", "C1", "A read returns version 1, ccmd 0 and the string", "every discovery", kNeedsNothing,
         read},
    Case{"config.buffers", "C2", "The buffer count is 2 or more",
         "Linux: half of it is the first window, so with 0 or 1 no I/O is ever sent", kNeedsNothing, buffers},
    Case{"config.sectors", "C3", "The sectors per frame (0 means 2) fit the network's MTU",
         "Linux: every full-size request is lost", kNeedsNothing, sectors},
    Case{"config.request-numbers", "C4", "Numbers in a request mean nothing and are not echoed",
         "Linux: it would take its own buffer count for the target's", kNeedsNothing, request_numbers},
    Case{"config.read.argument", "C5", "A read ignores the string it carries", "aoeping: it sends one of 1024 bytes",
         kNeedsNothing, read_argument},
    Case{"config.test.equal", "C6", "A test with the whole string is answered", kSearch, kNeedsNothing, test_equal},
    Case{"config.test.mismatch", "C6", "A test with another string gets silence", kSearch, kNeedsNothing,
         test_mismatch},
    Case{"config.test.prefix", "C6", "A test with the beginning of the string gets silence", kSearch, kNeedsNothing,
         test_prefix_only},
    Case{"config.test.longer", "C6", "A test with more than the string gets silence", kSearch, kNeedsNothing,
         test_longer},
    Case{"config.test.empty", "C6", "A test for the empty string finds an unclaimed target", kSearch, kNeedsNothing,
         test_empty},
    Case{"config.prefix.match", "C7", "A prefix test with the beginning is answered with the whole string", kSearch,
         kNeedsNothing, prefix_match},
    Case{"config.prefix.whole", "C7", "A prefix test with the whole string is answered", kSearch, kNeedsNothing,
         prefix_whole},
    Case{"config.prefix.empty", "C7", "A prefix test with nothing is always answered", kSearch, kNeedsNothing,
         prefix_empty},
    Case{"config.prefix.mismatch", "C7", "A prefix test with another part gets silence", kSearch, kNeedsNothing,
         prefix_mismatch},
    Case{"config.prefix.longer", "C7", "A prefix test with more than the string gets silence", kSearch, kNeedsNothing,
         prefix_longer},
    Case{"config.set.empty", "C8", "An empty string can be set", kClaims, kNeedsNothing, set_when_empty},
    Case{"config.set.identical", "C8", "Setting what is there succeeds",
         "aoecfg, aoe-osx: a repeated claim fails though it is theirs", kNeedsNothing, set_identical},
    Case{"config.set.different", "C8", "Setting something else is AoE error 4 and changes nothing",
         "claims: the second claimant takes the disk", kNeedsNothing, set_different},
    Case{"config.set.to-empty", "C8", "So is setting the empty string", kClaims, kNeedsNothing, set_empty},
    Case{"config.set.error-string", "C9", "Error 4 carries the present string", "who asks whose the disk is",
         kNeedsNothing, set_error_string},
    Case{"config.force-set.replaces", "C10", "A forced set always replaces", "aoecfg -c fset", kNeedsNothing,
         force_replaces},
    Case{"config.force-set.clears", "C10", "A forced set of nothing clears", "giving a disk back", kNeedsNothing,
         force_clears},
    Case{"config.string.binary", "C11", "The string is any bytes",
         "claims and searches of tools that store binary in it", kNeedsNothing, string_binary},
    Case{"config.string.longest", "C11", "It has up to 1024 bytes", kClaims, kNeedsNothing, string_longest},
    Case{"config.string.too-long", "C12", "A string of 1025 bytes gets AoE error 2", "nobody; the sender's mistake",
         kNeedsNothing, string_too_long},
    Case{"config.string.past-frame", "C12", "A string longer than the frame gets AoE error 2",
         "everybody's secrecy: it would be filled up with old frames' bytes", kNeedsNothing, string_past_frame},
    Case{"config.string.trailing", "C13", "The string ends where its length field says",
         "aoecfg: random bytes follow its string", kNeedsNothing, string_trailing},
    Case{"config.op.unknown", "C14", "An unknown ccmd gets AoE error 2 and changes nothing",
         "clients that probe for extensions", kNeedsNothing, op_unknown},
    Case{"config.reply.op", "C15", "The answer repeats the ccmd below version 1", "nobody known", kNeedsNothing,
         reply_op},
};

}  // namespace

std::span<const Case> config_cases() { return kCases; }

}  // namespace aoekit::conform

// The numbers and words of the control protocol: twin of docs/control.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "control/api.h"

namespace aoekit::control {

// Grows only when a request or an answer of old would mean something else; additions do not change it.
inline constexpr std::uint64_t kProtocolVersion = 1;

// A request with its newline.
inline constexpr std::size_t kRequestBytesMax = 256 * 1024;
// Arrays and objects within each other, the request's own object included.
inline constexpr int kNestingMax = 16;
// Entries in one answer of export.list and client.list.
inline constexpr std::size_t kPageMax = 500;
// No further request of a client is looked at while so much of its answers waits to be sent.
inline constexpr std::size_t kOutputBytesHigh = 64 * 1024;
// What a client must be ready to read as one line; pages keep answers below it.
inline constexpr std::size_t kAnswerBytesMax = 32 * 1024 * 1024;

// Error codes that the protocol itself has; the others are those of Code.
inline constexpr std::string_view kSyntaxError = "syntax";
inline constexpr std::string_view kTooLongError = "too_long";
inline constexpr std::string_view kVersionError = "version";
inline constexpr std::string_view kMethodError = "unknown_method";

inline constexpr std::array kCodes{Code::not_found, Code::exists, Code::in_use, Code::invalid, Code::failed};
std::string_view code_name(Code code);
// Codes that are not known (the protocol's own, those of a newer daemon) are Code::failed.
Code code_from(std::string_view name);

}  // namespace aoekit::control

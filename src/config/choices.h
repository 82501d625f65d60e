// The words that stand for the enumerations, for reading and writing.
#pragma once

#include <string_view>

#include "base/check.h"
#include "config/config.h"
#include "config/table_reader.h"

namespace aoekit::config {

inline constexpr Choice<Durability> kDurabilities[] = {
    {"durable", Durability::durable}, {"flush", Durability::flush}, {"none", Durability::none}};
inline constexpr Choice<Caching> kCachings[] = {{"buffered", Caching::buffered}, {"direct", Caching::direct}};
inline constexpr Choice<Sharing> kSharings[] = {
    {"single", Sharing::single}, {"shared", Sharing::shared}, {"exclusive", Sharing::exclusive}};

inline constexpr Choice<Receive> kReceives[] = {
    {"automatic", Receive::automatic}, {"ring", Receive::ring}, {"socket", Receive::socket}};

template <class E, std::size_t N>
std::string_view word_for(const Choice<E> (&choices)[N], E value) {
  for (const Choice<E>& one : choices) {
    if (one.value == value) return one.name;
  }
  AOEKIT_CHECK(false);
  return {};
}

}  // namespace aoekit::config

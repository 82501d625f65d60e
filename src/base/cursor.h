// The only way in which packet bytes are read or written: bounds-checked cursors over borrowed memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/check.h"

namespace aoekit {

// Reads fields in wire order. A read past the end yields zeros and makes ok() false for good, so that a decoder reads
// all fields and asks once.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  std::size_t remaining() const { return bytes_.size() - position_; }
  std::size_t position() const { return position_; }

  std::uint8_t u8() {
    const ByteView field = take(1);
    return field.empty() ? std::uint8_t{0} : field[0];
  }
  std::uint16_t u16_be() { return static_cast<std::uint16_t>(big_endian(2)); }
  std::uint32_t u32_be() { return static_cast<std::uint32_t>(big_endian(4)); }
  std::uint16_t u16_le() { return static_cast<std::uint16_t>(little_endian(2)); }
  std::uint64_t u48_le() { return little_endian(6); }
  std::uint64_t u64_le() { return little_endian(8); }

  // The next `count` bytes, or an empty view (and ok() false) if there are fewer.
  ByteView take(std::size_t count) {
    if (count > remaining()) {
      ok_ = false;
      position_ = bytes_.size();
      return {};
    }
    const ByteView field = bytes_.subspan(position_, count);
    position_ += count;
    return field;
  }
  void skip(std::size_t count) { static_cast<void>(take(count)); }
  ByteView rest() { return take(remaining()); }

 private:
  std::uint64_t big_endian(std::size_t count) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : take(count)) value = value << 8 | byte;
    return value;
  }
  std::uint64_t little_endian(std::size_t count) {
    const ByteView field = take(count);
    std::uint64_t value = 0;
    for (std::size_t i = field.size(); i-- > 0;) value = value << 8 | field[i];
    return value;
  }

  ByteView bytes_;
  std::size_t position_ = 0;
  bool ok_ = true;
};

// Writes fields in wire order. The caller provides room for all of them: writing past the end is our mistake and aborts.
class ByteWriter {
 public:
  explicit ByteWriter(MutableBytes bytes) : bytes_(bytes) {}

  std::size_t position() const { return position_; }
  std::size_t remaining() const { return bytes_.size() - position_; }
  ByteView written() const { return bytes_.first(position_); }

  void u8(std::uint8_t value) { room(1)[0] = value; }
  void u16_be(std::uint16_t value) { big_endian(value, 2); }
  void u32_be(std::uint32_t value) { big_endian(value, 4); }
  void u16_le(std::uint16_t value) { little_endian(value, 2); }
  void u48_le(std::uint64_t value) { little_endian(value, 6); }
  void u64_le(std::uint64_t value) { little_endian(value, 8); }
  void bytes(ByteView value) { std::copy(value.begin(), value.end(), room(value.size()).begin()); }
  void zeros(std::size_t count) {
    const MutableBytes field = room(count);
    std::fill(field.begin(), field.end(), std::uint8_t{0});
  }

 private:
  MutableBytes room(std::size_t count) {
    AOEKIT_CHECK(count <= remaining());
    const MutableBytes field = bytes_.subspan(position_, count);
    position_ += count;
    return field;
  }
  void big_endian(std::uint64_t value, std::size_t count) {
    const MutableBytes field = room(count);
    for (std::size_t i = count; i-- > 0; value >>= 8) field[i] = static_cast<std::uint8_t>(value);
  }
  void little_endian(std::uint64_t value, std::size_t count) {
    for (std::uint8_t& byte : room(count)) {
      byte = static_cast<std::uint8_t>(value);
      value >>= 8;
    }
  }

  MutableBytes bytes_;
  std::size_t position_ = 0;
};

}  // namespace aoekit

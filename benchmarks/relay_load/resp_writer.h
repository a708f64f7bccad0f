#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace keymeter::relay_load {

enum class Counting : std::uint8_t {
  kIncrement,  ///< HINCRBY, as this relay does
  kAbsolute,   ///< HSET of the grown value, as other relays do; starts from 0, not from what Redis holds
};

/// Commands as RESP, appended to one buffer. Pure: sends nothing.
///
/// Keys that are given a time to live get it less `age_seconds`: what is written now as if it had been
/// written then. A key whose time is over is not written at all (an EXPIRE of 0 or less would raise a `del`
/// event).
///
/// Threads: one owner. Bounds: `kAbsolute` remembers every field of every counter that it ever wrote.
class RespWriter {
 public:
  /// What can be sent in one go; the relay itself sends the parts of a request one after the other.
  struct Part {
    std::size_t bytes = 0;
    std::size_t commands = 0;
  };

  explicit RespWriter(Counting counting) : counting_(counting) {}

  void SetAge(std::int64_t age_seconds) { age_seconds_ = age_seconds; }
  [[nodiscard]] bool Outlives(std::int64_t ttl_seconds) const { return ttl_seconds > age_seconds_; }

  void Command(std::initializer_list<std::string_view> args);
  /// For commands with many arguments: announce their number, then append each.
  void BeginCommand(std::size_t arg_count);
  void Arg(std::string_view arg);

  void Increment(std::string_view key, std::string_view field, std::int64_t amount);
  void Expire(std::string_view key, std::int64_t ttl_seconds);

  /// Closes the present part. Parts without commands are not kept.
  void EndPart();

  [[nodiscard]] const std::string& Bytes() const { return bytes_; }
  [[nodiscard]] const std::vector<Part>& Parts() const { return parts_; }
  [[nodiscard]] std::size_t Commands() const { return commands_; }
  /// Forgets the commands, keeps the counters' values and the buffer's memory.
  void Clear();

 private:
  std::int64_t GrownValue(std::string_view key, std::string_view field, std::int64_t amount);

  const Counting counting_;
  std::int64_t age_seconds_ = 0;
  std::string bytes_;
  std::size_t commands_ = 0;
  std::vector<Part> parts_;
  std::size_t part_begin_bytes_ = 0;
  std::size_t part_begin_commands_ = 0;
  std::unordered_map<std::string, std::int64_t> values_;  // by key, NUL, field
};

}  // namespace keymeter::relay_load

#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <memory_resource>
#include <string_view>
#include <utility>

#include <hiredis/hiredis.h>

#include "processor/redis/reader_buffer.h"
#include "schema/error.h"

namespace keymeter::processor {

/// A reply of Redis, valid until its reader is asked for the next one.
using Reply = redisReply;

[[nodiscard]] inline std::string_view TextOf(const Reply& reply) {
  return {reply.str, static_cast<std::size_t>(reply.len)};
}
[[nodiscard]] inline bool IsError(const Reply& reply) {
  return reply.type == REDIS_REPLY_ERROR;
}

/// The bytes of a connection that commands were sent on, as replies: hiredis' reader, which by itself
/// believes whatever length a server names, and takes memory for each value of a reply one by one. Here all
/// parts of a reply stand in one piece of memory, which the next one uses again.
///
/// Threads: one. Bounds: kMostReplyBytes for the reply under way, its text and its elements together, and as
/// much for what of it is not parsed yet; arrays are nested seven deep at most. What was received is wiped
/// where the reader keeps it; a reply's own text is its taker's to wipe. No allocation for a reply of up to
/// kArenaBytes.
class ReplyReader {
 public:
  explicit ReplyReader(std::size_t reserved_bytes = kReservedBytes) : reserved_bytes_(reserved_bytes) {
    Reset();
  }
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  void Reset();                       ///< for a new connection
  void Feed(std::string_view bytes);  ///< which must stay where they are until Next has no more

  /// The next whole reply; null: there is none yet. After an error only Reset helps.
  [[nodiscard]] Result<const Reply*> Next();
  /// Overwrites what Next has handed out so far; before the next Feed.
  void WipeTaken() { WipeTakenReplies(*reader_, std::exchange(filled_, 0)); }

 private:
  /// hiredis moves what it has not parsed yet to the front, again and again: so it gets a little at a time.
  static constexpr std::size_t kLentBytes = std::size_t{4} * 1024;
  static constexpr std::size_t kArenaBytes = std::size_t{16} * 1024;

  struct FreeReader {
    void operator()(redisReader* reader) const {
      WipeReader(*reader);
      redisReaderFree(reader);
    }
  };
  friend struct ReplyParts;

  [[nodiscard]] bool Count(std::size_t bytes);
  bool Lend();

  const std::size_t reserved_bytes_;
  std::unique_ptr<redisReader, FreeReader> reader_;
  std::array<std::byte, kArenaBytes> first_bytes_;
  std::pmr::monotonic_buffer_resource arena_{first_bytes_.data(), first_bytes_.size()};
  std::string_view unread_;  ///< of what was fed
  std::size_t filled_ = 0;   ///< of the reader's buffer, since the last WipeTaken
  std::size_t counted_ = 0;  ///< bytes of the reply under way
  bool is_too_large_ = false;
};

}  // namespace keymeter::processor

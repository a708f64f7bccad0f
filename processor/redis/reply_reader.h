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

/// Turns the bytes of a connection on which commands were sent into replies.
///
/// It is hiredis' reader with bounds and its own memory: by itself hiredis allocates whatever length a server
/// names, and one piece for each value. Here all parts of a reply stand in one arena, which the next reply
/// reuses.
/// Threads: one. Bounds: kMostReplyBytes for the reply under way, text and elements together, and as much for
/// its unparsed bytes; arrays are nested at most seven deep. No allocation for a reply of up to kArenaBytes.
/// Secrets: WipeTaken overwrites the reader's buffer; a reply's own text in the arena is its taker's to wipe.
class ReplyReader {
 public:
  explicit ReplyReader(std::size_t reserved_bytes = kReservedBytes) : reserved_bytes_(reserved_bytes) {
    Reset();
  }
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  void Reset();                       ///< for a new connection
  void Feed(std::string_view bytes);  ///< which must stay in place until Next returns null

  /// The next complete reply; null: there is none yet. After an error only Reset helps.
  [[nodiscard]] Result<const Reply*> Next();
  /// Overwrites the bytes of all replies that Next has returned. To be called before the next Feed.
  void WipeTaken() { WipeTakenReplies(*reader_, std::exchange(filled_, 0)); }

 private:
  /// hiredis moves its unparsed bytes to the front again and again: so it is fed a little at a time.
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
  std::string_view unread_;  ///< what of the fed bytes hiredis has not got yet
  std::size_t filled_ = 0;   ///< how far the reader's buffer has been filled since the last WipeTaken
  std::size_t counted_ = 0;  ///< bytes of the reply under way
  bool is_too_large_ = false;
};

}  // namespace keymeter::processor

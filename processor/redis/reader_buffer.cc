#include "processor/redis/reader_buffer.h"

#include <algorithm>
#include <cstring>
#include <string>

#include <hiredis/sds.h>

namespace keymeter::processor {

Status CheckUnread(const redisReader& reader) {
  const std::size_t unread = reader.len - reader.pos;
  if (unread > kMostReplyBytes)
    return Fail(ErrorCode::kCorrupt, "a reply of more than {} MB", kMostReplyBytes >> 20U);
  // hiredis looks for a line's end through all unparsed bytes again whenever more come: an endless line would
  // cost more and more. Values have no such limit: they stand behind a line that is complete.
  if (unread > kMostLineBytes && std::memchr(reader.buf + reader.pos, '\n', kMostLineBytes) == nullptr)
    return Fail(ErrorCode::kCorrupt, "not the Redis protocol: a line of more than {} KB",
                kMostLineBytes >> 10U);
  return {};
}

std::size_t TakeBackUnread(redisReader& reader) {
  const std::size_t unread = reader.len - reader.pos;
  sdssetlen(reader.buf, 0);
  reader.len = reader.pos = 0;
  return unread;
}

void ReserveReaderBuffer(redisReader& reader, std::size_t bytes) {
  // By feeding it: C++ can use only the inline functions of sds.h, which do not reserve.
  const std::string room(bytes, '\0');
  if (redisReaderFeed(&reader, room.data(), room.size()) != REDIS_OK) return;
  sdssetlen(reader.buf, 0);
  reader.len = 0;
}

void WipeTakenReplies(redisReader& reader, std::size_t end) {
  if (reader.buf == nullptr) return;
  explicit_bzero(reader.buf, reader.pos);
  // hiredis cuts parsed bytes off the front from time to time: the rest moves there and leaves a copy behind.
  const std::size_t capacity = reader.len + sdsavail(reader.buf);
  if (const std::size_t filled = std::min(end, capacity); filled > reader.len)
    explicit_bzero(reader.buf + reader.len, filled - reader.len);
}

void WipeReader(redisReader& reader) {
  if (reader.buf != nullptr) explicit_bzero(reader.buf, reader.len + sdsavail(reader.buf));
}

}  // namespace keymeter::processor

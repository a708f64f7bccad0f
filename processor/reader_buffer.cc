#include "processor/reader_buffer.h"

#include <algorithm>
#include <cstring>
#include <string>

#include <hiredis/sds.h>

namespace keymeter::processor {

namespace {

constexpr std::size_t kReservedBytes = std::size_t{512} * 1024;  ///< twice what is read at once

}  // namespace

void ReserveReaderBuffer(redisReader& reader) {
  // By feeding it: of sds.h C++ can use what is inline only.
  const std::string room(kReservedBytes, '\0');
  if (redisReaderFeed(&reader, room.data(), room.size()) != REDIS_OK) return;
  sdssetlen(reader.buf, 0);
  reader.len = 0;
}

void WipeTakenReplies(redisReader& reader, std::size_t end) {
  if (reader.buf == nullptr) return;
  explicit_bzero(reader.buf, reader.pos);
  // What was taken long enough is cut off at the front: the rest has moved there, and its old place is free.
  const std::size_t capacity = reader.len + sdsavail(reader.buf);
  if (const std::size_t filled = std::min(end, capacity); filled > reader.len)
    explicit_bzero(reader.buf + reader.len, filled - reader.len);
}

void WipeReader(redisReader& reader) {
  if (reader.buf != nullptr) explicit_bzero(reader.buf, reader.len + sdsavail(reader.buf));
}

}  // namespace keymeter::processor

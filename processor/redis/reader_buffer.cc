#include "processor/redis/reader_buffer.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>

#include <hiredis/sds.h>

namespace keymeter::processor {

namespace {

constexpr std::string_view kLineEnd = "\r\n";

/// The line that stands unparsed at the front, without its end; empty while it is not whole.
std::string_view LineOf(const redisReader& reader) {
  const std::string_view unread(reader.buf + reader.pos, reader.len - reader.pos);
  const std::size_t end = unread.substr(0, kMostLineBytes).find(kLineEnd);
  return end == std::string_view::npos ? std::string_view() : unread.substr(0, end);
}

}  // namespace

std::size_t AwaitedText(const redisReader& reader) {
  // hiredis has taken the type, and waits with the length until the text is whole.
  if (reader.ridx < 0 || reader.rstack[reader.ridx].type != REDIS_REPLY_STRING) return 0;
  const std::string_view line = LineOf(reader);
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), length);
  return error == std::errc() && end == line.data() + line.size() ? length : 0;
}

std::size_t ReplaceTextByNil(redisReader& reader, std::size_t length) {
  const std::size_t begin = reader.pos + LineOf(reader).size() + kLineEnd.size();
  const std::size_t to_come = length + kLineEnd.size() - (reader.len - begin);
  explicit_bzero(reader.buf + reader.pos, reader.len - reader.pos);
  sdssetlen(reader.buf, reader.pos);
  reader.len = reader.pos;
  constexpr std::string_view kNil = "-1\r\n";
  redisReaderFeed(&reader, kNil.data(), kNil.size());
  return to_come;
}

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

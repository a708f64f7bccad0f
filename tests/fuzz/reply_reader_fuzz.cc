/// Input: the bytes that answer commands; the first one says where they are split. However they are split,
/// the replies are the same, each can be walked part by part, and none is larger than allowed.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "processor/metering/counter_value.h"
#include "processor/redis/reply_reader.h"

namespace {

using keymeter::processor::Reply;
using keymeter::processor::TextOf;

void Require(bool holds) {
  if (!holds) std::abort();
}

/// Every part of a reply, in order; `bytes` grows by what they hold.
void AppendParts(std::string& out, const Reply& reply, std::size_t& bytes) {
  bytes += sizeof reply + TextOf(reply).size();
  out.append(std::to_string(reply.type)).append(":").append(TextOf(reply));
  if (reply.type == REDIS_REPLY_INTEGER) out.append(std::to_string(reply.integer));
  if (reply.type == REDIS_REPLY_STRING && keymeter::processor::ParseCounterValue(TextOf(reply))) out += '#';
  if (reply.type != REDIS_REPLY_ARRAY) return;
  for (std::size_t i = 0; i < reply.elements; ++i) AppendParts(out, *reply.element[i], bytes);
}

/// Takes what is whole; false when the connection would be closed.
bool Take(keymeter::processor::ReplyReader& reader, std::string_view bytes, std::string& replies) {
  reader.Feed(bytes);
  while (true) {
    const auto next = reader.Next();
    if (!next) {
      Require(next.error().code == keymeter::ErrorCode::kCorrupt && !next.error().message.empty());
      return false;
    }
    if (*next == nullptr) break;
    std::size_t held = 0;
    AppendParts(replies, **next, held);
    reader.Release();
    Require(held <= keymeter::processor::kMostReplyBytes + sizeof(Reply));
  }
  reader.WipeTaken();
  return true;
}

std::string RepliesOf(std::string_view bytes, std::size_t split) {
  std::string replies;
  keymeter::processor::ReplyReader reader(4096);  // half a megabyte for each input would be most of the time
  const bool is_open =
      Take(reader, bytes.substr(0, split), replies) && Take(reader, bytes.substr(split), replies);
  return replies + (is_open ? "." : "!");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  Require(RepliesOf(bytes, data[0] % size) == RepliesOf(bytes, bytes.size()));
  return 0;
}

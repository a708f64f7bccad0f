#pragma once

#include "processor/redis/reply_reader.h"

namespace keymeter::processor {

/// Whether this is an answer to SCAN or SSCAN: a cursor, and an array of members.
[[nodiscard]] inline bool IsScanReply(const Reply& reply) {
  return reply.type == REDIS_REPLY_ARRAY && reply.elements == 2 &&
         reply.element[0]->type == REDIS_REPLY_STRING && reply.element[1]->type == REDIS_REPLY_ARRAY;
}

}  // namespace keymeter::processor

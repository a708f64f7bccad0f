#include "processor/redis/reply_shapes.h"

#include <algorithm>

#include "processor/redis/redis_errors.h"

namespace keymeter::processor {

namespace {

constexpr std::size_t kMostCursorDigits = 20;  ///< of an unsigned number of 64 bits

Status OfAnotherShape(std::string_view command) {
  return Fail(ErrorCode::kCorrupt, "replies out of step: one that {} is not answered with", command);
}

Status CheckError(const Reply& error) {
  if (ConcernsOnlyItsKey(TextOf(error))) return {};
  return Fail(ErrorOfReply(TextOf(error)));
}

/// Whether we may not, or cannot, run this command, whatever the key.
bool IsWithoutTheCommand(const Reply& error) {
  return IsForbiddenCommand(TextOf(error)) || IsUnknownCommand(TextOf(error));
}

bool AreTexts(const Reply& array, bool may_be_nil) {
  return std::all_of(array.element, array.element + array.elements, [may_be_nil](const Reply* part) {
    return part->type == REDIS_REPLY_STRING || (may_be_nil && part->type == REDIS_REPLY_NIL) ||
           IsTooLong(*part);
  });
}

bool IsCursor(const Reply& reply) {
  const std::string_view text = TextOf(reply);
  return reply.type == REDIS_REPLY_STRING && !text.empty() && text.size() <= kMostCursorDigits &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Status CheckValues(const Reply& reply, std::size_t count) {
  if (IsError(reply)) return CheckError(reply);
  if (reply.type == REDIS_REPLY_ARRAY && reply.elements == count && AreTexts(reply, true)) return {};
  return OfAnotherShape("HMGET");
}

Status CheckValue(const Reply& reply) {
  if (IsError(reply)) return IsWithoutTheCommand(reply) ? Status() : CheckError(reply);
  if (reply.type == REDIS_REPLY_STRING || reply.type == REDIS_REPLY_NIL) return {};
  return OfAnotherShape("GET");
}

Status CheckNumber(const Reply& reply) {
  const bool is_number = reply.type == REDIS_REPLY_INTEGER;
  return IsError(reply) || is_number ? Status() : OfAnotherShape("a question for a number");
}

Status CheckLength(const Reply& reply) {
  const bool is_length = reply.type == REDIS_REPLY_INTEGER && reply.integer >= 0;
  return IsError(reply) || is_length ? Status() : OfAnotherShape("a question for a length");
}

Status CheckScan(const Reply& reply) {
  if (IsError(reply)) return CheckError(reply);
  if (reply.type == REDIS_REPLY_ARRAY && reply.elements == 2 && IsCursor(*reply.element[0]) &&
      reply.element[1]->type == REDIS_REPLY_ARRAY && AreTexts(*reply.element[1], false))
    return {};
  return OfAnotherShape("SCAN");
}

Status CheckInfo(const Reply& reply) {
  if (IsError(reply) && IsWithoutTheCommand(reply)) return {};
  if (IsError(reply)) return Fail(ErrorOfReply(TextOf(reply)));
  return reply.type == REDIS_REPLY_STRING ? Status() : OfAnotherShape("INFO");
}

Status CheckText(const Reply& reply) {
  return IsError(reply) || reply.type == REDIS_REPLY_STRING ? Status() : OfAnotherShape("CLIENT LIST");
}

Status CheckOk(const Reply& reply) {
  const bool is_ok = reply.type == REDIS_REPLY_STATUS && TextOf(reply) == "OK";
  return IsError(reply) || is_ok ? Status() : OfAnotherShape("AUTH, SELECT or CONFIG SET");
}

Status CheckSetting(const Reply& reply) {
  if (IsError(reply)) return {};
  if (reply.type == REDIS_REPLY_ARRAY && (reply.elements == 0 || reply.elements == 2) &&
      AreTexts(reply, false))
    return {};
  return OfAnotherShape("CONFIG GET");
}

}  // namespace keymeter::processor

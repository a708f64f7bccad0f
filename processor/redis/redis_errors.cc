#include "processor/redis/redis_errors.h"

#include <utility>

namespace keymeter::processor {

namespace {

constexpr std::string_view kForbidden = "NOPERM";

/// The words that a reply begins with, and what it means for us. The first that fits is taken.
struct KnownReply {
  std::string_view begin;
  ErrorCode code;
  ErrorReason reason;
  std::string_view meaning;
  std::string_view remedy;
};

constexpr KnownReply kKnownReplies[] = {
    {"LOADING", ErrorCode::kUnavailable, ErrorReason::kLoading, "Redis is loading its data set; waiting", ""},
    {"MASTERDOWN", ErrorCode::kUnavailable, ErrorReason::kMasterLost,
     "this replica has lost its master and may not serve old data (replica-serve-stale-data no); waiting",
     ""},
    {"ERR max number of clients", ErrorCode::kUnavailable, ErrorReason::kCannotConnect,
     "Redis has no room for another client", "raise maxclients there, or close idle clients; trying again"},
    {"NOAUTH", ErrorCode::kRefused, ErrorReason::kWrongPassword, "Redis wants a password",
     "put it into --redis-password-file, KEYMETER_REDIS_PASSWORD or the URL redis://:PASSWORD@host"},
    {"WRONGPASS", ErrorCode::kRefused, ErrorReason::kWrongPassword, "Redis refused the user or the password",
     "check --redis-user, and --redis-password-file or KEYMETER_REDIS_PASSWORD"},
    {"ERR invalid password", ErrorCode::kRefused, ErrorReason::kWrongPassword,
     "Redis refused the user or the password", "check --redis-password-file or KEYMETER_REDIS_PASSWORD"},
    {"ERR AUTH", ErrorCode::kRefused, ErrorReason::kWrongPassword,
     "Redis has no password set, but one was given", "leave it out"},
    {"ERR Client sent AUTH", ErrorCode::kRefused, ErrorReason::kWrongPassword,
     "Redis has no password set, but one was given", "leave it out"},
    {"DENIED", ErrorCode::kRefused, ErrorReason::kCannotConnect,
     "Redis is in protected mode and takes clients of its own machine only",
     "set a password there (requirepass, or an ACL user), or protected-mode no when its port is shielded "
     "otherwise"},
};

const KnownReply* Known(std::string_view text) {
  for (const KnownReply& known : kKnownReplies)
    if (text.starts_with(known.begin)) return &known;
  return nullptr;
}

/// What stands between the first two quotes: there Redis names the command.
std::string_view Quoted(std::string_view text) {
  const std::size_t begin = text.find('\'');
  const std::size_t end = begin == std::string_view::npos ? begin : text.find('\'', begin + 1);
  return end == std::string_view::npos ? std::string_view() : text.substr(begin + 1, end - begin - 1);
}

/// The rule that ACL SETUSER must add.
std::string MissingRule(std::string_view text) {
  if (IsForbiddenCommand(text)) return fmt::format("+{}", Quoted(text));
  if (text.find("channel") != std::string_view::npos) return "&__keyevent@*";
  return "and its key patterns, as README lists them";
}

}  // namespace

bool IsForbidden(std::string_view text) {
  return text.starts_with(kForbidden);
}

bool IsForbiddenCommand(std::string_view text) {
  return IsForbidden(text) && !Quoted(text).empty();
}

bool IsUnknownCommand(std::string_view text) {
  return text.starts_with("ERR unknown command") || text.starts_with("ERR unknown subcommand");
}

bool ConcernsOnlyItsKey(std::string_view text) {
  return text.starts_with("WRONGTYPE") || text == kTooLongText ||
         (IsForbidden(text) && !IsForbiddenCommand(text));
}

Error ErrorOfReply(std::string_view text) {
  if (const KnownReply* known = Known(text))
    return {known->code, std::string(known->meaning), known->reason, std::string(known->remedy)};
  if (text.starts_with(kForbidden))
    return MakeError(ErrorCode::kRefused, "our Redis user lacks a right ({})", text)
        .Because(ErrorReason::kForbidden)
        .Remedy(fmt::format("run on the Redis server: ACL SETUSER <our user> {}", MissingRule(text)));
  // "ERR unknown command 'X', with args beginning with: …" repeats what was sent.
  return MakeError(ErrorCode::kUnavailable, "Redis says: {}", text.substr(0, text.find(", with args")))
      .Because(IsUnknownCommand(text) ? ErrorReason::kUnknownCommand : ErrorReason::kUnspecified);
}

Error ErrorOfAuthReply(std::string_view text) {
  if (Known(text) != nullptr || text.starts_with(kForbidden)) return ErrorOfReply(text);
  return MakeError(ErrorCode::kRefused, "Redis does not take AUTH")
      .Because(ErrorReason::kWrongPassword)
      .Remedy("check the user and the password of --redis, or leave them out");
}

Error ErrorOfSelectReply(std::string_view text, int database) {
  if (text.find("out of range") != std::string_view::npos)
    return MakeError(ErrorCode::kRefused, "Redis has no database {}", database)
        .Remedy("name the relay's in --redis, or raise `databases` there");
  if (text.find("cluster") != std::string_view::npos)
    return MakeError(ErrorCode::kRefused, "a Redis cluster has database 0 only, not {}", database)
        .Remedy("leave it out of --redis");
  return ErrorOfReply(text);
}

}  // namespace keymeter::processor

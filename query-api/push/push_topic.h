#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "query-api/http/http_types.h"
#include "schema/error.h"

/// What clients of `/api/ws` say and are told: the texts of both, without sockets. Threads: pure functions.
///
///     in    {"subscribe":"apikey","id":"k1"}   {"unsubscribe":"apikey","id":"k1"}
///     out   {"event":"apikey:update","data":{…}}   {"event":"error","data":{"code":404,"detail":"…",…}}
namespace keymeter::query_api {

enum class PushKind : std::uint8_t { kApiKey, kAccount, kGroup, kMetrics, kAlert };
inline constexpr std::size_t kPushKinds = 5;

/// "apikey", "account", "group", "metrics", "alert".
[[nodiscard]] std::string_view PushKindName(PushKind kind);
/// Whether there are several of that kind, each with an id.
[[nodiscard]] constexpr bool HasIds(PushKind kind) {
  return kind <= PushKind::kGroup;
}

/// What one subscription is about.
struct PushTopic {
  PushKind kind = PushKind::kMetrics;
  std::string id{};  ///< "": all of that kind, or the one there is

  [[nodiscard]] bool IsAll() const { return HasIds(kind) && id.empty(); }
  bool operator==(const PushTopic&) const = default;
};

struct PushCommand {
  bool subscribes = true;
  PushTopic topic;
};

/// Ids of entities are shorter than this by far.
inline constexpr std::size_t kMaxPushIdBytes = 512;

/// Strict: a member that is not known is refused, since a misspelt `id` would subscribe to everything.
/// Errors (kInvalid) say what a message takes.
[[nodiscard]] Result<PushCommand> ParsePushCommand(std::string_view text);

/// `data` is JSON text.
[[nodiscard]] std::string PushUpdate(PushKind kind, std::string_view data);
/// The entity is not in the file any more.
[[nodiscard]] std::string PushRemoved(const PushTopic& topic);
/// The present state of all `count` entities of that kind has been sent.
[[nodiscard]] std::string PushSynced(PushKind kind, std::size_t count);
/// An error about a message that is none.
[[nodiscard]] std::string PushProblem(int code, std::string_view detail);
/// An error about a subscription.
[[nodiscard]] std::string PushProblem(int code, std::string_view detail, const PushTopic& topic);

}  // namespace keymeter::query_api

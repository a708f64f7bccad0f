#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "query-api/http/http_types.h"
#include "schema/error.h"

/// The messages of `/api/ws`: those of clients are parsed, ours are written. Threads: pure functions.
///
///     in    {"subscribe":"apikey","id":"k1"}   {"unsubscribe":"apikey","id":"k1"}
///     out   {"event":"apikey:update","data":{…}}   {"event":"error","data":{"code":404,"detail":"…",…}}
namespace keymeter::query_api {

enum class PushKind : std::uint8_t { kApiKey, kAccount, kGroup, kMetrics, kAlert };
inline constexpr std::size_t kPushKinds = 5;

/// "apikey", "account", "group", "metrics", "alert".
[[nodiscard]] std::string_view PushKindName(PushKind kind);
/// Whether entities of that kind have ids.
[[nodiscard]] constexpr bool HasIds(PushKind kind) {
  return kind <= PushKind::kGroup;
}

/// What a subscription is about. Threads: plain value.
struct PushTopic {
  PushKind kind = PushKind::kMetrics;
  std::string id{};  ///< "": the whole kind, or a kind without ids

  [[nodiscard]] bool IsAll() const { return HasIds(kind) && id.empty(); }
  bool operator==(const PushTopic&) const = default;
};

struct PushCommand {
  bool subscribes = true;
  PushTopic topic;
};

/// Longer ids are refused; those of the relay are far shorter.
inline constexpr std::size_t kMaxPushIdBytes = 512;

/// Strict: unknown members are refused, since a misspelt `id` would subscribe to the whole kind. Errors
/// (kInvalid) say what a message takes.
[[nodiscard]] Result<PushCommand> ParsePushCommand(std::string_view text);

/// `data` is JSON text.
[[nodiscard]] std::string PushUpdate(PushKind kind, std::string_view data);
/// The entity is no longer in the file.
[[nodiscard]] std::string PushRemoved(const PushTopic& topic);
/// The present state of all `count` entities of that kind has been sent.
[[nodiscard]] std::string PushSynced(PushKind kind, std::size_t count);
/// An error event about a message that cannot be understood.
[[nodiscard]] std::string PushProblem(int code, std::string_view detail);
/// An error event about a subscription.
[[nodiscard]] std::string PushProblem(int code, std::string_view detail, const PushTopic& topic);

}  // namespace keymeter::query_api

#include "query-api/push/push_topic.h"

#include <array>
#include <optional>

#include "schema/bounded_json.h"

namespace keymeter::query_api {

namespace {

constexpr std::array<std::string_view, kPushKinds> kKindNames = {"apikey", "account", "group", "metrics",
                                                                 "alert"};
constexpr std::string_view kTakes =
    "a message takes {\"subscribe\": KIND} or {\"unsubscribe\": KIND}, with KIND one of \"apikey\", "
    "\"account\", \"group\" (each with or without \"id\"), \"metrics\", \"alert\"";

constexpr std::size_t kMaxCommandBytes = 4096;  ///< also the most of a WebSocket message

std::optional<PushKind> KindOf(const Json& name) {
  if (!name.is_string()) return std::nullopt;
  for (std::size_t i = 0; i < kKindNames.size(); ++i)
    if (name == kKindNames[i]) return static_cast<PushKind>(i);
  return std::nullopt;
}

std::string Dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json EventJson(PushKind kind, std::string_view what, Json data) {
  return Json{{"event", fmt::format("{}:{}", PushKindName(kind), what)}, {"data", std::move(data)}};
}

}  // namespace

std::string_view PushKindName(PushKind kind) {
  return kKindNames.at(static_cast<std::size_t>(kind));
}

Result<PushCommand> ParsePushCommand(std::string_view text) {
  const auto json = ParseJson<Json>(text, {.bytes = kMaxCommandBytes});
  if (!json || !json->is_object() || json->empty()) return Fail(ErrorCode::kInvalid, "{}", kTakes);
  PushCommand command;
  std::optional<PushKind> kind;
  int verbs = 0;
  for (const auto& [name, value] : json->items()) {
    if (name == "subscribe" || name == "unsubscribe") {
      command.subscribes = name == "subscribe";
      kind = KindOf(value);
      ++verbs;
    } else if (name == "id") {
      if (!value.is_string() || value.get_ref<const std::string&>().empty() ||
          value.get_ref<const std::string&>().size() > kMaxPushIdBytes)
        return Fail(ErrorCode::kInvalid, "id takes a text of 1 to {} bytes", kMaxPushIdBytes);
      command.topic.id = value.get<std::string>();
    } else {
      return Fail(ErrorCode::kInvalid, "{}", kTakes);
    }
  }
  if (verbs != 1 || !kind) return Fail(ErrorCode::kInvalid, "{}", kTakes);
  command.topic.kind = *kind;
  if (!HasIds(*kind) && !command.topic.id.empty())
    return Fail(ErrorCode::kInvalid, "\"{}\" takes no id", PushKindName(*kind));
  return command;
}

std::string PushUpdate(PushKind kind, std::string_view data) {
  const std::string_view name = PushKindName(kind);
  return fmt::format("{{\"event\":\"{}{}\",\"data\":{}}}", name, kind == PushKind::kAlert ? "" : ":update",
                     data);
}

std::string PushRemoved(const PushTopic& topic) {
  return Dumped(EventJson(topic.kind, "removed", {{"id", topic.id}}));
}

std::string PushSynced(PushKind kind, std::size_t count) {
  return Dumped(EventJson(kind, "synced", {{"count", count}}));
}

std::string PushProblem(int code, std::string_view detail) {
  return Dumped(Json{{"event", "error"}, {"data", {{"code", code}, {"detail", detail}}}});
}

std::string PushProblem(int code, std::string_view detail, const PushTopic& topic) {
  Json data{{"code", code}, {"detail", detail}, {"subscribe", PushKindName(topic.kind)}};
  if (!topic.id.empty()) data["id"] = topic.id;
  return Dumped(Json{{"event", "error"}, {"data", std::move(data)}});
}

}  // namespace keymeter::query_api

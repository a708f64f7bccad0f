#include "processor/config/config_file.h"

#include <set>

#include <sys/stat.h>

#include "processor/config/nearest_name.h"
#include "processor/redis/redis_url.h"
#include "schema/bounded_json.h"
#include "schema/small_file.h"

namespace keymeter::processor {

namespace {

using Json = nlohmann::json;
using Kind = Setting::Kind;

constexpr std::size_t kLongestFile = 1 << 20;

std::vector<std::string> NamesInFile() {
  std::vector<std::string> names;
  for (const Setting& setting : AllSettings())
    if (setting.MayStandIn(Setting::kFile)) names.emplace_back(setting.name);
  return names;
}

std::string_view WhatItTakes(Kind kind) {
  switch (kind) {
    case Kind::kText:
      return "a text in quotes";
    case Kind::kSwitch:
      return "true or false";
    case Kind::kDuration:
      return "a number of seconds, or a text such as \"500ms\"";
    case Kind::kCount:
      return "a whole number";
    case Kind::kList:
      return "a list of texts, such as [\"a\", \"b\"]";
  }
  return "";
}

/// The text that a flag would have; nothing when the value is of another type.
std::optional<std::string> TextOf(Kind kind, const Json& value) {
  if (value.is_string() && kind != Kind::kSwitch) return value.get<std::string>();
  if (kind == Kind::kSwitch && value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (kind == Kind::kDuration && value.is_number()) return value.dump();
  if (kind == Kind::kCount && value.is_number_integer()) return value.dump();
  if (kind != Kind::kList || !value.is_array()) return std::nullopt;
  std::string joined;
  for (const Json& element : value) {
    if (!element.is_string()) return std::nullopt;
    joined += (joined.empty() ? "" : ",") + element.get<std::string>();
  }
  return joined;
}

std::string Shown(const Setting& setting, const Json& value) {
  constexpr std::size_t kLongestShown = 60;
  if (setting.secret != Setting::Secret::kNo || value.is_structured()) return value.type_name();
  const std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() > kLongestShown ? text.substr(0, kLongestShown) + "…" : text;
}

/// Finds keys that stand twice at the top level: the parser keeps the last one only.
struct KeyWatch {
  std::set<std::string> seen;
  std::string repeated;

  bool operator()(int depth, Json::parse_event_t event, const Json& parsed) {
    if (event == Json::parse_event_t::key && depth == 1 && !seen.insert(parsed.get<std::string>()).second)
      repeated = parsed.get<std::string>();
    return true;
  }
};

Result<Json> ParseObject(std::string_view text) {
  KeyWatch keys;
  ASSIGN_OR_RETURN(auto json,
                   ParseJson<Json>(text, {.bytes = kLongestFile, .allows_comments = true}, std::ref(keys)));
  if (!json.is_object())
    return Fail(ErrorCode::kInvalid, "is no JSON object, such as {{\"db\": \"keymeter.db\"}}");
  if (!keys.repeated.empty()) return Fail(ErrorCode::kInvalid, "{}: is there twice", keys.repeated);
  return json;
}

}  // namespace

Result<SettingTexts> ParseConfig(std::string_view json) {
  ASSIGN_OR_RETURN(const auto object, ParseObject(json));
  SettingTexts texts;
  for (const auto& [key, value] : object.items()) {
    const Setting* setting = FindSetting(key);
    if (setting == nullptr || !setting->MayStandIn(Setting::kFile))
      return Fail(MakeError(ErrorCode::kInvalid, "{}: is no setting{}", key, Suggestion(key, NamesInFile()))
                      .Because(ErrorReason::kUnknownName));
    const auto text = TextOf(setting->kind, value);
    if (!text)
      return Fail(ErrorCode::kInvalid, "{}: {} does not fit; it takes {}", key, Shown(*setting, value),
                  WhatItTakes(setting->kind));
    if (std::any_of(text->begin(), text->end(), [](char c) { return c >= 0 && c < ' '; }))
      return Fail(ErrorCode::kInvalid, "{}: holds a control character", key);
    texts[setting] = *text;
  }
  return texts;
}

Result<SettingTexts> ReadConfigFile(const std::string& path) {
  const auto json = ReadSmallFile(path, kLongestFile);
  if (!json) return Fail(json.error().In("configuration file"));
  auto texts = ParseConfig(*json);
  if (!texts) return Fail(texts.error().In(path));
  for (const auto& [setting, text] : *texts) {
    if (HoldsPassword(*setting, text) && IsReadableByEverybody(path))
      return Fail(ErrorCode::kInvalid,
                  "{}: {}: everybody may read this file and the password in it; chmod 640 it, or use "
                  "redis_password_file",
                  path, setting->name);
  }
  return texts;
}

bool HoldsPassword(const Setting& setting, const std::string& text) {
  if (setting.secret == Setting::Secret::kYes) return !text.empty();
  if (setting.secret == Setting::Secret::kNo) return false;
  const auto url = ParseRedisUrl(text);
  return url && !url->password.empty();
}

bool IsReadableByEverybody(const std::string& path) {
  struct stat file {};
  return ::stat(path.c_str(), &file) == 0 && (file.st_mode & S_IROTH) != 0;
}

}  // namespace keymeter::processor

#include "processor/config/setting_values.h"

#include <unistd.h>

#include "processor/config/nearest_name.h"
#include "processor/redis/redis_url.h"

namespace keymeter::processor {

namespace {

constexpr std::string_view kPrefix = "KEYMETER_";

/// Kubernetes tells each container about each service: KEYMETER_PORT_8787_TCP_ADDR and the like are not
/// settings.
bool IsServiceLink(const std::string& name, const std::string& value) {
  for (const std::string_view part : {"_SERVICE_HOST", "_SERVICE_PORT", "_TCP", "_UDP", "_SCTP"})
    if (name.find(part) != std::string::npos) return true;
  return name.ends_with("_PORT") && value.find("://") != std::string::npos;
}

/// Settings of other commands are known too: one environment may serve several.
Result<SettingTexts> ReadEnvironment(const Environment& environment) {
  std::map<std::string, const Setting*> known;
  std::vector<std::string> names;
  for (const Setting& setting : AllSettings()) {
    if (!setting.MayStandIn(Setting::kEnvironment)) continue;
    known[setting.Variable()] = &setting;
    names.push_back(setting.Variable().substr(kPrefix.size()));
  }
  SettingTexts texts;
  for (const auto& [name, value] : environment) {
    if (!name.starts_with(kPrefix)) continue;
    if (const auto found = known.find(name); found != known.end()) {
      if (!value.empty()) texts[found->second] = value;  // empty: as if it were not there
    } else if (!IsServiceLink(name, value)) {
      const std::string nearest = NearestName(name.substr(kPrefix.size()), names);
      return Fail(MakeError(ErrorCode::kInvalid, "{}: is no setting{}", name,
                            nearest.empty() ? "" : fmt::format("; did you mean {}{}?", kPrefix, nearest))
                      .Because(ErrorReason::kUnknownName));
    }
  }
  return texts;
}

std::string Masked(const Setting& setting, const std::string& text) {
  if (!HoldsPassword(setting, text)) return text;
  constexpr std::string_view kMask = "***";
  if (setting.secret == Setting::Secret::kYes) return std::string(kMask);
  const auto url = ParseRedisUrl(text);
  std::string shown = url ? url->Display() : std::string(kMask);
  if (url) shown.insert(shown.find("://") + 3, fmt::format("{}:{}@", url->user, kMask));
  return shown;
}

}  // namespace

Environment ProcessEnvironment() {
  Environment environment;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos)
      environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

SettingValues::SettingValues(Command command) {
  for (const Setting& setting : AllSettings())
    if (setting.IsOf(command)) values_[&setting] = {std::string(setting.default_text), Origin::kDefault};
}

Result<SettingValues> SettingValues::Collect(Command command, const SettingTexts& flags,
                                             const Environment& environment) {
  SettingValues values(command);
  ASSIGN_OR_RETURN(const auto variables, ReadEnvironment(environment));
  values.Overlay(variables, Origin::kEnvironment);
  values.Overlay(flags, Origin::kFlag);
  values.file_ = values.Text("config");
  if (values.file_.empty()) return values;
  ASSIGN_OR_RETURN(const auto file, ReadConfigFile(values.file_));
  values.Overlay(file, Origin::kFile);
  return values;
}

void SettingValues::Overlay(const SettingTexts& texts, Origin origin) {
  for (const auto& [setting, text] : texts) {
    const auto found = values_.find(setting);
    if (found == values_.end() || found->second.origin > origin) continue;
    found->second = {text, origin};
  }
}

std::string SettingValues::Print() const {
  std::string lines;
  for (const auto& [setting, value] : values_) {
    const std::string origin = value.origin == Origin::kDefault ? "default"
                               : value.origin == Origin::kFile  ? "file " + file_
                               : value.origin == Origin::kFlag  ? "flag " + setting->Flag()
                                                                : "environment " + setting->Variable();
    lines += fmt::format("{:<50} # {}\n", fmt::format("{} = {}", setting->name, Masked(*setting, value.text)),
                         origin);
  }
  return lines;
}

bool SettingValues::Has(std::string_view name) const {
  return values_.contains(FindSetting(name));
}

const std::string& SettingValues::Text(std::string_view name) const {
  return values_.at(FindSetting(name)).text;
}

SettingValues::Origin SettingValues::OriginOf(std::string_view name) const {
  return values_.at(FindSetting(name)).origin;
}

std::string SettingValues::Named(std::string_view name) const {
  const Setting& setting = *FindSetting(name);
  switch (OriginOf(name)) {
    case Origin::kFile:
      return fmt::format("{}: {}", file_, name);
    case Origin::kEnvironment:
      return setting.Variable();
    default:
      return setting.MayStandIn(Setting::kFlag) ? setting.Flag() : setting.Variable();
  }
}

}  // namespace keymeter::processor

#include "processor/config/credentials.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "processor/config/config_file.h"
#include "schema/small_file.h"

namespace keymeter::processor {

namespace {

using Origin = SettingValues::Origin;

constexpr std::size_t kLongestPasswordFile = 4096;

Result<std::string> ReadPassword(const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, ReadSmallFile(path, kLongestPasswordFile));
  text.resize(std::min(text.size(), text.find_first_of("\r\n")));
  if (text.empty()) return Fail(ErrorCode::kInvalid, "{}: its first line is empty", path);
  return text;
}

/// It was set at a stronger place than the URL.
bool OverridesUrl(const SettingValues& values, std::string_view name) {
  return !values.Text(name).empty() && values.OriginOf(name) > values.OriginOf("redis");
}

/// The password that does not stand in the URL; empty: there is none.
Result<std::string> SeparatePassword(const SettingValues& values, std::vector<SettingWarning>& warnings) {
  const std::string& path = values.Text("redis_password_file");
  const std::string& password = values.Text("redis_password");
  const Origin file_origin = values.OriginOf("redis_password_file");
  const Origin text_origin = values.OriginOf("redis_password");
  const bool has_both = !path.empty() && !password.empty();
  if (has_both && file_origin == text_origin)
    return Fail(ErrorCode::kInvalid, "{} and {}: only one of them can be the password",
                values.Named("redis_password"), values.Named("redis_password_file"));
  if (path.empty() || (has_both && text_origin > file_origin)) return password;
  auto read = ReadPassword(path);
  if (!read) return Fail(read.error().In(values.Named("redis_password_file")));
  if (IsReadableByEverybody(path))
    warnings.push_back(
        {.message = fmt::format("everybody may read the password in {}", path), .remedy = "chmod 600 it"});
  return read;
}

}  // namespace

Status ApplyCredentials(const SettingValues& values, RedisUrl& url, std::vector<SettingWarning>& warnings) {
  if (url.user.empty() || OverridesUrl(values, "redis_user")) url.user = values.Text("redis_user");
  const bool is_overridden =
      OverridesUrl(values, "redis_password") || OverridesUrl(values, "redis_password_file");
  if (url.password.empty() || is_overridden) {
    ASSIGN_OR_RETURN(url.password, SeparatePassword(values, warnings));
    return {};
  }
  if (values.OriginOf("redis") == Origin::kFlag)
    warnings.push_back({.message = "the password inside --redis stands in the list of processes",
                        .remedy = "use KEYMETER_REDIS_PASSWORD or --redis-password-file"});
  return {};
}

void WarnOfOpenCredentials(const ApiSettings& api, std::vector<SettingWarning>& warnings) {
  for (const auto& [path, what] : {std::pair(api.access.jwt_secret_file, "secret of JWTs"),
                                   std::pair(api.access.token_file, "names and roles of tokens"),
                                   std::pair(api.tls_key, "private key of HTTPS")})
    if (!path.empty() && IsReadableByEverybody(path))
      warnings.push_back(
          {.message = fmt::format("everybody may read the {} in {}", what, path), .remedy = "chmod 600 it"});
}

}  // namespace keymeter::processor

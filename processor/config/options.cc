#include "processor/config/options.h"

#include <charconv>

#include "processor/config/access_settings.h"
#include "schema/small_file.h"

namespace keymeter::processor {

namespace {

using Origin = SettingValues::Origin;

constexpr std::int64_t kShortestMs = 100;
constexpr std::int64_t kLongestMs = 3'600'000;
constexpr std::size_t kLongestPasswordFile = 4096;

Result<std::string> ReadPassword(const std::string& path) {
  auto text = ReadSmallFile(path, kLongestPasswordFile);
  if (!text) return text;
  text->resize(text->find_first_of("\r\n") == std::string::npos ? text->size() : text->find_first_of("\r\n"));
  if (text->empty()) return Fail(ErrorCode::kInvalid, "{}: its first line is empty", path);
  return text;
}

/// It was said at a stronger place than the URL was.
bool OverridesUrl(const SettingValues& values, std::string_view name) {
  return !values.Text(name).empty() && values.OriginOf(name) > values.OriginOf("redis");
}

/// What was said at the stronger place holds, as everywhere; at equally strong ones a user and a password
/// inside the URL win.
Status ApplyCredentials(const SettingValues& values, Options& options) {
  RedisUrl& url = options.redis.url;
  if (url.user.empty() || OverridesUrl(values, "redis_user")) url.user = values.Text("redis_user");
  const bool is_overridden =
      OverridesUrl(values, "redis_password") || OverridesUrl(values, "redis_password_file");
  if (!url.password.empty() && !is_overridden) {
    if (values.OriginOf("redis") == Origin::kFlag)
      options.warnings.emplace_back(
          "the password inside --redis stands in the list of processes; use KEYMETER_REDIS_PASSWORD or "
          "--redis-password-file");
    return {};
  }
  const std::string& path = values.Text("redis_password_file");
  const bool has_both = !path.empty() && !values.Text("redis_password").empty();
  const Origin file_origin = values.OriginOf("redis_password_file");
  const Origin text_origin = values.OriginOf("redis_password");
  if (has_both && file_origin == text_origin)
    return Fail(ErrorCode::kInvalid, "{} and {}: only one of them can be the password",
                values.Named("redis_password"), values.Named("redis_password_file"));
  if (path.empty() || (has_both && text_origin > file_origin)) {
    url.password = values.Text("redis_password");
    return {};
  }
  auto password = ReadPassword(path);
  if (!password) return Fail(password.error().In(values.Named("redis_password_file")));
  url.password = std::move(*password);
  if (IsReadableByEverybody(path))
    options.warnings.push_back(fmt::format("everybody may read the password in {}; chmod 600 it", path));
  return {};
}

/// What would be silently without effect is an error: somebody believes to be safe.
Status CheckTls(const SettingValues& values, const Options& options) {
  if (values.Text("redis_cert").empty() != values.Text("redis_key").empty())
    return Fail(ErrorCode::kInvalid, "{}: redis_cert and redis_key go together",
                values.Named(values.Text("redis_cert").empty() ? "redis_key" : "redis_cert"));
  if (options.redis.url.transport == RedisUrl::Transport::kTls) return {};
  for (const std::string_view name : {"redis_ca", "redis_cert", "redis_server_name", "redis_tls_no_verify"}) {
    const bool is_said =
        name == "redis_tls_no_verify" ? !options.redis.tls.verify : !values.Text(name).empty();
    if (is_said)
      return Fail(ErrorCode::kInvalid, "{}: {} is not TLS; write rediss://", values.Named(name),
                  options.redis.url.Display());
  }
  return {};
}

std::string_view NameOfKeep(int level) {
  constexpr std::string_view kNames[] = {"keep_minutes", "keep_hours", "keep_days"};
  return kNames[level];
}

/// What a level does not keep must still stand in the next one.
Status CheckRetention(const SettingValues& values, const Retention& keep) {
  if (keep.minutes < Retention::kLeastMinutes)
    return Fail(ErrorCode::kInvalid, "{}: minutes are kept for 2h at least", values.Named("keep_minutes"));
  if (keep.hours < Retention::kLeastHours)
    return Fail(ErrorCode::kInvalid,
                "{}: hours are kept for 8d at least: those that the relay still has are compared",
                values.Named("keep_hours"));
  if (keep.days < Retention::kLeastDays)
    return Fail(ErrorCode::kInvalid,
                "{}: days are kept for 40d at least: those that the relay still has are compared",
                values.Named("keep_days"));
  const std::int64_t kept[] = {keep.minutes, keep.hours, keep.days};
  for (int level = 1; level < 3; ++level)
    if (kept[level] < kept[level - 1])
      return Fail(ErrorCode::kInvalid, "{} {}: is shorter than {} {}", values.Named(NameOfKeep(level)),
                  values.Text(NameOfKeep(level)), values.Named(NameOfKeep(level - 1)),
                  values.Text(NameOfKeep(level - 1)));
  return {};
}

}  // namespace

Status ApplySettings(const SettingValues& values, Options& options) {
  RETURN_IF_ERROR(values.Apply(options));
  WarnOfOpenCredentials(options);
  if (!options.AsksRedis()) return {};
  options.prices_place = values.Named("prices");
  RETURN_IF_ERROR(CheckRetention(values, options.file.keep));
  RETURN_IF_ERROR(ApplyCredentials(values, options));
  return CheckTls(values, options);
}

Result<double> ParseShare(std::string_view text) {
  double percent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (error != std::errc() || unit != "%" || !(percent >= 1 && percent <= 100))
    return Fail(ErrorCode::kInvalid, "'{}' is not a share from 1% to 100%, such as 10%", text);
  return percent / 100;
}

Result<std::int64_t> ParseBytes(std::string_view text) {
  constexpr std::int64_t kLeast = std::int64_t{1} << 20;
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const std::int64_t unit_bytes = unit == "MiB"   ? std::int64_t{1} << 20
                                  : unit == "GiB" ? std::int64_t{1} << 30
                                                  : 0;
  if (error != std::errc() || unit_bytes == 0 || number > kMost / unit_bytes || number * unit_bytes < kLeast)
    return Fail(ErrorCode::kInvalid, "'{}' is no size from 1MiB to 1024GiB, such as 256MiB", text);
  return number * unit_bytes;
}

Result<std::int64_t> ParseDurationMs(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const double unit_ms = unit == "ms" ? 1 : unit == "s" || unit.empty() ? 1000 : unit == "m" ? 60'000 : 0;
  const double ms = number * unit_ms;
  if (error != std::errc() ||
      !(ms >= static_cast<double>(kShortestMs) && ms <= static_cast<double>(kLongestMs)))
    return Fail(ErrorCode::kInvalid, "'{}' is not a duration from 100ms to 60m, such as 500ms or 1s", text);
  return static_cast<std::int64_t>(ms);
}

}  // namespace keymeter::processor

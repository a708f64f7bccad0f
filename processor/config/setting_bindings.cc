#include "processor/config/setting_bindings.h"

#include <array>

#include "processor/config/setting_parsers.h"
#include "processor/redis/redis_url.h"
#include "processor/storage/retention.h"
#include "schema/profile_loader.h"

namespace keymeter::processor {

namespace {

using Text = const std::string&;

template <typename Value, typename Target>
Status Store(Result<Value> value, Target& target) {
  if (!value) return Fail(value.error());
  target = *std::move(value);
  return {};
}

Status StoreText(Text text, std::string& target) {
  target = text;
  return {};
}

Status StoreDbPath(Text text, Options& o) {
  if (text.empty()) return Fail(ErrorCode::kInvalid, "is empty; name a file");
  return StoreText(text, o.processor.db_path);
}

/// The flag asks for the opposite of what the option says.
Status StoreNoVerify(Text text, Options& o) {
  ASSIGN_OR_RETURN(const bool is_unverified, ParseSwitch(text));
  o.processor.redis.tls.verify = !is_unverified;
  return {};
}

Status StoreProfile(Text text, Options& o) {
  o.profile = text;
  return Store(LoadProfiles(text), o.processor.profiles);
}

/// Without polling, the connection subscribes.
Status StorePoll(Text text, Options& o) {
  RETURN_IF_ERROR(Store(ParsePollMs(text), o.processor.poll_ms));
  o.processor.redis.subscribe = o.processor.poll_ms == 0;
  return {};
}

// clang-format off
constexpr auto kBindings = std::to_array<SettingBinding>({
  {"redis",                       [](Text text, Options& o) { return Store(ParseRedisUrl(text), o.processor.redis.url); }},
  {"redis_ca",                    [](Text text, Options& o) { return StoreText(text, o.processor.redis.tls.ca_file); }},
  {"redis_cert",                  [](Text text, Options& o) { return StoreText(text, o.processor.redis.tls.certificate_file); }},
  {"redis_key",                   [](Text text, Options& o) { return StoreText(text, o.processor.redis.tls.key_file); }},
  {"redis_server_name",           [](Text text, Options& o) { return StoreText(text, o.processor.redis.tls.server_name); }},
  {"redis_tls_no_verify",         StoreNoVerify},
  {"redis_connect_timeout",       [](Text text, Options& o) { return Store(ParseDurationMs(text), o.processor.redis.timeouts.connect_ms); }},
  {"redis_command_timeout",       [](Text text, Options& o) { return Store(ParseDurationMs(text), o.processor.redis.timeouts.command_ms); }},
  {"redis_silence_timeout",       [](Text text, Options& o) { return Store(ParseDurationMs(text), o.processor.redis.timeouts.silence_ms); }},

  {"db",                          StoreDbPath},
  {"keep_minutes",                [](Text text, Options& o) { return Store(ParseKeep(text), o.processor.file.keep.minutes); }},
  {"keep_hours",                  [](Text text, Options& o) { return Store(ParseKeep(text), o.processor.file.keep.hours); }},
  {"keep_days",                   [](Text text, Options& o) { return Store(ParseKeep(text), o.processor.file.keep.days); }},
  {"max_wal",                     [](Text text, Options& o) { return Store(ParseBytes(text), o.processor.file.max_wal_bytes); }},

  {"profile",                     StoreProfile},
  {"prices",                      [](Text text, Options& o) { return StoreText(text, o.processor.prices_path); }},
  {"utc_offset",                  [](Text text, Options& o) { return Store(ParseOffset(text), o.processor.utc_offset_s); }},
  {"flush_interval",              [](Text text, Options& o) { return Store(ParseDurationMs(text), o.processor.flush_interval_ms); }},
  {"poll",                        StorePoll},
  {"import_max_load",             [](Text text, Options& o) { return Store(ParseShare(text), o.processor.import_max_load); }},
  {"audit_interval",              [](Text text, Options& o) { return Store(ParseAuditIntervalMs(text), o.processor.audit_interval_ms); }},

  {"listen",                      [](Text text, Options& o) { return Store(ParseAddresses(text), o.api.listen); }},
  {"tls_cert",                    [](Text text, Options& o) { return StoreText(text, o.api.tls_cert); }},
  {"tls_key",                     [](Text text, Options& o) { return StoreText(text, o.api.tls_key); }},
  {"probe_listen",                [](Text text, Options& o) { return StoreText(text, o.api.probe_listen); }},
  {"no_auth",                     [](Text text, Options& o) { return Store(ParseSwitch(text), o.api.access.is_open); }},
  {"allowed_hosts",               [](Text text, Options& o) { return Store(ParseHosts(text), o.api.access.allowed_hosts); }},
  {"max_connections",             [](Text text, Options& o) { return Store(ParseCount(text, kLeastConnections, kMostConnections), o.api.max_connections); }},
  {"max_connections_per_address", [](Text text, Options& o) { return Store(ParseAddressLimit(text), o.api.connections_per_address); }},
  {"max_websockets",              [](Text text, Options& o) { return Store(ParseCount(text, 0, kMostConnections), o.api.max_websockets); }},
  {"answer_cache",                [](Text text, Options& o) { return Store(ParseCacheBytes(text), o.api.answer_cache_bytes); }},
  {"spool_dir",                   [](Text text, Options& o) { return StoreText(text, o.api.spool_dir); }},
  {"token_file",                  [](Text text, Options& o) { return StoreText(text, o.api.access.token_file); }},
  {"jwt_secret_file",             [](Text text, Options& o) { return StoreText(text, o.api.access.jwt_secret_file); }},
  {"trusted_proxy",               [](Text text, Options& o) { return Store(ParseNetworks(text), o.api.access.trusted_proxies); }},
  {"rate_limit",                  [](Text text, Options& o) { return Store(ParseRequestRate(text), o.api.access.rate_limit); }},
  {"cors_origin",                 [](Text text, Options& o) { return Store(ParseOrigins(text), o.api.access.cors_origins); }},
  {"access_log",                  [](Text text, Options& o) { return Store(ParseAccessLogging(text), o.api.access_log); }},

  {"log_level",                   [](Text text, Options& o) { return Store(log::ParseSeverity(text), o.log.level); }},
  {"log_format",                  [](Text text, Options& o) { return Store(log::ParseFormat(text), o.log.format); }},
});
// clang-format on

}  // namespace

std::span<const SettingBinding> AllBindings() {
  return kBindings;
}

}  // namespace keymeter::processor

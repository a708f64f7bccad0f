#include "processor/config/apply_settings.h"

#include <algorithm>
#include <string_view>

#include "processor/config/credentials.h"
#include "processor/config/setting_bindings.h"

namespace keymeter::processor {

namespace {

Status StoreAll(const SettingValues& values, Options& options) {
  for (const SettingBinding& binding : AllBindings()) {
    if (!values.Has(binding.name)) continue;
    if (const Status stored = binding.store(values.Text(binding.name), options); !stored)
      return Fail(stored.error().In(values.Named(binding.name)));
  }
  return {};
}

/// A TLS setting without effect is an error: its user believes to be protected.
Status CheckTls(const SettingValues& values, const RedisTarget& redis) {
  if (values.Text("redis_cert").empty() != values.Text("redis_key").empty())
    return Fail(ErrorCode::kInvalid, "{}: redis_cert and redis_key go together",
                values.Named(values.Text("redis_cert").empty() ? "redis_key" : "redis_cert"));
  if (redis.url.transport == RedisUrl::Transport::kTls) return {};
  for (const std::string_view name : {"redis_ca", "redis_cert", "redis_server_name", "redis_tls_no_verify"}) {
    const bool is_set = name == "redis_tls_no_verify" ? !redis.tls.verify : !values.Text(name).empty();
    if (is_set)
      return Fail(ErrorCode::kInvalid, "{}: {} is not TLS; write rediss://", values.Named(name),
                  redis.url.Display());
  }
  return {};
}

/// HTTPS needs a certificate, and a certificate that nobody uses is an error like CheckTls'.
Status CheckApiTls(const SettingValues& values, const ApiSettings& api) {
  if (!values.Has("tls_cert")) return {};
  if (api.tls_cert.empty() != api.tls_key.empty())
    return Fail(ErrorCode::kInvalid, "{}: tls_cert and tls_key go together",
                values.Named(api.tls_cert.empty() ? "tls_key" : "tls_cert"));
  const auto https = std::find_if(api.listen.begin(), api.listen.end(),
                                  [](const std::string& address) { return address.starts_with("tls://"); });
  if (https != api.listen.end() && api.tls_cert.empty())
    return Fail(
        MakeError(ErrorCode::kInvalid, "{} {}: HTTPS needs a certificate", values.Named("listen"), *https)
            .Remedy("name it and its key: --tls-cert and --tls-key"));
  if (https == api.listen.end() && !api.tls_cert.empty())
    return Fail(MakeError(ErrorCode::kInvalid, "{}: no listen address speaks HTTPS", values.Named("tls_cert"))
                    .Remedy("write tls://HOST:PORT in listen, or leave --tls-cert and --tls-key out"));
  return {};
}

/// What a level no longer keeps must still stand in the next coarser one, and what the relay still has is
/// compared with ours.
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
  constexpr std::string_view kNames[] = {"keep_minutes", "keep_hours", "keep_days"};
  const std::int64_t kept[] = {keep.minutes, keep.hours, keep.days};
  for (int level = 1; level < 3; ++level)
    if (kept[level] < kept[level - 1])
      return Fail(ErrorCode::kInvalid, "{} {}: is shorter than {} {}", values.Named(kNames[level]),
                  values.Text(kNames[level]), values.Named(kNames[level - 1]),
                  values.Text(kNames[level - 1]));
  return {};
}

}  // namespace

Status ApplySettings(const SettingValues& values, Options& options) {
  RETURN_IF_ERROR(StoreAll(values, options));
  WarnOfOpenCredentials(options.api, options.warnings);
  RETURN_IF_ERROR(CheckApiTls(values, options.api));
  if (!options.AsksRedis()) return {};
  options.prices_origin = values.Named("prices");
  RETURN_IF_ERROR(CheckRetention(values, options.processor.file.keep));
  RETURN_IF_ERROR(ApplyCredentials(values, options.processor.redis.url, options.warnings));
  return CheckTls(values, options.processor.redis);
}

}  // namespace keymeter::processor

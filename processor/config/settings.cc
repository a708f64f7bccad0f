#include "processor/config/settings.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "processor/config/access_settings.h"
#include "processor/config/options.h"
#include "schema/profile_loader.h"

namespace keymeter::processor {

namespace {

using Group = Setting::Group;
using Kind = Setting::Kind;
using Secret = Setting::Secret;

constexpr unsigned Bit(Command command) {
  return 1U << static_cast<unsigned>(command);
}
constexpr unsigned kMetering =
    Bit(Command::kRun) | Bit(Command::kProcess) | Bit(Command::kCheck) | Bit(Command::kRebuild);
constexpr unsigned kServing = Bit(Command::kRun) | Bit(Command::kServe) | Bit(Command::kCheck);
constexpr unsigned kWorking = kServing | Bit(Command::kProcess);
constexpr unsigned kReading = Bit(Command::kStatus) | Bit(Command::kBackup);  // of the file
constexpr unsigned kTokens =
    Bit(Command::kTokenCreate) | Bit(Command::kTokenList) | Bit(Command::kTokenRevoke);
constexpr unsigned kAll = kWorking | kMetering | kReading | kTokens | Bit(Command::kHealthcheck);
constexpr int kLeastConnections = 8;
constexpr int kMostConnections = 4096;

template <typename T>
Status Take(Result<T> value, T& target) {
  if (!value) return Fail(value.error());
  target = std::move(*value);
  return {};
}

Status TakeText(const std::string& text, std::string& target) {
  target = text;
  return {};
}

/// For what depends on other settings: see ApplySettings.
Status TakeLater(const std::string& /*text*/, Options& /*into*/) {
  return {};
}

Status TakeOffset(const std::string& text, Options& into) {
  into.utc_offset_s.reset();
  if (text == "auto") return {};
  ASSIGN_OR_RETURN(const auto offset, ParseUtcOffset(text));
  into.utc_offset_s = offset;
  return {};
}

Status TakePoll(const std::string& text, Options& into) {
  constexpr std::int64_t kShortestMs = 1000;
  into.poll_ms = 0;
  if (text != "off") {
    const auto interval_ms = ParseDurationMs(text);
    if (!interval_ms || *interval_ms < kShortestMs)
      return Fail(ErrorCode::kInvalid, "'{}' is neither off nor a number of seconds from 1 to 3600", text);
    into.poll_ms = *interval_ms;
  }
  into.redis.subscribe = into.poll_ms == 0;
  return {};
}

Status TakeAuditInterval(const std::string& text, Options& into) {
  into.audit_interval_ms = 0;
  if (text == "off") return {};
  const Status taken = Take(ParseDurationMs(text), into.audit_interval_ms);
  return taken ? taken : Fail(ErrorCode::kInvalid, "'{}' is neither off nor a time from 100ms to 60m", text);
}

Status TakeCount(const std::string& text, int least, int most, int& target) {
  int count = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, count);
  if (failure != std::errc() || stop != end || count < least || count > most)
    return Fail(ErrorCode::kInvalid, "'{}' is no number from {} to {}", text, least, most);
  target = count;
  return {};
}

Status TakeConnectionCap(const std::string& text, Options& into) {
  into.connections_per_address = 0;
  if (text == "off") return {};
  const Status taken = TakeCount(text, 1, kMostConnections, into.connections_per_address);
  return taken ? taken
               : Fail(ErrorCode::kInvalid, "'{}' is neither off nor a number from 1 to {}", text,
                      kMostConnections);
}

Status TakeProfile(const std::string& text, Options& into) {
  into.profile_text = text;
  return Take(LoadProfiles(text), into.profiles);
}

Status TakeAnswerCache(const std::string& text, Options& into) {
  into.answer_cache_bytes = 0;
  if (text == "off") return {};
  const Status taken = Take(ParseBytes(text), into.answer_cache_bytes);
  return taken ? taken : Fail(ErrorCode::kInvalid, "'{}' is neither off nor a size from 1MiB to 1TiB", text);
}

// A row: name, group, kind, what the value is called, default, help, commands, what it sets.
constexpr auto
    kSettings =
        std::
            to_array<Setting>(
                {
                    {"redis", Group::kRedis, Kind::kText, "URL", "redis://127.0.0.1:6379/0",
                     "the relay's Redis: redis://[[user]:password@]host[:port][/database], rediss:// with "
                     "TLS, or "
                     "unix:///path/to.sock[?db=N]",
                     kMetering,
                     [](const std::string& text, Options& into) {
                       return Take(ParseRedisUrl(text), into.redis.url);
                     },
                     Setting::kEverywhere, Secret::kInUrl},
                    {"redis_user", Group::kRedis, Kind::kText, "NAME", "",
                     "ACL user; at an equally strong place the one in the URL wins", kMetering, TakeLater},
                    {"redis_password", Group::kRedis, Kind::kText, "PASSWORD", "",
                     "password; no flag, since everybody may read the list of processes", kMetering,
                     TakeLater, Setting::kEnvironment | Setting::kFile, Secret::kYes},
                    {"redis_password_file", Group::kRedis, Kind::kText, "FILE", "",
                     "file whose first line is the password", kMetering, TakeLater},
                    {"redis_ca", Group::kRedis, Kind::kText, "FILE", "",
                     "certificates (PEM) that the server's must come from; else the system's", kMetering,
                     [](const std::string& text, Options& into) {
                       return TakeText(text, into.redis.tls.ca_file);
                     }},
                    {"redis_cert", Group::kRedis, Kind::kText, "FILE", "",
                     "our own certificate (PEM), where the server asks for one; with redis_key", kMetering,
                     [](const std::string& text, Options& into) {
                       return TakeText(text, into.redis.tls.certificate_file);
                     }},
                    {"redis_key", Group::kRedis, Kind::kText, "FILE", "",
                     "the private key (PEM) of redis_cert", kMetering,
                     [](const std::string& text, Options& into) {
                       return TakeText(text, into.redis.tls.key_file);
                     }},
                    {"redis_server_name", Group::kRedis, Kind::kText, "NAME", "",
                     "the name that the server's certificate must carry; else the URL's host", kMetering,
                     [](const std::string& text, Options& into) {
                       return TakeText(text, into.redis.tls.server_name);
                     }},
                    {"redis_tls_no_verify", Group::kRedis, Kind::kSwitch, "", "false",
                     "believe whoever answers: the password may go to a stranger", kMetering,
                     [](const std::string& text, Options& into) {
                       const auto off = ParseSwitch(text);
                       if (off) into.redis.tls.verify = !*off;
                       return off ? Status() : Fail(off.error());
                     }},
                    {"redis_connect_timeout", Group::kRedis, Kind::kDuration, "TIME", "5s",
                     "from looking the name up to being in", kMetering,
                     [](const std::string& text, Options& into) {
                       return Take(ParseDurationMs(text), into.redis.timeouts.connect_ms);
                     }},
                    {"redis_command_timeout", Group::kRedis, Kind::kDuration, "TIME", "5s",
                     "how long a command may stay unanswered", kMetering,
                     [](const std::string& text, Options& into) {
                       return Take(ParseDurationMs(text), into.redis.timeouts.command_ms);
                     }},
                    {"redis_silence_timeout", Group::kRedis, Kind::kDuration, "TIME", "5s",
                     "how long the subscribed connection may stay silent", kMetering,
                     [](const std::string& text, Options& into) {
                       return Take(ParseDurationMs(text), into.redis.timeouts.silence_ms);
                     }},

                    {"db", Group::kFile, Kind::kText, "FILE", "keymeter.db",
                     "SQLite file to keep the usage in", kWorking | kMetering | kReading,
                     [](const std::string& text, Options& into) {
                       return text.empty() ? Fail(ErrorCode::kInvalid, "is empty; name a file")
                                           : TakeText(text, into.db_path);
                     }},
                    {"keep_minutes", Group::kFile, Kind::kText, "TIME", "14d",
                     "how long minutes are kept: 36h, 14d, forever; hours still hold their amounts",
                     kMetering,
                     [](const std::string& text,
                        Options& into) { return Take(ParseKeep(text), into.file.keep.minutes); }},
                    {"keep_hours", Group::kFile, Kind::kText, "TIME", "400d",
                     "how long hours are kept; days still hold their amounts", kMetering,
                     [](const std::string& text, Options& into) {
                       return Take(ParseKeep(text), into.file.keep.hours);
                     }},
                    {"keep_days", Group::kFile, Kind::kText, "TIME", "forever",
                     "how long days are kept; months are for ever", kMetering,
                     [](const std::string& text, Options& into) {
                       return Take(ParseKeep(text), into.file.keep.days);
                     }},
                    {"max_wal", Group::kFile, Kind::kText, "SIZE", "256MiB",
                     "how large the write-ahead log may become while a reader's long transaction keeps it; "
                     "beyond "
                     "that, rows wait in memory",
                     kMetering,
                     [](const std::string& text,
                        Options& into) { return Take(ParseBytes(text), into.file.max_wal_bytes); }},

                    {"profile", Group::kMetering, Kind::kText, "NAME|FILE", "auto",
                     "which keys are counters: a shipped profile's name, or a JSON file", kMetering,
                     TakeProfile},
                    {"prices", Group::kMetering, Kind::kText, "FILE", "",
                     "prices of models in LiteLLM's JSON format; SIGHUP reads it again; else the built-in "
                     "ones",
                     kMetering,
                     [](const std::string& text, Options& into) { return TakeText(text, into.prices_path); }},
                    {"utc_offset", Group::kMetering, Kind::kText, "OFFSET", "auto",
                     "the relay's offset, such as +08:00; auto reads it off its keys", kMetering, TakeOffset},
                    {"flush_interval", Group::kMetering, Kind::kDuration, "TIME", "1s",
                     "how often rows are written: 500ms, 1s, 10s", kMetering,
                     [](const std::string& text, Options& into) {
                       return Take(ParseDurationMs(text), into.flush_interval_ms);
                     }},
                    {"poll", Group::kMetering, Kind::kDuration, "SECONDS", "off",
                     "look at the counters every so many seconds, where Redis may not send events; minutes "
                     "are then exact to "
                     "the interval only",
                     kMetering, TakePoll},
                    {"import_max_load", Group::kMetering, Kind::kText, "SHARE", "10%",
                     "share of Redis' time that import, return and sweeps may take, 1% to 100%; live "
                     "readings never wait",
                     kMetering,
                     [](const std::string& text,
                        Options& into) { return Take(ParseShare(text), into.import_max_load); }},

                    {"audit_interval", Group::kMetering, Kind::kDuration, "TIME", "60m",
                     "how often closed hours and days are compared with the relay's own; off: never",
                     kMetering, TakeAuditInterval},

                    {"listen", Group::kHttp, Kind::kText, "HOST:PORT", "127.0.0.1:8787",
                     "address of the query API; port 0: any free one", kServing,
                     [](const std::string& text, Options& into) { return TakeText(text, into.listen); }},
                    {"probe_listen", Group::kHttp, Kind::kText, "HOST:PORT", "127.0.0.1:8788",
                     "address of /livez /readyz /healthz /metrics; port 0: any free one",
                     kWorking | Bit(Command::kHealthcheck),
                     [](const std::string& text,
                        Options& into) { return TakeText(text, into.probe_listen); }},
                    {"no_auth", Group::kHttp, Kind::kSwitch, "", "false",
                     "serve whoever comes, without credentials, also on an address that is not loopback",
                     kServing,
                     [](const std::string& text,
                        Options& into) { return Take(ParseSwitch(text), into.no_auth); }},
                    {"allowed_hosts", Group::kHttp, Kind::kList, "NAMES", "",
                     "further names under which the API may be called, separated by commas", kServing,
                     TakeHosts},
                    {"max_connections", Group::kHttp, Kind::kCount, "N", "512",
                     "open connections to the API at once; each has a thread, the others wait", kServing,
                     [](const std::string& text, Options& into) {
                       return TakeCount(text, kLeastConnections, kMostConnections, into.max_connections);
                     }},
                    {"max_connections_per_address", Group::kHttp, Kind::kCount, "N", "64",
                     "of them from one address, a number or off; loopback and trusted proxies have no cap",
                     kServing, TakeConnectionCap},
                    {"max_websockets", Group::kHttp, Kind::kCount, "N", "64",
                     "open WebSockets at once, a quarter of them from one address; 0: none", kServing,
                     [](const std::string& text, Options& into) {
                       return TakeCount(text, 0, kMostConnections, into.max_websockets);
                     }},
                    {"answer_cache", Group::kHttp, Kind::kText, "SIZE", "32MiB",
                     "memory for answers that have not changed, such as 32MiB; off: each is made anew",
                     kServing, TakeAnswerCache},

                    {"token_file", Group::kHttp, Kind::kText, "FILE", "",
                     "who may use the API: tokens, made by keymeter token create", kServing | kTokens,
                     [](const std::string& text, Options& into) { return TakeText(text, into.token_file); }},
                    {"jwt_secret_file", Group::kHttp, Kind::kText, "FILE", "",
                     "likewise whoever has a JWT, signed by HS256 with the secret in this file (32 bytes at "
                     "least)",
                     kServing,
                     [](const std::string& text,
                        Options& into) { return TakeText(text, into.jwt_secret_file); }},
                    {"trusted_proxy", Group::kHttp, Kind::kList, "NETWORKS", "",
                     "proxies whose X-Forwarded-For or Forwarded names the client, such as "
                     "127.0.0.1,10.0.0.0/8",
                     kServing, TakeTrustedProxies},
                    {"rate_limit", Group::kHttp, Kind::kText, "RATE", "100/s",
                     "requests a second of each token, else of each address; twice as many at once, or as "
                     "said: 50/s:200; off: any",
                     kServing, TakeRateLimit},
                    {"cors_origin", Group::kHttp, Kind::kList, "ORIGINS", "",
                     "pages that a browser lets read the answers, such as https://dash.example; * for all, "
                     "with credentials",
                     kServing, TakeCorsOrigins},
                    {"access_log", Group::kHttp, Kind::kText, "MODE", "on",
                     "a line in the log for each request: on, errors (refused or failed ones), off", kServing,
                     TakeAccessLog},

                    {"log_level", Group::kLog, Kind::kText, "LEVEL", "info", "debug, info, warn or error",
                     kWorking,
                     [](const std::string& text,
                        Options& into) { return Take(log::ParseSeverity(text), into.log_level); }},
                    {"log_format", Group::kLog, Kind::kText, "FORMAT", "logfmt",
                     "logfmt or json, one line each on stderr", kWorking,
                     [](const std::string& text, Options& into) {
                       return Take(log::ParseFormat(text), into.log_format);
                     }},

                    {"config", Group::kConfiguration, Kind::kText, "FILE", "",
                     "JSON file of settings (with comments): the flags' names, with _ for -", kAll, TakeLater,
                     Setting::kFlag | Setting::kEnvironment},
                });

}  // namespace

std::string_view CommandName(Command command) {
  switch (command) {
    case Command::kRun:
      return "run";
    case Command::kProcess:
      return "process";
    case Command::kServe:
      return "serve";
    case Command::kHealthcheck:
      return "healthcheck";
    case Command::kStatus:
      return "status";
    case Command::kCheck:
      return "check";
    case Command::kRebuild:
      return "rebuild";
    case Command::kBackup:
      return "backup";
    case Command::kTokenCreate:
      return "token create";
    case Command::kTokenList:
      return "token list";
    case Command::kTokenRevoke:
      return "token revoke";
  }
  return "";
}

std::string_view GroupName(Setting::Group group) {
  switch (group) {
    case Group::kRedis:
      return "Redis";
    case Group::kFile:
      return "File";
    case Group::kMetering:
      return "Metering";
    case Group::kHttp:
      return "HTTP";
    case Group::kLog:
      return "Log";
    case Group::kConfiguration:
      return "Configuration";
  }
  return "";
}

std::string Setting::Flag() const {
  std::string flag = "--" + std::string(name);
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

std::string Setting::Variable() const {
  std::string variable = "KEYMETER_";
  for (const char c : name) variable += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return variable;
}

std::span<const Setting> AllSettings() {
  return kSettings;
}

const Setting* FindSetting(std::string_view name) {
  const auto* const found = std::find_if(kSettings.begin(), kSettings.end(),
                                         [name](const Setting& setting) { return setting.name == name; });
  return found == kSettings.end() ? nullptr : found;
}

Result<bool> ParseSwitch(std::string_view text) {
  for (const std::string_view yes : {"true", "yes", "on", "1"})
    if (text == yes) return true;
  for (const std::string_view no : {"false", "no", "off", "0"})
    if (text == no) return false;
  return Fail(ErrorCode::kInvalid, "'{}' is neither true nor false", text);
}

}  // namespace keymeter::processor

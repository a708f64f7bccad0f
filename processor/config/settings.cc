#include "processor/config/settings.h"

#include <algorithm>
#include <array>

namespace keymeter::processor {

namespace {

using enum Setting::Group;
using enum Setting::Kind;

constexpr unsigned Bit(Command command) {
  return 1U << static_cast<unsigned>(command);
}
constexpr unsigned kMeter =
    Bit(Command::kRun) | Bit(Command::kProcess) | Bit(Command::kCheck) | Bit(Command::kRebuild);
constexpr unsigned kServe = Bit(Command::kRun) | Bit(Command::kServe) | Bit(Command::kCheck);
constexpr unsigned kWork = kServe | Bit(Command::kProcess);
constexpr unsigned kRead = Bit(Command::kStatus) | Bit(Command::kBackup);  // of the file
constexpr unsigned kFileUsers = kWork | kMeter | kRead;
constexpr unsigned kProbe = kWork | Bit(Command::kHealthcheck);
constexpr unsigned kTokens =
    Bit(Command::kTokenCreate) | Bit(Command::kTokenList) | Bit(Command::kTokenRevoke);
constexpr unsigned kAll = kWork | kMeter | kRead | kTokens | kProbe;

constexpr unsigned kEverywhere = Setting::kEverywhere;
constexpr unsigned kNoFlag = Setting::kEnvironment | Setting::kFile;
constexpr unsigned kNoKey = Setting::kFlag | Setting::kEnvironment;

// clang-format off
constexpr auto kSettings = std::to_array<Setting>({
  // name                        group      kind       value        default           commands         help, where it may stand, secret
  {"redis",                      kRedis,    kText,     "URL",       "redis://127.0.0.1:6379/0", kMeter, "the relay's Redis: redis://[[user]:password@]host[:port][/database], rediss:// with TLS, or unix:///path/to.sock[?db=N]", kEverywhere, Setting::Secret::kInUrl},
  {"redis_user",                 kRedis,    kText,     "NAME",      "",               kMeter,          "ACL user; a user inside the URL wins when both are set at the same place"},
  {"redis_password",             kRedis,    kText,     "PASSWORD",  "",               kMeter,          "password; no flag, because every user of the machine can read the process list", kNoFlag, Setting::Secret::kYes},
  {"redis_password_file",        kRedis,    kText,     "FILE",      "",               kMeter,          "file whose first line is the password"},
  {"redis_ca",                   kRedis,    kText,     "FILE",      "",               kMeter,          "CA certificates (PEM) to verify the server's certificate with; without: the system's"},
  {"redis_cert",                 kRedis,    kText,     "FILE",      "",               kMeter,          "client certificate (PEM), where the server asks for one; together with redis_key"},
  {"redis_key",                  kRedis,    kText,     "FILE",      "",               kMeter,          "private key (PEM) of redis_cert"},
  {"redis_server_name",          kRedis,    kText,     "NAME",      "",               kMeter,          "name that the server's certificate must carry; without: the host in the URL"},
  {"redis_tls_no_verify",        kRedis,    kSwitch,   "",          "false",          kMeter,          "do not verify the server's certificate (insecure)"},
  {"redis_connect_timeout",      kRedis,    kDuration, "TIME",      "5s",             kMeter,          "time limit for connecting: from resolving the host name to being ready"},
  {"redis_command_timeout",      kRedis,    kDuration, "TIME",      "5s",             kMeter,          "time limit for the reply to a command"},
  {"redis_silence_timeout",      kRedis,    kDuration, "TIME",      "5s",             kMeter,          "time limit for the heartbeat on the subscribed connection"},

  {"db",                         kFile,     kText,     "FILE",      "keymeter.db",    kFileUsers,      "SQLite file that holds the usage"},
  {"keep_minutes",               kFile,     kText,     "TIME",      "14d",            kMeter,          "how long minutes are kept: 36h, 14d, forever; their sums stay in the hours"},
  {"keep_hours",                 kFile,     kText,     "TIME",      "400d",           kMeter,          "how long hours are kept; their sums stay in the days"},
  {"keep_days",                  kFile,     kText,     "TIME",      "forever",        kMeter,          "how long days are kept; months are kept forever"},
  {"max_wal",                    kFile,     kText,     "SIZE",      "256MiB",         kMeter,          "largest size of the write-ahead log while a long read transaction keeps it from being emptied; beyond it rows wait in memory"},

  {"profile",                    kMetering, kText,     "NAME|FILE", "auto",           kMeter,          "which keys are counters: auto, the name of a shipped profile, or a JSON file"},
  {"prices",                     kMetering, kText,     "FILE|DIR",  "",               kMeter,          "model prices: a file in LiteLLM's JSON format, or the relay's folder, whose own list is taken; read again on SIGHUP; without: the built-in prices"},
  {"utc_offset",                 kMetering, kText,     "OFFSET",    "auto",           kMeter,          "the relay's UTC offset, such as +08:00; auto: detected from its keys"},
  {"flush_interval",             kMetering, kDuration, "TIME",      "1s",             kMeter,          "how often rows are written: 500ms, 1s, 10s"},
  {"poll",                       kMetering, kDuration, "TIME",      "off",            kMeter,          "read the counters at this interval instead of subscribing, where Redis may not send events; minutes are then only as exact as the interval"},
  {"import_max_load",            kMetering, kText,     "SHARE",     "10%",            kMeter,          "share of Redis' time that reading history may take, 1% to 100%; live readings never wait"},
  {"audit_interval",             kMetering, kDuration, "TIME",      "60m",            kMeter,          "how often closed hours and days are compared with the relay's own counters; off: never"},

  {"listen",                     kHttp,     kList,     "ADDRESS",   "127.0.0.1:8787", kServe,          "addresses of the query API, each HOST:PORT (HOST: IPv4, [IPv6] or localhost; port 0: any free port), tls://HOST:PORT for HTTPS, or unix:/PATH; several: the flag again, or commas"},
  {"tls_cert",                   kHttp,     kText,     "FILE",      "",               kServe,          "certificate and its chain (PEM) for tls:// addresses, read again on SIGHUP"},
  {"tls_key",                    kHttp,     kText,     "FILE",      "",               kServe,          "private key (PEM, without a passphrase) of tls_cert"},
  {"probe_listen",               kHttp,     kText,     "ADDRESS",   "127.0.0.1:8788", kProbe,          "address of /livez /readyz /healthz /metrics: HOST:PORT (port 0: any free port) or unix:/PATH"},
  {"no_auth",                    kHttp,     kSwitch,   "",          "false",          kServe,          "serve everybody without credentials, also on an address that is not loopback (insecure)"},
  {"allowed_hosts",              kHttp,     kList,     "NAMES",     "",               kServe,          "further host names under which the API may be called, separated by commas"},
  {"max_connections",            kHttp,     kCount,    "N",         "4096",           kServe,          "open connections to the API at once; a further one displaces an unfinished or idle one, else it waits"},
  {"max_connections_per_address", kHttp,    kCount,    "N",         "64",             kServe,          "open connections from one address, or off; no limit for loopback, unix sockets and trusted proxies"},
  {"max_websockets",             kHttp,     kCount,    "N",         "64",             kServe,          "open WebSockets at once, at most a quarter of them from one address; loopback and unix sockets have no such cap; 0: none"},
  {"answer_cache",               kHttp,     kText,     "SIZE",      "32MiB",          kServe,          "memory for cached answers, such as 32MiB; off: no cache"},
  {"spool_dir",                  kHttp,     kText,     "DIR",       "",               kServe,          "directory of the temporary files of exports; without: $TMPDIR or /tmp, or where they cannot be written, beside the database"},
  {"token_file",                 kHttp,     kText,     "FILE",      "",               kServe | kTokens, "file of the tokens that may use the API; keymeter token create makes it"},
  {"jwt_secret_file",            kHttp,     kText,     "FILE",      "",               kServe,          "file with the secret (at least 32 bytes) of JWTs (HS256) that may use the API"},
  {"trusted_proxy",              kHttp,     kList,     "NETWORKS",  "",               kServe,          "proxies whose X-Forwarded-For or Forwarded header is believed, such as 127.0.0.1,10.0.0.0/8; unix: trusts who connects to our unix sockets"},
  {"rate_limit",                 kHttp,     kText,     "RATE",      "100/s",          kServe,          "requests per second of each token, else of each address, with bursts of twice as many; 50/s:200 sets the burst; off: no limit"},
  {"cors_origin",                kHttp,     kList,     "ORIGINS",   "",               kServe,          "origins whose web pages may read the answers, such as https://dash.example; *: all, only with credentials"},
  {"access_log",                 kHttp,     kText,     "MODE",      "on",             kServe,          "log a line for each request: on, errors (refused or failed requests only), off"},

  {"log_level",                  kLog,      kText,     "LEVEL",     "info",           kWork,           "debug, info, warn or error"},
  {"log_format",                 kLog,      kText,     "FORMAT",    "logfmt",         kWork,           "logfmt or json, one line per message on stderr"},

  {"config",              kConfiguration,   kText,     "FILE",      "",               kAll,            "JSON file of settings (with comments); its keys are the flags' names, with _ for -", kNoKey},
});
// clang-format on

}  // namespace

std::string_view GroupName(Setting::Group group) {
  switch (group) {
    case kRedis:
      return "Redis";
    case kFile:
      return "File";
    case kMetering:
      return "Metering";
    case kHttp:
      return "HTTP";
    case kLog:
      return "Log";
    case kConfiguration:
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

}  // namespace keymeter::processor

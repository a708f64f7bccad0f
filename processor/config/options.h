#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "processor/config/setting_values.h"
#include "processor/config/settings.h"
#include "processor/pipeline/processor.h"
#include "schema/error.h"
#include "schema/log.h"

namespace keymeter::processor {

/// What one invocation of the program is to do: the settings (see settings.h) as what they mean.
struct Options {
  Command command = Command::kRun;

  RedisTarget redis;
  std::string db_path;
  std::string profile_text;                  ///< as it was asked for: "auto", a name or a file
  std::vector<Profile> profiles;             ///< candidates, the finest first
  std::string prices_path;                   ///< empty: the built-in prices
  std::string prices_place;                  ///< where that was said, for errors
  std::optional<std::int64_t> utc_offset_s;  ///< nothing: auto
  std::int64_t flush_interval_ms = 1000;
  std::int64_t poll_ms = 0;            ///< 0: events; else redis.subscribe is false
  std::int64_t audit_interval_ms = 0;  ///< 0: never
  double import_max_load = 0.1;        ///< share of Redis' time
  FileLimits file;                     ///< how long rows are kept, how large the WAL may be

  std::string listen;
  std::string probe_listen;
  bool no_auth = false;
  std::vector<std::string> allowed_hosts;
  std::string token_file;
  std::string jwt_secret_file;
  std::vector<std::string> trusted_proxies;  ///< CIDR
  std::vector<std::string> cors_origins;
  double rate_limit_per_second = 0;  ///< of each client; 0: off
  double rate_limit_burst = 0;
  std::string access_log;  ///< "on", "errors", "off"
  int max_connections = 0;
  int connections_per_address = 0;  ///< 0: no cap
  int max_websockets = 0;
  std::int64_t answer_cache_bytes = 0;  ///< 0: none is kept

  log::Severity log_level = log::Severity::kInfo;
  log::Format log_format = log::Format::kLogfmt;

  std::string health_path = "/healthz";          ///< of healthcheck
  bool json = false;                             ///< of status and check
  std::optional<std::int64_t> watch_ms;          ///< of status: again and again
  std::string backup_path;                       ///< of backup: where to
  bool force = false;                            ///< of backup and rebuild
  bool dry_run = false;                          ///< of rebuild
  std::string token_name;                        ///< of token create
  std::string token_role = "viewer";             ///< likewise
  std::optional<std::int64_t> token_lifetime_s;  ///< likewise; nothing: for ever
  std::string token;                             ///< of token revoke: its id or name
  std::vector<std::string> warnings;             ///< for the log: what works, but should not stay so

  [[nodiscard]] bool Processes() const { return command == Command::kRun || command == Command::kProcess; }
  [[nodiscard]] bool Serves() const { return command == Command::kRun || command == Command::kServe; }
  [[nodiscard]] bool AsksRedis() const {
    return Processes() || command == Command::kCheck || command == Command::kRebuild;
  }
};

/// What the values mean, each by itself and together; an error names the flag, variable or key.
[[nodiscard]] Status ApplySettings(const SettingValues& values, Options& options);

/// "10%" → 0.1, from 1% to 100%.
[[nodiscard]] Result<double> ParseShare(std::string_view text);
/// "256MiB", "1GiB" → bytes, from 1 MiB to 1 TiB.
[[nodiscard]] Result<std::int64_t> ParseBytes(std::string_view text);

/// "1s", "500ms", "2" (seconds) → milliseconds, from 100 ms to one hour.
[[nodiscard]] Result<std::int64_t> ParseDurationMs(std::string_view text);

}  // namespace keymeter::processor

#include "processor/options.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <sstream>

#include <CLI/CLI.hpp>

#include "processor/version.h"

namespace keymeter::processor {

namespace {

constexpr int kUsageError = 2;
constexpr std::int64_t kShortestMs = 100;
constexpr std::int64_t kLongestMs = 3'600'000;

constexpr const char* kAbout =
    "Keymeter meters API keys: it subscribes to the keyspace events of a relay's Redis, keeps exact usage by "
    "minute,\n"
    "hour, day and month in one SQLite file, and serves it over HTTP. It never writes to the relay's data.";

constexpr const char* kExamples =
    "Examples:\n"
    "  keymeter run --redis redis://127.0.0.1:6379/0 --db keymeter.db\n"
    "  curl -s http://127.0.0.1:8787/api/realtime/system-metrics\n"
    "  sqlite3 -readonly keymeter.db 'SELECT * FROM api_key_usage_minute ORDER BY bucket DESC LIMIT 10'\n"
    "\n"
    "Every flag can be set in the environment: --utc-offset is KEYMETER_UTC_OFFSET. A password belongs into\n"
    "KEYMETER_REDIS_PASSWORD rather than into a process list.\n"
    "\n"
    "Exit codes: 0 stopped by a signal, 1 cannot work (the log says why), 2 wrong usage.";

/// The flags as they were typed, before they mean anything.
struct Texts {
  std::string redis = "redis://127.0.0.1:6379/0";
  std::string redis_password;
  std::string db = "keymeter.db";
  std::string listen = "127.0.0.1:8787";
  std::string probe_listen = "127.0.0.1:8788";
  std::string utc_offset = "auto";
  std::string profile = "auto";
  std::string flush_interval = "1s";
  std::string log_level = "info";
  std::string log_format = "logfmt";
  bool no_auth = false;
};

void AddCommonFlags(CLI::App& app, Texts& texts) {
  app.add_option("--db", texts.db, "SQLite file to keep the usage in")
      ->envname("KEYMETER_DB")
      ->capture_default_str();
  app.add_option("--probe-listen", texts.probe_listen,
                 "HOST:PORT of /livez /readyz /healthz /metrics; port 0: any free one")
      ->envname("KEYMETER_PROBE_LISTEN")
      ->capture_default_str();
  app.add_option("--log-level", texts.log_level, "debug, info, warn or error")
      ->envname("KEYMETER_LOG_LEVEL")
      ->capture_default_str();
  app.add_option("--log-format", texts.log_format, "logfmt or json, one line each on stderr")
      ->envname("KEYMETER_LOG_FORMAT")
      ->capture_default_str();
}

void AddProcessFlags(CLI::App& app, Texts& texts) {
  app.add_option("--redis", texts.redis,
                 "the relay's Redis: redis://[[user]:password@]host[:port][/database]")
      ->envname("KEYMETER_REDIS")
      ->default_str(texts.redis);
  app.add_option("--utc-offset", texts.utc_offset,
                 "the relay's offset, such as +08:00; auto reads it off its keys")
      ->envname("KEYMETER_UTC_OFFSET")
      ->capture_default_str();
  app.add_option("--profile", texts.profile,
                 "which keys are counters: a shipped profile's name, or a JSON file")
      ->envname("KEYMETER_PROFILE")
      ->capture_default_str();
  app.add_option("--flush-interval", texts.flush_interval, "how often rows are written: 500ms, 1s, 10s")
      ->envname("KEYMETER_FLUSH_INTERVAL")
      ->capture_default_str();
}

void AddServeFlags(CLI::App& app, Texts& texts) {
  app.add_option("--listen", texts.listen, "HOST:PORT of the query API; port 0: any free one")
      ->envname("KEYMETER_LISTEN")
      ->capture_default_str();
  app.add_flag("--no-auth", texts.no_auth, "serve on an address that is not loopback, to whoever comes")
      ->envname("KEYMETER_NO_AUTH");
}

/// Puts the value into `target`, or the flag's name before the error.
template <typename T>
Status Take(Result<T> value, T& target, std::string_view flag) {
  if (!value) return Fail(value.error().In(flag));
  target = std::move(*value);
  return {};
}

/// Something that could be meant as a command; a URL is not: it may hold a password.
bool IsWord(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

Status Interpret(const Texts& texts, Options& options) {
  options.db_path = texts.db;
  options.listen = texts.listen;
  options.probe_listen = texts.probe_listen;
  options.no_auth = texts.no_auth;
  if (auto done = Take(log::ParseSeverity(texts.log_level), options.log_level, "--log-level"); !done)
    return done;
  if (auto done = Take(log::ParseFormat(texts.log_format), options.log_format, "--log-format"); !done)
    return done;
  if (!options.Processes()) return {};
  if (auto done = Take(ParseRedisUrl(texts.redis), options.redis.url, "--redis"); !done) return done;
  if (options.redis.url.password.empty()) options.redis.url.password = texts.redis_password;
  if (!options.redis.url.user.empty() && options.redis.url.password.empty())
    return Fail(ErrorCode::kInvalid,
                "--redis: a user without a password; put it into KEYMETER_REDIS_PASSWORD, or write "
                "redis://:PASSWORD@host");
  if (auto done = Take(LoadProfile(texts.profile), options.profile, "--profile"); !done) return done;
  if (auto done = Take(ParseDurationMs(texts.flush_interval), options.flush_interval_ms, "--flush-interval");
      !done)
    return done;
  if (texts.utc_offset == "auto") return {};
  auto offset = ParseUtcOffset(texts.utc_offset);
  if (!offset) return Fail(offset.error().In("--utc-offset"));
  options.utc_offset_s = *offset;
  return {};
}

}  // namespace

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

Invocation ParseCommandLine(int argc, const char* const* argv) {
  Invocation invocation;
  // One for each command: CLI11 reads the environment for the commands that were not asked for as well, and
  // would put it over this one's flags.
  Texts run_texts;
  Texts process_texts;
  Texts serve_texts;
  if (const char* password = std::getenv("KEYMETER_REDIS_PASSWORD"))
    run_texts.redis_password = process_texts.redis_password = password;

  CLI::App app(kAbout, "keymeter");
  app.footer(kExamples);
  app.set_version_flag("--version", fmt::format("keymeter {}", kVersion));
  app.require_subcommand(1);
  CLI::App* run = app.add_subcommand("run", "meter a relay and serve its usage: process and serve in one");
  CLI::App* process = app.add_subcommand("process", "only meter: Redis to SQLite");
  CLI::App* serve = app.add_subcommand("serve", "only serve: a SQLite file over HTTP");
  AddCommonFlags(*run, run_texts);
  AddProcessFlags(*run, run_texts);
  AddServeFlags(*run, run_texts);
  AddCommonFlags(*process, process_texts);
  AddProcessFlags(*process, process_texts);
  AddCommonFlags(*serve, serve_texts);
  AddServeFlags(*serve, serve_texts);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& stop) {
    std::ostringstream out;
    const bool is_error = app.exit(stop, out, out) != 0;
    invocation.exit_code = is_error ? kUsageError : 0;
    invocation.is_error = is_error;
    const bool names_unknown_command = argc > 1 && IsWord(argv[1]) && app.get_subcommands().empty();
    invocation.text =
        names_unknown_command
            ? fmt::format("keymeter: '{}' is no command; known are run, process, serve\n", argv[1])
            : out.str();
    return invocation;
  }
  Options& options = invocation.options;
  options.command = *process ? Options::Command::kProcess
                    : *serve ? Options::Command::kServe
                             : Options::Command::kRun;
  const Texts& texts = *process ? process_texts : *serve ? serve_texts : run_texts;
  if (const Status read = Interpret(texts, options); !read) {
    invocation.exit_code = kUsageError;
    invocation.is_error = true;
    invocation.text = fmt::format("keymeter: {}\n", read.error().message);
  }
  return invocation;
}

}  // namespace keymeter::processor

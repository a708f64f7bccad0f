#include "benchmarks/relay_load/options.h"

#include <cstdio>
#include <cstdlib>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tests/support/relay/calendar.h"

namespace keymeter::relay_load {
namespace {

constexpr int kUsageError = 2;

constexpr const char* kDescription =
    "Writes to Redis what claude-relay-service writes for each request that it relays: about 260 commands "
    "with the same\n"
    "keys, fields, order and times to live. For demos, tests and benchmarks of whatever reads them.\n\n"
    "IT WRITES made-up usage. It refuses a database that is neither empty nor its own (marker key "
    "keymeter:relay_load).";

constexpr const char* kExamples = R"(Examples:
  relay_load --redis redis://127.0.0.1:6390/0 --rps 5
      a small relay, until Ctrl-C
  relay_load --redis redis://127.0.0.1:6390/0 --rps 0 --requests 20000 --report written.json
      as fast as Redis takes it; then what was written, by hour and series
  relay_load --redis redis://127.0.0.1:6390/0 --history-hours 168 --history-only
      a week of history as the relay would have left it, and no live traffic
  relay_load --redis redis://127.0.0.1:6390/0 --at 2026-12-31T23:59:50+08:00 --seconds 20
      over the edge of a year

Exit codes: 0 done (SIGINT and SIGTERM too: the request begun is finished, then the report is written), 1 Redis or the
report failed, 2 wrong use.)";

struct RawTexts {
  std::string redis = "redis://127.0.0.1:6379/0";
  std::string utc_offset = "+08:00";
  std::string age = Age().Text();
  std::string at;
  std::int64_t at_epoch_ms = 0;
  bool history_only = false;
};

void AddTarget(CLI::App& app, Options& options, RawTexts& raw) {
  app.add_option(
         "--redis", raw.redis,
         "redis://[:password@]host:port/db; the password may come from KEYMETER_REDIS_PASSWORD instead")
      ->envname("KEYMETER_REDIS")
      ->group("Target");
  app.add_flag("--force", options.force, "Write even into a database that holds other data")->group("Target");
  app.add_option("--report", options.report,
                 "Write as JSON what was written, to FILE or - (stdout), at the end")
      ->type_name("FILE|-")
      ->group("Target");
}

void AddPopulation(CLI::App& app, Options& options) {
  const char* group = "Who";
  app.add_option("--keys", options.keys, "API keys")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str()
      ->group(group);
  app.add_option("--accounts", options.accounts, "Accounts, of ten kinds in turn")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str()
      ->group(group);
  app.add_option("--models", options.models, "Models")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str()
      ->group(group);
  app.add_option("--groups", options.groups, "Account groups")
      ->check(CLI::Range(0, 100'000))
      ->capture_default_str()
      ->group(group);
  app.add_option("--skew", options.skew, "The i-th of each is chosen in proportion to 1/i^SKEW; 0: evenly")
      ->check(CLI::Range(0.0, 10.0))
      ->capture_default_str()
      ->group(group);
  app.add_option("--seed", options.seed, "Same seed, same ids and amounts")
      ->capture_default_str()
      ->group(group);
  app.add_flag("!--no-entities", options.entities, "Do not write API keys, accounts and groups at the start")
      ->group(group);
  app.add_option("--mark-secrets", options.secret_mark,
                 "Every entity field that is private to the relay holds TEXT-<field>: look for TEXT where it "
                 "must not be")
      ->type_name("TEXT")
      ->group(group);
}

void AddTraffic(CLI::App& app, Options& options, RawTexts& raw) {
  const char* group = "How much";
  app.add_option("--rps", options.rps, "Requests a second; 0: as fast as Redis takes it")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str()
      ->group(group);
  app.add_option("--requests", options.requests, "Stop after so many live requests; 0: no bound")
      ->capture_default_str()
      ->group(group);
  app.add_option("--seconds", options.seconds,
                 "Stop after so long; 0: no bound (without both: until a signal)")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->group(group);
  app.add_option(
         "--history-hours", options.history_hours,
         "First write requests into each of the last N full hours, with the times to live that would be left")
      ->check(CLI::Range(0, 24 * 800))
      ->type_name("N")
      ->group(group);
  app.add_option("--history-requests-per-hour", options.history_requests_per_hour, "So many into each")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str()
      ->group(group);
  app.add_flag("--history-only", raw.history_only, "No live traffic after the history")->group(group);
  app.add_option(
         "--age", raw.age,
         "The release whose writes are repeated, such as 1.1.262: no index sets and no money in hashes")
      ->capture_default_str()
      ->type_name("VERSION")
      ->group(group);
  app.add_flag(
         "--demo", options.demo,
         "The history has nights, days, weekends and a burst, with --history-requests-per-hour on average; "
         "accounts are in trouble, keys near their limit, and soon some counters are reset")
      ->group(group);
  app.add_flag("--hset", options.absolute,
               "Count by HSET of growing absolute values (from 0) rather than by HINCRBY, as other relays do")
      ->group(group);
}

void AddClock(CLI::App& app, RawTexts& raw) {
  const char* group = "When";
  app.add_option("--utc-offset", raw.utc_offset,
                 "The relay's offset from UTC, whole hours; write --utc-offset=-03:00")
      ->capture_default_str()
      ->group(group);
  auto* at = app.add_option("--at", raw.at, "Pretend that now is then (RFC 3339); time goes on from there")
                 ->type_name("TIME")
                 ->group(group);
  app.add_option("--at-epoch-ms", raw.at_epoch_ms, "The same in epoch milliseconds")
      ->type_name("MS")
      ->group(group)
      ->excludes(at);
}

Status Finish(const CLI::App& app, const RawTexts& raw, Options& options) {
  auto redis = ParseRedisUrl(raw.redis);
  if (!redis) return Fail(redis.error().In("--redis"));
  options.redis = *std::move(redis);
  const char* password = std::getenv("KEYMETER_REDIS_PASSWORD");
  if (options.redis.password.empty() && password != nullptr) options.redis.password = password;

  const auto offset = ParseOffset(raw.utc_offset);
  if (!offset) return Fail(offset.error().In("--utc-offset"));
  options.utc_offset_seconds = *offset;

  const auto age = Age::Parse(raw.age);
  if (!age) return Fail(age.error().In("--age"));
  options.age = *age;

  if (app.count("--at") > 0) {
    const auto at_ms = ParseTime(raw.at);
    if (!at_ms) return Fail(at_ms.error().In("--at"));
    options.at_ms = *at_ms;
  }
  if (app.count("--at-epoch-ms") > 0) options.at_ms = raw.at_epoch_ms;
  options.live = !raw.history_only;
  if (raw.history_only && options.history_hours == 0) {
    return Fail(ErrorCode::kInvalid, "--history-only: say how many hours with --history-hours N");
  }
  return {};
}

}  // namespace

CommandLine ParseCommandLine(int argc, char** argv) {
  CommandLine line;
  RawTexts raw;
  CLI::App app(kDescription, "relay_load");
  app.footer(kExamples);
  app.get_formatter()->column_width(36);
  AddTarget(app, line.options, raw);
  AddPopulation(app, line.options);
  AddTraffic(app, line.options, raw);
  AddClock(app, raw);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    line.exit_code = app.exit(help);
    return line;
  } catch (const CLI::ParseError& wrong) {
    fmt::print(stderr, "relay_load: {}\nTry relay_load --help.\n", wrong.what());
    line.exit_code = kUsageError;
    return line;
  }
  const Status finished = Finish(app, raw, line.options);
  if (!finished) {
    fmt::print(stderr, "relay_load: {}\nTry relay_load --help.\n", finished.error().Text());
    line.exit_code = kUsageError;
  }
  return line;
}

}  // namespace keymeter::relay_load

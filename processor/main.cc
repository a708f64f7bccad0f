// The one place that wires: options, processor (Redis → SQLite) and query API (SQLite → HTTP).

#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "processor/check/check.h"
#include "processor/commands/backup_command.h"
#include "processor/commands/healthcheck.h"
#include "processor/commands/rebuild_command.h"
#include "processor/commands/status_command.h"
#include "processor/config/command_line.h"
#include "processor/pipeline/processor.h"
#include "processor/runtime/event_loop.h"
#include "query-api/access/token_command.h"
#include "query-api/api_server.h"
#include "query-api/http/listen_address.h"
#include "schema/civil_time.h"
#include "schema/clock.h"
#include "schema/fast_clock.h"
#include "schema/log.h"
#include "schema/price_list.h"
#include "schema/version.h"

namespace keymeter {
namespace {

using processor::Command;
using processor::EventLoop;
using processor::MetricsSnapshot;
using processor::Options;
using processor::Processor;
using processor::SignalWatch;
using query_api::ApiServer;
using query_api::ListenAddress;
using query_api::Probes;

constexpr std::int64_t kLoopStuckMs = 10'000;
constexpr int kUsageError = 2;

/// What is not known is left out.
void AddOutputBuffer(const MetricsSnapshot& m, PrometheusText& out) {
  if (m.output_buffer_bytes >= 0)
    out.Gauge("keymeter_output_buffer_bytes", "What waits in Redis for our subscribed connection; sampled.",
              static_cast<double>(m.output_buffer_bytes));
  if (m.output_buffer_hard_limit > 0)
    out.Gauge("keymeter_output_buffer_limit_bytes", "At so much Redis cuts that connection off.",
              static_cast<double>(m.output_buffer_hard_limit));
  if (m.output_buffer_soft_limit > 0)
    out.Gauge("keymeter_output_buffer_soft_limit_bytes", "Likewise, when it stays above so much for a while.",
              static_cast<double>(m.output_buffer_soft_limit));
}

void AddFileMetrics(const MetricsSnapshot& m, PrometheusText& out) {
  const auto bytes = [&](std::string_view name, std::string_view help, std::int64_t value) {
    out.Gauge(name, help, static_cast<double>(value));
  };
  bytes("keymeter_file_bytes", "Size of the SQLite file.", m.file_bytes);
  bytes("keymeter_file_free_bytes", "Of those: free for rows to come.", m.free_bytes);
  bytes("keymeter_wal_bytes", "Size of the write-ahead log beside it.", m.wal_bytes);
  out.Gauge("keymeter_wal_held",
            "1 while a reader keeps the full WAL from being emptied: nothing is written.",
            m.held_since_ms > 0 ? 1 : 0);
  constexpr std::string_view kLevels[] = {"minute", "hour", "day"};
  for (std::size_t level = 0; level < m.oldest.size(); ++level) {
    out.Gauge("keymeter_oldest_bucket_timestamp_seconds",
              "Start of the oldest bucket that is kept, epoch seconds; 0: none.",
              static_cast<double>(m.oldest[level]), {{"level", kLevels[level]}});
    out.Counter("keymeter_removed_rows_total", "Rows that were older than they are to be kept.",
                static_cast<double>(m.removed[level]), {{"level", kLevels[level]}});
  }
}

void AddProcessorMetrics(const MetricsSnapshot& m, PrometheusText& out) {
  const auto gauge = [&](std::string_view name, std::string_view help, double value) {
    out.Gauge(name, help, value);
  };
  const auto counter = [&](std::string_view name, std::string_view help, std::int64_t value) {
    out.Counter(name, help, static_cast<double>(value));
  };
  gauge("keymeter_connected", "1 while subscribed to the source.", m.is_connected ? 1 : 0);
  gauge("keymeter_baseline_read", "1 when history and the open hour have been read.",
        m.is_baseline_read ? 1 : 0);
  counter("keymeter_sessions_total", "Subscriptions to the source that came up.", m.sessions);
  gauge("keymeter_history_read", "1 when days and months beyond the relay's hours have been read as well.",
        m.is_history_read ? 1 : 0);
  counter("keymeter_unannounced_counters_total", "Counters that a sweep found grown without an event.",
          m.unannounced);
  counter("keymeter_silent_subscriptions_total",
          "Subscriptions that announced nothing while counters moved, and were begun anew.", m.silences);
  counter("keymeter_audits_total", "Comparisons of closed hours and days with the relay's own.", m.audits);
  gauge("keymeter_drift_values", "Values that differ from the relay's beyond adjustments, by the last audit.",
        static_cast<double>(m.drift));
  counter("keymeter_events_total", "Keyspace events received.", m.events);
  counter("keymeter_metered_events_total", "Keyspace events of metered counters.", m.metered_events);
  counter("keymeter_readings_total", "Counter hashes read.", m.readings);
  counter("keymeter_skipped_values_total", "Counter values that are no whole numbers, and were left out.",
          m.skipped_values);
  counter("keymeter_refused_series_total", "Events of series beyond the most that are kept.",
          m.refused_series);
  gauge("keymeter_series", "Series known: API key or account x model.", static_cast<double>(m.series));
  gauge("keymeter_counters", "Counter hashes whose last reading is kept in memory.",
        static_cast<double>(m.counters));
  gauge("keymeter_dirty_counters", "Counters that changed and wait for their reading.",
        static_cast<double>(m.dirty));
  gauge("keymeter_backlog_counters", "Counters that import or sweep wait to read.",
        static_cast<double>(m.backlog));
  counter("keymeter_import_counters_total", "Counters that imports and returns from an absence found.",
          m.import_counters);
  counter("keymeter_import_counters_read_total", "Of these, the ones that have been read.", m.import_read);
  out.Counter("keymeter_paced_seconds_total",
              "Redis' time that import, return and sweeps took: see --import-max-load.",
              static_cast<double>(m.paced_us) / 1e6);
  AddOutputBuffer(m, out);
  gauge("keymeter_lag_seconds", "Longest delay from an event to its reading in the last flush interval.",
        static_cast<double>(m.lag_ms) / 1000);
  gauge("keymeter_loop_longest_seconds",
        "Longest time that one thing kept everything else waiting, in this minute and the one before.",
        static_cast<double>(m.loop_longest_us) / 1e6);
  counter("keymeter_flushes_total", "Transactions written.", m.flushes);
  counter("keymeter_failed_flushes_total", "Transactions that SQLite refused; kept and tried again.",
          m.failed_flushes);
  gauge("keymeter_flush_seconds", "Duration of the last flush.", static_cast<double>(m.flush_ms) / 1000);
  AddFileMetrics(m, out);
  gauge("keymeter_unpriced_models", "Models that accounts use and that have no price: they cost 0.",
        static_cast<double>(m.unpriced_models));
  gauge("keymeter_requests_per_minute", "Requests of the trailing minute, all API keys.",
        m.requests_per_minute);
  gauge("keymeter_tokens_per_minute", "Tokens of the trailing minute, all API keys.", m.tokens_per_minute);
}

std::vector<std::string> NotReady(const MetricsSnapshot& metrics) {
  std::vector<std::string> reasons;
  if (!metrics.was_subscribed) reasons.emplace_back("never subscribed to the source yet");
  if (const std::int64_t since_ms = metrics.held_since_ms; since_ms > 0) {
    reasons.push_back(fmt::format(
        "a reader's transaction keeps the WAL of {:.1f} MB from being emptied since {}: nothing is "
        "written until it ends",
        static_cast<double>(metrics.wal_bytes) / 1e6, FormatRfc3339(since_ms / 1000 * 1000)));
  } else if (!metrics.is_writable) {
    reasons.emplace_back("the last flush failed");
  }
  return reasons;
}

Probes ProbesOf(const Processor& processor, const Clock& clock) {
  const MetricsSnapshot& metrics = processor.metrics();
  return {[&metrics, &clock] { return clock.MonotonicMs() - metrics.loop_beat_ms < kLoopStuckMs; },
          [&metrics] { return NotReady(metrics); },
          [&metrics](PrometheusText& out) { AddProcessorMetrics(metrics, out); }};
}

query_api::AccessOptions AccessOptionsOf(const Options& options) {
  query_api::AccessOptions access;
  access.allow_open = options.no_auth;
  access.allowed_hosts = options.allowed_hosts;
  access.token_file = options.token_file;
  access.jwt_secret_file = options.jwt_secret_file;
  access.trusted_proxies = options.trusted_proxies;
  access.cors_origins = options.cors_origins;
  access.rate_limit = {options.rate_limit_per_second, options.rate_limit_burst};
  return access;
}

query_api::AccessLogMode AccessLogModeOf(const Options& options) {
  using Mode = query_api::AccessLogMode;
  return options.access_log == "on" ? Mode::kOn : options.access_log == "errors" ? Mode::kErrors : Mode::kOff;
}

Result<std::unique_ptr<ApiServer>> StartServer(const Options& options, const Clock& clock, Probes probes) {
  query_api::ApiOptions api;
  api.db_path = options.db_path;
  api.listen = options.Serves() ? options.listen : "";
  api.probe_listen = options.probe_listen;
  api.access = AccessOptionsOf(options);
  api.access_log = AccessLogModeOf(options);
  api.threads = options.max_connections;
  api.connections_per_address = options.connections_per_address;
  api.max_websockets = options.max_websockets;
  api.answer_cache_bytes = static_cast<std::size_t>(options.answer_cache_bytes);
  auto server = ApiServer::Start(api, clock, std::move(probes));
  if (!server) return server;
  if (options.Serves()) log::Info("listening", {{"address", (*server)->api_address()}, {"role", "api"}});
  log::Info("listening", {{"address", (*server)->probe_address()}, {"role", "probe"}});
  return server;
}

Status Serve(const Options& options, const Clock& clock) {
  RETURN_IF_ERROR(StartServer(options, clock, {}));
  EventLoop loop;
  const SignalWatch interrupt(loop, SIGINT, [&loop] { loop.Stop(); });
  const SignalWatch terminate(loop, SIGTERM, [&loop] { loop.Stop(); });
  loop.Run();
  log::Info("stopped");
  return {};
}

processor::ProcessorOptions ProcessorOptionsOf(const Options& options) {
  return {options.redis,        options.db_path,           options.profiles,
          options.utc_offset_s, options.flush_interval_ms, options.poll_ms,
          options.prices_path,  options.audit_interval_ms, options.import_max_load,
          options.file};
}

Status Process(const Options& options, const Clock& clock) {
  ASSIGN_OR_RETURN(auto processor, Processor::Open(ProcessorOptionsOf(options), clock));
  RETURN_IF_ERROR(StartServer(options, clock, ProbesOf(*processor, clock)));
  return processor->Run();
}

/// Before anything is opened or made.
Status CheckAddresses(const Options& options, const Clock& clock) {
  if (options.Serves()) {
    ASSIGN_OR_RETURN(const auto listen, ListenAddress::Parse(options.listen, "--listen"));
    RETURN_IF_ERROR(query_api::Access::Make(listen, AccessOptionsOf(options), clock));
  }
  const auto probe_listen = ListenAddress::Parse(options.probe_listen, "--probe-listen");
  return probe_listen ? Status() : Fail(probe_listen.error());
}

/// Commands that work: until a signal, with a log.
int Work(const Options& options) {
  log::Configure(options.log_level, options.log_format);
  for (const std::string& warning : options.warnings) log::Warn("configuration", {{"warning", warning}});
  if (options.Processes()) {
    if (const auto prices = PriceList::Load(options.prices_path); !prices) {
      log::Fault("cannot work", {{"reason", prices.error().In(options.prices_place).message}});
      return kUsageError;
    }
  }
  const auto clock = ProgramClock();
  if (const Status valid = CheckAddresses(options, *clock); !valid) {
    log::Fault("cannot work", {{"reason", valid.error().Text()}});
    return kUsageError;
  }
  const Status done = options.Processes() ? Process(options, *clock) : Serve(options, *clock);
  if (done) return 0;
  log::Fault("cannot work", {{"reason", done.error().Text()}});
  return 1;
}

/// It speaks for itself; the log only warns.
int Rebuild(const Options& options) {
  log::Configure(log::Severity::kWarn, options.log_format);
  return processor::Rebuild({ProcessorOptionsOf(options), options.dry_run, options.force}, SystemClock());
}

/// But for the address, which has a check of its own.
check::AccessFacts LookAtAccess(const Options& options) {
  const SystemClock clock;
  const auto access = query_api::Access::Make({"127.0.0.1", 0}, AccessOptionsOf(options), clock);
  if (!access) return {access.error()};
  return {{}, (*access)->RefusesEverybody()};
}

int Token(const Options& options) {
  switch (options.command) {
    case Command::kTokenCreate: {
      const auto role = options.token_role == "admin" ? query_api::Role::kAdmin : query_api::Role::kViewer;
      return query_api::CreateToken(options.token_file, {options.token_name, role, options.token_lifetime_s},
                                    SystemClock());
    }
    case Command::kTokenList:
      return query_api::ListTokens(options.token_file, options.json, SystemClock());
    default:
      return query_api::RevokeToken(options.token_file, options.token);
  }
}

int Main(const Options& options) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a limit of the file's size is an error like any other
  switch (options.command) {
    case Command::kHealthcheck:
      return processor::Healthcheck(options.probe_listen, options.health_path);
    case Command::kStatus:
      return processor::ShowStatus({options.db_path, options.json, options.watch_ms}, SystemClock());
    case Command::kCheck:
      return check::RunCheck(options, LookAtAccess(options), SystemClock());
    case Command::kBackup:
      return processor::Backup({options.db_path, options.backup_path, options.force});
    case Command::kRebuild:
      return Rebuild(options);
    case Command::kTokenCreate:
    case Command::kTokenList:
    case Command::kTokenRevoke:
      return Token(options);
    default:
      return Work(options);
  }
}

}  // namespace
}  // namespace keymeter

int main(int argc, char** argv) {
  const auto invocation =
      keymeter::processor::ParseCommandLine(argc, argv, keymeter::processor::ProcessEnvironment());
  if (invocation.text.empty()) return keymeter::Main(invocation.options);
  std::fputs(invocation.text.c_str(), invocation.is_error ? stderr : stdout);
  return invocation.exit_code;
}

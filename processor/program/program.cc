#include "processor/program/program.h"

#include <csignal>
#include <cstdio>
#include <utility>

#include "processor/check/check.h"
#include "processor/commands/backup_command.h"
#include "processor/commands/healthcheck.h"
#include "processor/commands/rebuild_command.h"
#include "processor/commands/status_command.h"
#include "processor/config/command_line.h"
#include "processor/program/api_options.h"
#include "processor/program/service.h"
#include "query-api/access/access.h"
#include "query-api/access/token_command.h"
#include "query-api/exports/export_limiter.h"
#include "query-api/front/tls_context.h"
#include "query-api/http/listen_address.h"
#include "schema/log.h"

namespace keymeter {

namespace {

using processor::Command;
using processor::CommandOptions;
using processor::Options;

/// It prints its own progress; the log only warns.
int Rebuild(const Options& options, const Clock& clock) {
  log::Configure(log::Severity::kWarn, options.log.format);
  return processor::Rebuild({.processor = options.processor,
                             .dry_run = options.of_command.dry_run,
                             .force = options.of_command.force},
                            clock);
}

/// Checks credentials only; the addresses are tested separately.
check::AccessFacts LookAtAccess(const Options& options, const Clock& clock) {
  const auto access = query_api::Access::Make({}, AccessOptionsOf(options.api.access), clock);
  if (!access) return {.invalid = access.error()};
  return {.refuses_everybody = (*access)->RefusesEverybody()};
}

check::ListenFacts FactsOf(const char* setting, const query_api::ListenAddress& address) {
  return {.setting = setting,
          .address = address.ToString(),
          .host = address.host,
          .port = address.port,
          .unix_path = address.unix_path,
          .is_loopback = address.IsLoopback()};
}

std::vector<check::ListenFacts> LookAtListeners(const processor::ApiSettings& api) {
  std::vector<check::ListenFacts> facts;
  if (const auto addresses = query_api::ParseListenAddresses(api.listen, "--listen"))
    for (const query_api::ListenAddress& address : *addresses) facts.push_back(FactsOf("listen", address));
  else
    facts.push_back({.setting = "listen", .address = "", .invalid = addresses.error()});
  if (const auto probe = query_api::ListenAddress::ParseWithoutTls(api.probe_listen, "--probe-listen"))
    facts.push_back(FactsOf("probe-listen", *probe));
  else
    facts.push_back({.setting = "probe-listen", .address = api.probe_listen, .invalid = probe.error()});
  return facts;
}

std::optional<check::CertificateFacts> LookAtCertificate(const processor::ApiSettings& api) {
  if (api.tls_cert.empty()) return std::nullopt;
  const auto tls = query_api::TlsContext::Load({api.tls_cert, api.tls_key});
  if (!tls) return check::CertificateFacts{.invalid = tls.error()};
  const auto validity = tls->validity();
  return check::CertificateFacts{.begins_ms = validity.begins_ms, .ends_ms = validity.ends_ms};
}

check::SpoolFacts LookAtSpool(const Options& options) {
  auto spool = query_api::SpoolDirectory::Find(options.api.spool_dir, options.processor.db_path);
  return {.directory = std::move(spool.path), .unusable = std::move(spool.unusable)};
}

int CreateToken(const Options& options, const Clock& clock) {
  const processor::TokenOptions& token = options.of_command.token;
  return query_api::CreateToken(options.api.access.token_file,
                                {.name = token.name,
                                 .role = token.is_admin ? query_api::Role::kAdmin : query_api::Role::kViewer,
                                 .lifetime_s = token.lifetime_s},
                                clock);
}

int Run(const Options& options, const Clock& clock) {
  const std::string& db_path = options.processor.db_path;
  const std::string& token_file = options.api.access.token_file;
  const CommandOptions& of_command = options.of_command;
  switch (options.command) {
    case Command::kHealthcheck:
      return processor::Healthcheck(options.api.probe_listen, of_command.health_path);
    case Command::kStatus:
      return processor::ShowStatus(
          {.db_path = db_path, .json = of_command.json, .watch_ms = of_command.watch_ms}, clock);
    case Command::kCheck:
      return check::RunCheck(options,
                             {.spool = LookAtSpool(options),
                              .access = LookAtAccess(options, clock),
                              .listeners = LookAtListeners(options.api),
                              .certificate = LookAtCertificate(options.api)},
                             clock);
    case Command::kBackup:
      return processor::Backup(
          {.db_path = db_path, .target = of_command.backup_path, .force = of_command.force});
    case Command::kRebuild:
      return Rebuild(options, clock);
    case Command::kTokenCreate:
      return CreateToken(options, clock);
    case Command::kTokenList:
      return query_api::ListTokens(token_file, of_command.json, clock);
    case Command::kTokenRevoke:
      return query_api::RevokeToken(token_file, of_command.token.revoked);
    case Command::kRun:
    case Command::kProcess:
    case Command::kServe:
      break;
  }
  return RunService(options, clock);
}

/// What --print-config shows must be what a start takes.
int ShowSettings(const processor::Invocation& invocation, const Clock& clock) {
  constexpr int kUsageError = 2;
  std::fputs(invocation.text.c_str(), stdout);
  const Status valid = CheckSettings(invocation.options, clock);
  if (valid) return invocation.exit_code;
  std::fprintf(stderr, "keymeter: %s\n", valid.error().Text().c_str());
  return kUsageError;
}

}  // namespace

int RunProgram(int argc, const char* const* argv, const processor::Environment& environment,
               const Clock& clock) {
  const auto invocation = processor::ParseCommandLine(argc, argv, environment);
  if (invocation.shows_settings) return ShowSettings(invocation, clock);
  if (!invocation.text.empty()) {
    std::fputs(invocation.text.c_str(), invocation.is_error ? stderr : stdout);
    return invocation.exit_code;
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a limit of the file's size is an error like any other
  return Run(invocation.options, clock);
}

}  // namespace keymeter

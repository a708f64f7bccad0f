// Addresses, clock, limits, and who may read our secrets.

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "processor/check/checks.h"
#include "processor/check/wording.h"
#include "schema/civil_time.h"

namespace keymeter::check {

namespace {

using processor::Options;

bool IsWriterRunning(const Facts& facts) {
  const ProcessorHealth& writer = facts.file.writer;
  return writer.has_processor && !writer.stopped_ms && !IsSilent(writer, facts.host.now_ms);
}

/// What to do when the path of a unix socket cannot be used.
std::string RemedyOfPath(const ListenFacts& listener, const Facts& facts) {
  const std::string directory = std::filesystem::path(listener.unix_path).parent_path().string();
  switch (listener.bind_errno) {
    case EADDRINUSE:
      return fmt::format("name another --{}, or see who has it: ss -lxp", listener.setting);
    case EACCES:
      return fmt::format("let {} write in {}, or name another --{}", facts.file.user, directory,
                         listener.setting);
    case EEXIST:
      return fmt::format("move that file away, or name another --{}", listener.setting);
    default:
      return fmt::format(
          "make the directory (RuntimeDirectory= of the systemd unit does), and again after each "
          "start of the machine if it is below /run:\nmkdir -p {}",
          directory);
  }
}

Observation Taken(const ListenFacts& listener, const Facts& facts) {
  const std::string flag = "--" + listener.setting;
  if (listener.bind_errno == EADDRINUSE && IsWriterRunning(facts))
    return Note(fmt::format("{} {} is in use, probably by the running keymeter (process {})", flag,
                            listener.address, facts.file.writer_pid));
  const std::string seen =
      fmt::format("{} {}: {}", flag, listener.address, std::strerror(listener.bind_errno));
  if (!listener.unix_path.empty()) return Fault(seen, RemedyOfPath(listener, facts));
  if (listener.bind_errno == EADDRINUSE)
    return Fault(seen, fmt::format("name another {}, or see who has it: ss -ltnp", flag));
  if (listener.bind_errno == EACCES)
    return Fault(seen, fmt::format("ports below 1024 are root's: name a higher one in {}", flag));
  return Fault(seen, fmt::format("name an address of this machine in {}", flag));
}

Observations Listeners(const Facts& facts, const Options& options) {
  Observations seen;
  for (const ListenFacts& listener : facts.host.listeners) {
    const bool is_api = listener.setting == "listen";
    if (listener.invalid) {
      seen.push_back(FaultOf(*listener.invalid, "see keymeter run --help"));
    } else if (listener.bind_errno != 0) {
      seen.push_back(Taken(listener, facts));
    } else if (listener.is_directory_for_everybody) {
      seen.push_back(
          Warning(fmt::format("everybody may write in the directory of --{} {}, and put his own socket there",
                              listener.setting, listener.address),
                  "take a directory that is yours alone, such as /run/keymeter"));
    } else if (is_api && !listener.is_loopback && !options.api.access.is_open &&
               !options.api.access.HasCredentials()) {
      seen.push_back(
          Fault(fmt::format("--listen {} is not loopback, and the API has no credentials", listener.address),
                "set up --token-file (keymeter token create), or listen on 127.0.0.1; or --no-auth, if "
                "everybody may "
                "read"));
    } else if (is_api && !listener.is_loopback && options.api.access.is_open) {
      seen.push_back(Warning(
          fmt::format("--listen {} with --no-auth: whoever reaches it reads all usage", listener.address),
          "set up --token-file instead, or listen on 127.0.0.1 behind a proxy that asks for credentials"));
    }
  }
  if (!seen.empty()) return seen;
  std::string free;
  for (const ListenFacts& listener : facts.host.listeners)
    free += (free.empty() ? "" : ", ") + listener.address;
  return {Ok(free + " can be listened on")};
}

Observations Certificate(const Facts& facts, const Options& options) {
  constexpr std::int64_t kDayMs = 86'400'000;
  constexpr std::int64_t kSoonMs = 14 * kDayMs;
  constexpr const char* kRenew = "renew it: kill -HUP has keymeter read both files again";
  if (!facts.certificate) return {};
  const CertificateFacts& certificate = *facts.certificate;
  if (certificate.invalid) return {FaultOf(*certificate.invalid, "name files that this user may read")};
  const std::string& file = options.api.tls_cert;
  const std::int64_t left_ms = certificate.ends_ms - facts.host.now_ms;
  if (certificate.begins_ms > facts.host.now_ms)
    return {Fault(fmt::format("{} does not hold before {}", file, FormatRfc3339(certificate.begins_ms)),
                  "set this machine's clock, or take the certificate that holds now")};
  if (left_ms <= 0)
    return {Fault(fmt::format("{} has expired on {}", file, FormatRfc3339(certificate.ends_ms)), kRenew)};
  if (left_ms < kSoonMs)
    return {Warning(
        fmt::format("{} expires in {}, on {}", file, Span(left_ms), FormatRfc3339(certificate.ends_ms)),
        kRenew)};
  return {Ok(fmt::format("{} holds until {}", file, FormatRfc3339(certificate.ends_ms)))};
}

/// Who may use the API.
Observations Access(const Facts& facts, const Options& options) {
  if (facts.access.invalid) return {FaultOf(*facts.access.invalid, "see keymeter run --help")};
  if (facts.access.refuses_everybody)
    return {
        Warning(fmt::format("there is no token in {}: everybody is refused", options.api.access.token_file),
                fmt::format("make one:\nkeymeter token create --token-file {} --name NAME",
                            options.api.access.token_file))};
  if (options.api.access.is_open) return {Ok("everybody, by --no-auth")};
  if (!options.api.access.HasCredentials()) return {Ok("this machine, without credentials")};
  std::string seen =
      options.api.access.token_file.empty() ? "" : "who has a token of " + options.api.access.token_file;
  if (!options.api.access.jwt_secret_file.empty())
    seen += fmt::format("{}a JWT signed with {}", seen.empty() ? "who has " : ", or ",
                        options.api.access.jwt_secret_file);
  return {Ok(seen)};
}

Observations Exports(const Facts& facts, const Options& /*options*/) {
  const SpoolFacts& spool = facts.spool;
  if (!spool.unusable) return {Ok(fmt::format("their files can be written in {}", spool.directory))};
  return {Warning(spool.unusable->message, "name a directory that keymeter may write in: --spool-dir DIR")};
}

Observations ClockCheck(const Facts& facts, const Options& /*options*/) {
  constexpr std::int64_t kNoticeableMs = 1000;
  constexpr std::int64_t kWrongMs = 5000;
  constexpr std::int64_t kYear2025Ms = 1'735'689'600'000;
  if (facts.host.now_ms < kYear2025Ms)
    return {Fault(fmt::format("this machine believes that it is {}", FormatRfc3339(facts.host.now_ms)),
                  "set its clock: run NTP")};
  if (!facts.source.clock_ahead_ms) return {Skipped("Redis' TIME was not to be had")};
  const std::int64_t ahead_ms = *facts.source.clock_ahead_ms;
  const std::int64_t apart_ms = std::llabs(ahead_ms);
  const std::string seen =
      fmt::format("Redis' clock is {:.1f} s {} ours", static_cast<double>(apart_ms) / 1000,
                  ahead_ms > 0 ? "ahead of" : "behind");
  if (apart_ms > kWrongMs)
    return {
        Fault(seen + ": minutes would be wrong", "run NTP on both machines, or set the clock that is wrong")};
  if (apart_ms > kNoticeableMs) return {Warning(seen, "run NTP on both machines")};
  return {Ok("as Redis' clock, to the second")};
}

Observations OpenFiles(const Facts& facts, const Options& /*options*/) {
  constexpr std::int64_t kLeast = 256;
  const std::int64_t most = facts.host.most_open_files;
  if (most < kLeast)
    return {Warning(fmt::format("{} may be open at once", Count(most, "file")),
                    "raise it: ulimit -n 1024, or LimitNOFILE= of the systemd unit")};
  return {Ok(fmt::format("{} may be open at once", Count(most, "file")))};
}

/// Secrets that others can read.
Observations Secrets(const Facts& facts, const Options& options) {
  Observations seen;
  for (const processor::SettingWarning& warning : options.warnings)
    seen.push_back(Warning(warning.message, warning.remedy));
  if (facts.host.is_tls_key_for_everybody)
    seen.push_back(
        Warning(fmt::format("everybody may read the private key in {}", options.processor.redis.tls.key_file),
                fmt::format("chmod 600 {}", options.processor.redis.tls.key_file)));
  if (!seen.empty()) return seen;
  return {Ok("none lies open")};
}

constexpr auto kHostChecks = std::to_array<Check>({
    {Group::kHost, "addresses", Needs::kNothing, &Listeners},
    {Group::kHost, "certificate", Needs::kNothing, &Certificate},
    {Group::kHost, "access", Needs::kNothing, &Access},
    {Group::kHost, "exports", Needs::kNothing, &Exports},
    {Group::kHost, "clock", Needs::kNothing, &ClockCheck},
    {Group::kHost, "open files", Needs::kNothing, &OpenFiles},
    {Group::kHost, "secrets", Needs::kNothing, &Secrets},
});

}  // namespace

std::span<const Check> HostChecks() {
  return kHostChecks;
}

}  // namespace keymeter::check

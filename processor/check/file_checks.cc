// Can the usage be kept where it is to be kept?

#include <algorithm>
#include <array>

#include <fmt/ranges.h>

#include "processor/check/checks.h"
#include "processor/check/wording.h"
#include "schema/byte_size.h"
#include "schema/civil_time.h"

namespace keymeter::check {

namespace {

using processor::Options;

constexpr std::int64_t kMegabyte = 1'000'000;
constexpr std::int64_t kGigabyte = 1'000'000'000;

Observations Directory(const Facts& facts, const Options& /*options*/) {
  const FileFacts& file = facts.file;
  if (!file.is_directory_there)
    return {Fault(fmt::format("{} does not exist, or is closed to user {}", file.directory, file.user),
                  fmt::format("run:\nmkdir -p {0} && chown {1} {0}", file.directory, file.user))};
  if (!file.is_directory_writable)
    return {Fault(fmt::format("{} is not writable by user {}", file.directory, file.user),
                  fmt::format("chown {} {}, or name another --db", file.user, file.directory))};
  if (file.is_superuser)
    return {Note(fmt::format("{}: this is root, who may everything", file.directory),
                 "run check as the user that will run keymeter")};
  return {Ok(fmt::format("{} is writable by user {}", file.directory, file.user))};
}

Observations FileSystem(const Facts& facts, const Options& /*options*/) {
  const FileFacts& file = facts.file;
  if (!file.is_directory_there) return {Skipped("there is no directory")};
  const std::string& name = file.file_system;
  for (const std::string_view remote : {"nfs", "smb", "cifs", "9p", "ceph", "afs", "lustre"})
    if (name == remote)
      return {Fault(
          fmt::format("{} is a network file system: SQLite's WAL needs memory shared with its readers", name),
          "name a --db on a local disk")};
  if (name == "overlay")
    return {Note("overlay: inside a container's own layer, and gone with it",
                 "mount a volume there, if this is more than a trial")};
  if (name == "tmpfs")
    return {Note("tmpfs: in memory, and gone with the next boot",
                 "name a --db on a disk, if this is more than a trial")};
  return {Ok(name.empty() ? "local, or of a kind that is not known to be remote" : name)};
}

/// Bytes that the file grows per day, from its size and age; 0 when it is younger than two days.
std::int64_t GrowthPerDay(const FileFacts& file, std::int64_t now_ms) {
  if (!file.oldest_day) return 0;
  const std::int64_t days = (now_ms / 1000 - *file.oldest_day) / kDaySeconds;
  return days < 2 ? 0 : file.bytes / days;
}

Observations Space(const Facts& facts, const Options& /*options*/) {
  constexpr std::int64_t kLeast = 64 * kMegabyte;
  constexpr std::int64_t kLeastDays = 30;
  const FileFacts& file = facts.file;
  if (!file.is_directory_there) return {Skipped("there is no directory")};
  const std::int64_t growth = GrowthPerDay(file, facts.host.now_ms);
  const std::int64_t days = growth > 0 ? file.free_bytes / growth : kLeastDays;
  const std::int64_t percent =
      file.space_bytes > 0
          ? 100 * (file.free_bytes / kMegabyte) / std::max<std::int64_t>(1, file.space_bytes / kMegabyte)
          : 100;
  std::string seen = fmt::format("{} free ({} %)", FormatBytes(file.free_bytes), percent);
  if (growth > 0) seen += fmt::format(", the file grows by {} a day", FormatBytes(growth));
  if (file.free_bytes < kLeast)
    return {Fault(seen, "make room, or name a --db elsewhere: what cannot be written waits in memory only")};
  if (file.free_bytes < kGigabyte || percent < 10 || days < kLeastDays)
    return {Warning(seen, "make room, or name a --db elsewhere, before it is full")};
  return {Ok(seen)};
}

std::string Mend(const std::string& path) {
  return fmt::format(
      "restore it from a backup, or make it anew from the relay's history:\nkeymeter rebuild --db {}", path);
}

Observation Unusable(const std::string& path, const Error& error) {
  if (error.code == ErrorCode::kCorrupt) return Fault(error.message, Mend(path));
  return FaultOf(error, "may this user read it, and write its directory? else name another --db");
}

Observations File(const Facts& facts, const Options& /*options*/) {
  const FileFacts& file = facts.file;
  if (!file.is_directory_there) return {Skipped("there is no directory")};
  if (!file.is_there) return {Ok(fmt::format("{} is made at the first start", file.path))};
  if (!file.is_readable)
    return {Fault(
        fmt::format("{} is not readable by user {}; it belongs to {}", file.path, file.user, file.owner),
        fmt::format("run as {}, or: chown {} {}*", file.owner, file.user, file.path))};
  if (file.unusable) return {Unusable(file.path, *file.unusable)};
  Observations seen;
  if (!file.damage.empty())
    seen.push_back(Fault(fmt::format("{} is damaged: {}", file.path, file.damage), Mend(file.path)));
  if (!file.unwritable.empty())
    seen.push_back(
        Fault(fmt::format("not writable by user {}: {}", file.user, fmt::join(file.unwritable, ", ")),
              fmt::format("chown {} {}*; it belongs to {}", file.user, file.path, file.owner)));
  if (file.is_for_everybody)
    seen.push_back(
        Note(fmt::format("everybody may read {}", file.path), fmt::format("chmod 640 {}*", file.path)));
  if (file.is_older && file.bytes > 0)
    seen.push_back(Note(fmt::format("{} is of an older version: the next start brings it up", file.path)));
  if (!seen.empty()) return seen;
  return {Ok(fmt::format("{}, {}{}", file.path, FormatBytes(file.bytes),
                         file.was_damage_looked_for ? ", sound" : "; too large to look for damage here"))};
}

Observations Writer(const Facts& facts, const Options& /*options*/) {
  const FileFacts& file = facts.file;
  const ProcessorHealth& writer = file.writer;
  const bool seems_written =
      writer.has_processor && !writer.stopped_ms && !IsSilent(writer, facts.host.now_ms);
  if (!file.is_locked.value_or(seems_written)) {
    if (!writer.has_processor) return {Ok("nobody has written it yet")};
    return {Ok(fmt::format("nobody writes it; last written {} ago",
                           Span(facts.host.now_ms - writer.last_flush_ms)))};
  }
  return {Warning(fmt::format("keymeter process {}{} writes it since {}", file.writer_pid,
                              file.is_writer_alive ? "" : " (in another container, or just killed)",
                              FormatRfc3339(file.writer_since_ms / 1000 * 1000)),
                  "stop it before you start another one, or name another --db")};
}

constexpr auto kFileChecks = std::to_array<Check>({
    {Group::kFile, "directory", Needs::kNothing, &Directory},
    {Group::kFile, "file system", Needs::kNothing, &FileSystem},
    {Group::kFile, "space", Needs::kNothing, &Space},
    {Group::kFile, "file", Needs::kNothing, &File},
    {Group::kFile, "writer", Needs::kFile, &Writer},
});

}  // namespace

std::span<const Check> FileChecks() {
  return kFileChecks;
}

}  // namespace keymeter::check

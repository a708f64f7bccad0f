#include "processor/check/file_gatherer.h"

#include <cerrno>
#include <csignal>
#include <filesystem>

#include <linux/magic.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "processor/metering/metering_plan.h"
#include "processor/storage/integrity.h"
#include "processor/storage/offset_correction.h"
#include "processor/storage/writer_lock.h"
#include "schema/civil_time.h"
#include "schema/migrations.h"
#include "schema/sqlite.h"

namespace keymeter::check {

namespace {

constexpr std::int64_t kMostBytesToCheck = std::int64_t{256} << 20;

std::string UserName(uid_t user) {
  const passwd* entry = ::getpwuid(user);
  return entry != nullptr ? entry->pw_name : std::to_string(user);
}

/// The name of a file system by its number in statfs(2); linux/magic.h lacks some of them.
std::string FileSystemName(std::int64_t magic) {
  constexpr std::int64_t kXfs = 0x58465342;
  constexpr std::int64_t kLustre = 0x0bd00bd0;
  constexpr std::int64_t kZfs = 0x2fc12fc1;
  switch (magic) {
    case NFS_SUPER_MAGIC:
      return "nfs";
    case SMB_SUPER_MAGIC:
    case SMB2_SUPER_MAGIC:
      return "smb";
    case CIFS_SUPER_MAGIC:
      return "cifs";
    case V9FS_MAGIC:
      return "9p";
    case CEPH_SUPER_MAGIC:
      return "ceph";
    case AFS_SUPER_MAGIC:
      return "afs";
    case kLustre:
      return "lustre";
    case OVERLAYFS_SUPER_MAGIC:
      return "overlay";
    case TMPFS_MAGIC:
      return "tmpfs";
    case EXT4_SUPER_MAGIC:
      return "ext4";
    case BTRFS_SUPER_MAGIC:
      return "btrfs";
    case kXfs:
      return "xfs";
    case kZfs:
      return "zfs";
    default:
      return "";
  }
}

void LookAtDirectory(FileFacts& facts) {
  std::error_code ignored;
  const auto parent = std::filesystem::absolute(facts.path, ignored).parent_path();
  facts.directory = parent.string();
  facts.user = UserName(::geteuid());
  facts.is_superuser = ::geteuid() == 0;
  facts.is_directory_there = std::filesystem::is_directory(parent, ignored);
  if (!facts.is_directory_there) return;
  facts.is_directory_writable = ::eaccess(facts.directory.c_str(), W_OK | X_OK) == 0;
  struct statfs disk {};
  if (::statfs(facts.directory.c_str(), &disk) != 0) return;
  facts.file_system = FileSystemName(static_cast<std::int64_t>(disk.f_type));
  const auto block = static_cast<std::int64_t>(disk.f_bsize);
  facts.free_bytes = static_cast<std::int64_t>(disk.f_bavail) * block;
  facts.space_bytes = static_cast<std::int64_t>(disk.f_blocks) * block;
}

void LookAtFile(FileFacts& facts) {
  struct stat found {};
  facts.is_there = ::stat(facts.path.c_str(), &found) == 0;
  if (!facts.is_there) return;
  facts.owner = UserName(found.st_uid);
  facts.bytes = found.st_size;
  facts.is_for_everybody = (found.st_mode & S_IROTH) != 0;
  facts.is_readable = ::eaccess(facts.path.c_str(), R_OK) == 0;
  if (S_ISDIR(found.st_mode))
    facts.unusable = MakeError(ErrorCode::kRefused, "{} is a directory", facts.path)
                         .Because(ErrorReason::kCannotOpen)
                         .Remedy("name a file in --db");
  else if (!S_ISREG(found.st_mode))
    facts.unusable = MakeError(ErrorCode::kRefused, "{} is no regular file", facts.path)
                         .Because(ErrorReason::kCannotOpen)
                         .Remedy("name a file in --db");
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
    const std::string path = facts.path + suffix;
    if (::access(path.c_str(), F_OK) == 0 && ::eaccess(path.c_str(), W_OK) != 0)
      facts.unwritable.push_back(path);
  }
}

/// Calls `take` for each row of the query. A query that fails, as on a file of an older version, has no rows.
template <typename Take>
void ForEachRow(Database& database, std::string_view sql, const Take& take) {
  auto rows = database.Prepare(sql);
  if (!rows) return;
  while (true) {
    const auto row = rows->Step();
    if (!row || !*row) return;
    take(*rows);
  }
}

/// The lock says who writes now; the last flush may be from a process that was killed.
void LookAtLock(FileFacts& facts) {
  const auto holder = processor::WriterLock::FindHolder(facts.path);
  if (!holder) return;
  facts.is_locked = holder->has_value();
  if (!*facts.is_locked || (*holder)->pid == 0) return;
  facts.writer_pid = (*holder)->pid;
  facts.writer_since_ms = ParseRfc3339((*holder)->since).value_or(facts.writer_since_ms);
}

void ReadWriter(Database& database, FileFacts& facts) {
  ForEachRow(database,
             "SELECT stopped_ms, last_flush_ms, flush_interval_ms, pid, started_ms FROM processor_status "
             "WHERE last_flush_ms IS NOT NULL",
             [&](const Statement& row) {
               facts.writer.has_processor = true;
               if (!row.IsNull(0)) facts.writer.stopped_ms = row.Int(0);
               facts.writer.last_flush_ms = row.Int(1);
               facts.writer.flush_interval_ms = row.Int(2);
               facts.writer_pid = row.Int(3);
               facts.writer_since_ms = row.Int(4);
             });
  LookAtLock(facts);
  const auto pid = static_cast<pid_t>(facts.writer_pid);
  facts.is_writer_alive = pid > 0 && (::kill(pid, 0) == 0 || errno == EPERM);
}

/// A file of an older version does not note where its offset is from: its migration will, by the same
/// minutes.
void ReadOffset(Database& database, FileFacts& facts) {
  const auto take = [&](const Statement& row) {
    facts.utc_offset_s = row.Int(0);
    facts.offset_origin = processor::OffsetOriginNamed(row.Text(1));
  };
  ForEachRow(database,
             "SELECT utc_offset_s, utc_offset_origin FROM source_state WHERE utc_offset_s IS NOT NULL", take);
  if (!facts.utc_offset_s)
    ForEachRow(database,
               "SELECT utc_offset_s, iif(EXISTS (SELECT 1 FROM usage_minute"
               " WHERE bucket / 60 % 60 NOT IN (0, 59)), 'seen', 'inferred')"
               " FROM source_state WHERE utc_offset_s IS NOT NULL",
               take);
  // A file of an older version may lack the tables: then the start alone knows.
  facts.has_undated_counters = processor::HasUndatedCounters(database).value_or(false);
}

/// Those that a start reads of the relay too. Without an offset they cannot be compared.
void ReadDays(Database& database, const processor::Options& options, const Clock& clock, FileFacts& facts) {
  if (!facts.utc_offset_s) return;
  std::vector<CounterSpec> counters;
  for (const Profile& profile : options.processor.profiles)
    counters.insert(counters.end(), profile.counters.begin(), profile.counters.end());
  const auto first = processor::FirstKept(counters, Level::kDay, clock.WallMs() / 1000, *facts.utc_offset_s);
  if (!first) return;
  facts.first_day_read = *first;
  ForEachRow(
      database,
      fmt::format("SELECT s.kind = 'account', u.bucket + {}, sum(u.requests) FROM usage_day u "
                  "JOIN series s ON s.id = u.series WHERE u.bucket >= {} GROUP BY 1, 2",
                  *facts.utc_offset_s, *first),
      [&](const Statement& row) {
        facts.days[{row.Int(0) != 0 ? EntityKind::kAccount : EntityKind::kApiKey, row.Int(1)}] = row.Int(2);
      });
}

void ReadContent(Database& database, const processor::Options& options, const Clock& clock,
                 FileFacts& facts) {
  ReadWriter(database, facts);
  ForEachRow(database, "SELECT from_hour, profile, since_ms FROM profile_use ORDER BY from_hour",
             [&](const Statement& row) {
               facts.profile_uses.push_back({row.Int(0), std::string(row.Text(1)), row.Int(2)});
             });
  ReadOffset(database, facts);
  ForEachRow(database, "SELECT bucket FROM usage_day ORDER BY bucket LIMIT 1",
             [&](const Statement& row) { facts.oldest_day = row.Int(0); });
  ForEachRow(database, "SELECT days_from FROM source_state",
             [&](const Statement& row) { facts.days_from = row.Int(0); });
  ReadDays(database, options, clock, facts);
  ForEachRow(database, "SELECT model FROM models WHERE accounts > 0",
             [&](const Statement& row) { facts.account_models.emplace(row.Text(0)); });
}

void LookForDamage(Database& database, FileFacts& facts) {
  facts.was_damage_looked_for = facts.bytes <= kMostBytesToCheck;
  if (!facts.was_damage_looked_for) return;
  if (const Status sound = processor::CheckStructure(database); !sound) facts.damage = sound.error().message;
}

void LookInside(const processor::Options& options, const Clock& clock, FileFacts& facts) {
  auto database = Database::Open(facts.path, Database::Mode::kReadOnly);
  if (!database) {
    facts.unusable = database.error();
    return;
  }
  const auto identity = CheckReadable(*database);
  if (!identity) {
    // The next start migrates a file of an older version, or one that is still empty.
    facts.is_older = identity.error().reason == ErrorReason::kOlderSchema;
    if (!facts.is_older) {
      facts.unusable = identity.error();
      return;
    }
  }
  LookForDamage(*database, facts);
  if (facts.damage.empty()) ReadContent(*database, options, clock, facts);
}

}  // namespace

FileFacts GatherFile(const processor::Options& options, const Clock& clock) {
  FileFacts facts;
  facts.path = options.processor.db_path;
  LookAtDirectory(facts);
  LookAtFile(facts);
  if (facts.is_there && facts.is_readable && !facts.unusable) LookInside(options, clock, facts);
  return facts;
}

}  // namespace keymeter::check

#include "tests/processor/check/facts_fixture.h"

namespace keymeter::check {
namespace {

class FileCheck : public WellFacts {};

TEST_F(FileCheck, AMissingOrUnwritableDirectoryIsAFaultForThisUser) {
  facts_.file.is_directory_writable = false;
  Expect("directory", Severity::kFault, "not writable by user keymeter", "chown keymeter /var/lib/keymeter");
  facts_.file.is_directory_there = false;
  facts_.file.is_there = false;
  Expect("directory", Severity::kFault, "/var/lib/keymeter does not exist", "mkdir -p /var/lib/keymeter");
  EXPECT_EQ(Worst("space").severity, Severity::kSkipped);
}

TEST_F(FileCheck, ANetworkFileSystemIsAFault) {
  facts_.file.file_system = "nfs";
  Expect("file system", Severity::kFault, "nfs is a network file system", "local disk");
}

TEST_F(FileCheck, AFileThatGoesWithItsContainerOrTheNextBootIsANote) {
  facts_.file.file_system = "overlay";
  Expect("file system", Severity::kNote, "container", "volume");
  facts_.file.file_system = "tmpfs";
  Expect("file system", Severity::kNote, "in memory", "disk");
}

TEST_F(FileCheck, LittleSpaceIsAWarningHardlyAnyAFault) {
  facts_.file.free_bytes = 900'000'000;
  Expect("space", Severity::kWarning, "900 MB free", "make room");
  facts_.file.free_bytes = 5'000'000'000;
  Expect("space", Severity::kWarning, "5 GB free (5 %)", "make room");
  facts_.file.free_bytes = 10'000'000;
  Expect("space", Severity::kFault, "10 MB free", "make room");
}

TEST_F(FileCheck, SpaceThatTheFileFillsWithinAMonthIsAWarning) {
  facts_.file.oldest_day = kNowMs / 1000 - std::int64_t{10} * 86'400;
  facts_.file.bytes = 20'000'000'000;
  Expect("space", Severity::kWarning, "the file grows by 2 GB a day", "before it is full");
}

TEST_F(FileCheck, AFileThatIsNotOursIsAFault) {
  facts_.file.unusable = Error{.code = ErrorCode::kRefused,
                               .message = "x.db is a SQLite file of another application",
                               .reason = ErrorReason::kForeignFile,
                               .remedy = "name another --db"};
  Expect("file", Severity::kFault, "another application", "name another --db");
  EXPECT_EQ(Worst("writer").severity, Severity::kSkipped);
}

TEST_F(FileCheck, ADamagedFileIsAFault) {
  facts_.file.damage = "row 3 missing from index";
  Expect("file", Severity::kFault, "is damaged: row 3 missing", "keymeter rebuild --db ");
  facts_.file.damage = "";
  facts_.file.unusable = Error{.code = ErrorCode::kCorrupt, .message = "read x.db: file is not a database"};
  Expect("file", Severity::kFault, "not a database", "restore it from a backup");
}

TEST_F(FileCheck, PartsThatRootMadeAreAFault) {
  facts_.file.owner = "root";
  facts_.file.unwritable = {"keymeter.db-wal"};
  Expect("file", Severity::kFault, "not writable by user keymeter: keymeter.db-wal",
         "chown keymeter keymeter.db*; it belongs to root");
}

TEST_F(FileCheck, AFileThatEverybodyMayReadIsANote) {
  facts_.file.is_for_everybody = true;
  Expect("file", Severity::kNote, "everybody may read", "chmod 640");
}

TEST_F(FileCheck, AnOlderVersionIsANoteAndAMissingFileIsFine) {
  facts_.file.is_older = true;
  Expect("file", Severity::kNote, "older version");
  facts_.file.is_there = false;
  Expect("file", Severity::kOk, "is made at the first start");
}

TEST_F(FileCheck, ARunningWriterIsAWarningOneThatStoppedIsNone) {
  facts_.file.writer.has_processor = true;
  facts_.file.writer.last_flush_ms = kNowMs - 900;
  facts_.file.writer_pid = 4711;
  facts_.file.writer_since_ms = kNowMs - 60'000;
  facts_.file.is_writer_alive = true;
  Expect("writer", Severity::kWarning, "keymeter process 4711 writes it since 2026-11-20T11:59:00Z",
         "stop it before you start another one, or name another --db");
  facts_.file.writer.last_flush_ms = kNowMs - 3'600'000;
  Expect("writer", Severity::kOk, "last written 60 min ago");
  facts_.file.writer.last_flush_ms = kNowMs - 900;
  facts_.file.writer.stopped_ms = kNowMs - 900;
  Expect("writer", Severity::kOk, "nobody writes it");
}

TEST_F(FileCheck, TheLockKnowsBetterThanTheLastFlushWhoWrites) {
  facts_.file.writer.has_processor = true;
  facts_.file.writer.last_flush_ms = kNowMs - 900;
  facts_.file.is_locked = false;
  Expect("writer", Severity::kOk, "nobody writes it");
  facts_.file.writer.last_flush_ms = kNowMs - 3'600'000;
  facts_.file.writer_pid = 4711;
  facts_.file.is_locked = true;
  Expect("writer", Severity::kWarning, "keymeter process 4711", "stop it");
}

}  // namespace
}  // namespace keymeter::check

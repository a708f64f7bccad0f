#include "processor/redis/data_set.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace keymeter::processor {

namespace {

/// As Redis 7 answers, section by section.
DataSetMark Mark(std::string_view commandstats = "",
                 std::string_view keyspace = "db0:keys=100,expires=3,avg_ttl=0",
                 std::string_view replication_id = "aaaa", std::int64_t offset = 70,
                 std::string_view role = "slave") {
  DataSetMark mark;
  mark.Take("# Server\r\nredis_version:7.0.15\r\nrun_id:f00d\r\n", 0);
  mark.Take(fmt::format("# Replication\r\nrole:{}\r\nmaster_replid:{}\r\nmaster_repl_offset:{}\r\n", role,
                        replication_id, offset),
            0);
  mark.Take(fmt::format("# Commandstats\r\n{}\r\n", commandstats), 0);
  mark.Take(fmt::format("# Keyspace\r\n{}\r\n", keyspace), 0);
  return mark;
}

constexpr std::string_view kFlushedAll =
    "cmdstat_flushall:calls=1,usec=9,usec_per_call=9.00,rejected_calls=0,failed_calls=0";
constexpr std::string_view kFlushedDb =
    "cmdstat_flushdb:calls=1,usec=9,usec_per_call=9.00,rejected_calls=0,failed_calls=0";

}  // namespace

TEST(DataSet, ThatOnlyGrowsIsTheSame) {
  EXPECT_EQ(Compare(Mark(), Mark("cmdstat_hincrby:calls=9,usec=1", "db0:keys=101", "aaaa", 99)),
            DataSetChange::kNone);
  EXPECT_EQ(Mark().Text(), Mark("cmdstat_hincrby:calls=9,usec=1", "db0:keys=101", "aaaa", 99).Text());
}

TEST(DataSet, IsFlushedByFlushallWhateverIsThereAgain) {
  EXPECT_EQ(Compare(Mark(), Mark(kFlushedAll)), DataSetChange::kFlushed);
  EXPECT_NE(Mark().Text(), Mark(kFlushedAll).Text());
}

TEST(DataSet, IsNotFlushedByACommandThatFailed) {
  EXPECT_EQ(Compare(Mark(), Mark("cmdstat_flushall:calls=1,usec=9,rejected_calls=0,failed_calls=1")),
            DataSetChange::kNone);
}

TEST(DataSet, IsFlushedByFlushdbOnlyWhereItsKeysAreGone) {
  EXPECT_EQ(Compare(Mark(), Mark(kFlushedDb, "db0:keys=3")), DataSetChange::kFlushed);
  EXPECT_EQ(Compare(Mark(), Mark(kFlushedDb, "")), DataSetChange::kFlushed) << "no line: no keys";
  EXPECT_EQ(Compare(Mark(), Mark(kFlushedDb)), DataSetChange::kMaybeFlushed) << "or another database";
}

TEST(DataSet, IsReplacedWhereItsHistoryIsAnother) {
  EXPECT_EQ(Compare(Mark(), Mark("", "db0:keys=100", "bbbb")), DataSetChange::kReplaced);
  EXPECT_EQ(Compare(Mark(), Mark("", "db0:keys=100", "aaaa", 69)), DataSetChange::kReplaced) << "older";
}

TEST(DataSet, IsSwappedBySwapdb) {
  const DataSetMark swapped = Mark("cmdstat_swapdb:calls=1,usec=3,failed_calls=0");
  EXPECT_EQ(Compare(Mark(), swapped), DataSetChange::kSwapped);
  EXPECT_NE(Mark().Text(), swapped.Text());
}

TEST(DataSet, OfAMasterStaysWhenItsReplicasComeAndGo) {
  const auto master = [](std::string_view id) { return Mark("", "db0:keys=100", id, 70, "master"); };
  EXPECT_EQ(Compare(master("aaaa"), master("bbbb")), DataSetChange::kNone);
  EXPECT_EQ(master("aaaa").Text(), master("bbbb").Text());
  EXPECT_EQ(Compare(Mark(), master("bbbb")), DataSetChange::kNone) << "promoted";
  EXPECT_EQ(Compare(master("aaaa"), Mark("", "db0:keys=100", "aaaa")), DataSetChange::kReplaced)
      << "a replica now";
}

TEST(DataSet, IsNotKnownToBeFlushedWhereFailuresAreNotCounted) {
  EXPECT_EQ(Compare(Mark(), Mark("cmdstat_flushall:calls=1,usec=9,usec_per_call=9.00", "")),
            DataSetChange::kNone);
}

TEST(DataSet, IsNotKnownWhereInfoMayNotBeAsked) {
  EXPECT_EQ(DataSetMark{}.Text(), "");
}

TEST(DataSet, FieldsAreWholeNames) {
  EXPECT_EQ(InfoField("a:1\r\nab:2\r\n", "ab"), "2");
  EXPECT_EQ(InfoField("ab:2\r\n", "a"), "");
  EXPECT_EQ(InfoField("run_id:", "run_id"), "");
}

}  // namespace keymeter::processor

#include "query-api/snapshot/usage_blocks.h"

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keymeter::query_api {

namespace {

bool IsClosed(const Snapshot& snapshot, UsageTable table, std::int64_t bucket) {
  return NextBucket(LevelOf(table), bucket, snapshot.state.utc_offset_s) <= snapshot.state.rolled_until;
}

bool IsGone(const Snapshot& snapshot, UsageTable table, std::int64_t bucket) {
  return bucket < snapshot.state.horizons.Of(LevelOf(table));
}

/// Parameters: 1 and 2 the span.
std::string RowsSql(UsageTable table) {
  const std::string_view level = LevelName(LevelOf(table));
  return fmt::format(
      "SELECT bucket, series, {} FROM {} WHERE {} bucket >= ?1 AND bucket < ?2 ORDER BY bucket, series",
      kBlockColumnsSql, IsUntimed(table) ? "usage_untimed" : fmt::format("usage_{}", level),
      IsUntimed(table) ? fmt::format("level = '{}' AND", level) : "");
}

void AddTo(BlockRow& sum, const BlockRow& row) {
  for (std::size_t i = 0; i < kBlockColumns; ++i)
    if (__builtin_add_overflow(sum[i], row[i], &sum[i])) sum[i] = std::numeric_limits<std::int64_t>::max();
}

bool IsOfKey(const SeriesCatalog& catalog, std::uint32_t series) {
  return series < catalog.entries().size() && catalog.entries()[series].kind == SeriesCatalog::Kind::kApiKey;
}

BlockRow TotalOf(const UsageBlock& block, const SeriesCatalog& catalog) {
  BlockRow total{};
  for (std::size_t row = 0; row < block.rows(); ++row) {
    if (IsOfKey(catalog, block.Series(row))) AddTo(total, block.Row(row));
  }
  return total;
}

const std::shared_ptr<const UsageBlock>& EmptyBlock() {
  static const auto empty = std::make_shared<const UsageBlock>();
  return empty;
}

}  // namespace

/// Buckets of [from, to) that are to be read; at most `room` bytes of them are cached.
struct UsageBlocks::Run {
  UsageTable table;
  std::int64_t from;
  std::int64_t to;
  std::size_t* room;
};

Status UsageBlocks::AddChanges(Snapshot& snapshot) {
  const FileVersion version = snapshot.version();
  const auto since = cache_.NeedsChangesSince(version);
  if (!since) return {};
  ASSIGN_OR_RETURN(auto listed, snapshot.lease.Prepare("SELECT changes_from FROM source_state"));
  RETURN_IF_ERROR(listed->Step());
  const std::int64_t listed_from = listed->Int(0);
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare("SELECT level, bucket, data_version FROM bucket_change "
                                                      "WHERE data_version > ?1 ORDER BY data_version"));
  query->Bind(1, *since);
  std::vector<BucketChange> changes;
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) break;
    for (const Level level : {Level::kMinute, Level::kHour, Level::kDay, Level::kMonth})
      if (query->Text(0) == LevelName(level)) changes.push_back({level, query->Int(1), query->Int(2)});
  }
  cache_.AddChanges(version, *since, listed_from, changes);
  return {};
}

std::int64_t UsageBlocks::EndOfMissing(const Snapshot& snapshot, BucketKey key, std::int64_t to) const {
  const FileVersion version = snapshot.version();
  do {
    key.bucket = NextBucket(LevelOf(key.table), key.bucket, snapshot.state.utc_offset_s);
  } while (key.bucket < to && !cache_.Has(version, key, IsClosed(snapshot, key.table, key.bucket)));
  return std::min(key.bucket, to);
}

Status UsageBlocks::Each(Snapshot& snapshot, UsageTable table, std::int64_t from, std::int64_t to,
                         const Visitor& visit) {
  RETURN_IF_ERROR(AddChanges(snapshot));
  const FileVersion version = snapshot.version();
  std::size_t room = cache_.max_bytes() / 2;
  for (std::int64_t bucket = from; bucket < to;) {
    std::int64_t next = NextBucket(LevelOf(table), bucket, snapshot.state.utc_offset_s);
    const BucketKey key{table, bucket, false};
    if (IsGone(snapshot, table, bucket)) {
      visit(bucket, EmptyBlock());
    } else if (const auto found = cache_.Find(version, key, IsClosed(snapshot, table, bucket))) {
      visit(bucket, found->block);
    } else {
      next = EndOfMissing(snapshot, key, to);
      RETURN_IF_ERROR(ReadRows(snapshot, {table, bucket, next, &room}, visit));
    }
    bucket = next;
  }
  return {};
}

Status UsageBlocks::ReadRows(Snapshot& snapshot, const Run& run, const Visitor& visit) {
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(RowsSql(run.table)));
  query->Bind(1, run.from).Bind(2, run.to);
  const FileVersion version = snapshot.version();
  UsageBlockBuilder builder;
  std::int64_t bucket = run.from;
  const auto finish_before = [&](std::int64_t next_row) {
    while (bucket < next_row) {
      UsageBlock built = builder.Build();
      const Block block =
          built.rows() == 0 ? EmptyBlock() : std::make_shared<const UsageBlock>(std::move(built));
      if (block->bytes() <= *run.room) {
        *run.room -= block->bytes();
        cache_.Put(version, {run.table, bucket, false}, IsClosed(snapshot, run.table, bucket), {block, {}});
      }
      visit(bucket, block);
      bucket = NextBucket(LevelOf(run.table), bucket, snapshot.state.utc_offset_s);
    }
  };
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) break;
    finish_before(query->Int(0));
    builder.Add(static_cast<std::uint32_t>(query->Int(1)), ReadBlockRow(*query, 2));
  }
  finish_before(run.to);
  return {};
}

Status UsageBlocks::EachTotal(Snapshot& snapshot, const SeriesCatalog& catalog, UsageTable table,
                              std::int64_t from, std::int64_t to, const TotalVisitor& visit) {
  RETURN_IF_ERROR(AddChanges(snapshot));
  const FileVersion version = snapshot.version();
  std::size_t room = cache_.max_bytes() / 2;
  for (std::int64_t bucket = from; bucket < to;) {
    std::int64_t next = NextBucket(LevelOf(table), bucket, snapshot.state.utc_offset_s);
    const bool is_closed = IsClosed(snapshot, table, bucket);
    if (IsGone(snapshot, table, bucket)) {
      visit(bucket, {});
    } else if (const auto total = cache_.Find(version, {table, bucket, true}, is_closed)) {
      visit(bucket, total->total);
    } else if (const auto rows = cache_.Find(version, {table, bucket, false}, is_closed)) {
      const BlockRow sum = TotalOf(*rows->block, catalog);
      cache_.Put(version, {table, bucket, true}, is_closed, {nullptr, sum});
      visit(bucket, sum);
    } else {
      next = EndOfMissing(snapshot, {table, bucket, true}, to);
      RETURN_IF_ERROR(ReadTotals(snapshot, catalog, {table, bucket, next, &room}, visit));
    }
    bucket = next;
  }
  return {};
}

Status UsageBlocks::ReadTotals(Snapshot& snapshot, const SeriesCatalog& catalog, const Run& run,
                               const TotalVisitor& visit) {
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(RowsSql(run.table)));
  query->Bind(1, run.from).Bind(2, run.to);
  const FileVersion version = snapshot.version();
  BlockRow sum{};
  std::int64_t bucket = run.from;
  const auto finish_before = [&](std::int64_t next_row) {
    while (bucket < next_row) {
      const BucketKey key{run.table, bucket, true};
      cache_.Put(version, key, IsClosed(snapshot, run.table, bucket), {nullptr, sum});
      visit(bucket, sum);
      sum = {};
      bucket = NextBucket(LevelOf(run.table), bucket, snapshot.state.utc_offset_s);
    }
  };
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) break;
    finish_before(query->Int(0));
    if (IsOfKey(catalog, static_cast<std::uint32_t>(query->Int(1)))) AddTo(sum, ReadBlockRow(*query, 2));
  }
  finish_before(run.to);
  return {};
}

Result<UsageBlocks::Block> UsageBlocks::Get(Snapshot& snapshot, Level level, std::int64_t bucket) {
  Block block;
  RETURN_IF_ERROR(Each(snapshot, RowsOf(level), bucket, bucket + 1,
                       [&](std::int64_t /*bucket*/, const Block& found) { block = found; }));
  return block;
}

}  // namespace keymeter::query_api

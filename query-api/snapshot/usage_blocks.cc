#include "query-api/snapshot/usage_blocks.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "query-api/snapshot/snapshot.h"

namespace keymeter::query_api {

namespace {

FileMoment MomentOf(const Snapshot& snapshot) {
  return {snapshot.lease.file_id(), snapshot.state.utc_offset_s, snapshot.state.data_version,
          snapshot.state.rolled_until};
}

bool IsClosed(const Snapshot& snapshot, UsageTable table, std::int64_t bucket) {
  return NextBucket(LevelOf(table), bucket, snapshot.state.utc_offset_s) <= snapshot.state.rolled_until;
}

bool IsGone(const Snapshot& snapshot, UsageTable table, std::int64_t bucket) {
  return bucket < snapshot.state.horizons.Of(LevelOf(table));
}

std::string RowsSql(UsageTable table) {
  const std::string_view level = LevelName(LevelOf(table));
  return fmt::format(
      "SELECT bucket, series, requests, input_tokens, output_tokens, cache_create_tokens, cache_read_tokens, "
      "ephemeral_1h_tokens, cost_micros, real_cost_micros FROM {} WHERE {} bucket >= ?1 AND bucket < ?2 "
      "ORDER BY bucket, series",
      IsUntimed(table) ? "usage_untimed" : fmt::format("usage_{}", level),
      IsUntimed(table) ? fmt::format("level = '{}' AND", level) : "");
}

BlockRow RowOf(const Statement& row) {
  BlockRow values;
  for (std::size_t i = 0; i < kBlockColumns; ++i) values[i] = row.Int(2 + static_cast<int>(i));
  return values;
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
    if (!IsOfKey(catalog, block.Series(row))) continue;
    BlockRow values;
    for (std::size_t i = 0; i < kBlockColumns; ++i) values[i] = block.At(static_cast<BlockColumn>(i), row);
    AddTo(total, values);
  }
  return total;
}

const std::shared_ptr<const UsageBlock>& EmptyBlock() {
  static const auto empty = std::make_shared<const UsageBlock>();
  return empty;
}

}  // namespace

/// Buckets of [from, to) that are to be read; at most `room` bytes of them are kept.
struct UsageBlocks::Run {
  UsageTable table;
  std::int64_t from;
  std::int64_t to;
  std::size_t* room;
};

Status UsageBlocks::Learn(Snapshot& snapshot) {
  if (snapshot.knows_changes) return {};
  snapshot.knows_changes = true;
  const FileMoment moment = MomentOf(snapshot);
  const auto since = shelf_.LearnFrom(moment);
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
  shelf_.Learn(moment, *since, listed_from, changes);
  return {};
}

std::int64_t UsageBlocks::EndOfMissing(Snapshot& snapshot, ShelfPlace place, std::int64_t to) const {
  const FileMoment moment = MomentOf(snapshot);
  do {
    place.bucket = NextBucket(LevelOf(place.table), place.bucket, snapshot.state.utc_offset_s);
  } while (place.bucket < to && !shelf_.Has(moment, place, IsClosed(snapshot, place.table, place.bucket)));
  return std::min(place.bucket, to);
}

Status UsageBlocks::Each(Snapshot& snapshot, UsageTable table, std::int64_t from, std::int64_t to,
                         const Visitor& visit) {
  RETURN_IF_ERROR(Learn(snapshot));
  const FileMoment moment = MomentOf(snapshot);
  std::size_t room = shelf_.max_bytes() / 2;
  for (std::int64_t bucket = from; bucket < to;) {
    std::int64_t next = NextBucket(LevelOf(table), bucket, snapshot.state.utc_offset_s);
    const ShelfPlace place{table, bucket, false};
    if (IsGone(snapshot, table, bucket)) {
      visit(bucket, EmptyBlock());
    } else if (const auto found = shelf_.Find(moment, place, IsClosed(snapshot, table, bucket))) {
      visit(bucket, found->block);
    } else {
      next = EndOfMissing(snapshot, place, to);
      RETURN_IF_ERROR(ReadRows(snapshot, {table, bucket, next, &room}, visit));
    }
    bucket = next;
  }
  return {};
}

Status UsageBlocks::ReadRows(Snapshot& snapshot, const Run& run, const Visitor& visit) {
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(RowsSql(run.table)));
  query->Bind(1, run.from).Bind(2, run.to);
  const FileMoment moment = MomentOf(snapshot);
  UsageBlockBuilder builder;
  std::int64_t bucket = run.from;
  const auto finish_before = [&](std::int64_t next_row) {
    while (bucket < next_row) {
      UsageBlock built = builder.Build();
      const Block block =
          built.rows() == 0 ? EmptyBlock() : std::make_shared<const UsageBlock>(std::move(built));
      if (block->bytes() <= *run.room) {
        *run.room -= block->bytes();
        shelf_.Put(moment, {run.table, bucket, false}, IsClosed(snapshot, run.table, bucket), {block, {}});
      }
      visit(bucket, block);
      bucket = NextBucket(LevelOf(run.table), bucket, snapshot.state.utc_offset_s);
    }
  };
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) break;
    finish_before(query->Int(0));
    builder.Add(static_cast<std::uint32_t>(query->Int(1)), RowOf(*query));
  }
  finish_before(run.to);
  return {};
}

Status UsageBlocks::EachTotal(Snapshot& snapshot, UsageTable table, std::int64_t from, std::int64_t to,
                              const TotalVisitor& visit) {
  RETURN_IF_ERROR(Learn(snapshot));
  ASSIGN_OR_RETURN(const auto catalog, Catalog(snapshot));
  const FileMoment moment = MomentOf(snapshot);
  std::size_t room = shelf_.max_bytes() / 2;
  for (std::int64_t bucket = from; bucket < to;) {
    std::int64_t next = NextBucket(LevelOf(table), bucket, snapshot.state.utc_offset_s);
    const bool is_closed = IsClosed(snapshot, table, bucket);
    if (IsGone(snapshot, table, bucket)) {
      visit(bucket, {});
    } else if (const auto total = shelf_.Find(moment, {table, bucket, true}, is_closed)) {
      visit(bucket, total->total);
    } else if (const auto rows = shelf_.Find(moment, {table, bucket, false}, is_closed)) {
      const BlockRow sum = TotalOf(*rows->block, *catalog);
      shelf_.Put(moment, {table, bucket, true}, is_closed, {nullptr, sum});
      visit(bucket, sum);
    } else {
      next = EndOfMissing(snapshot, {table, bucket, true}, to);
      RETURN_IF_ERROR(ReadTotals(snapshot, {table, bucket, next, &room}, visit));
    }
    bucket = next;
  }
  return {};
}

Status UsageBlocks::ReadTotals(Snapshot& snapshot, const Run& run, const TotalVisitor& visit) {
  ASSIGN_OR_RETURN(const auto catalog, Catalog(snapshot));
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(RowsSql(run.table)));
  query->Bind(1, run.from).Bind(2, run.to);
  const FileMoment moment = MomentOf(snapshot);
  BlockRow sum{};
  std::int64_t bucket = run.from;
  const auto finish_before = [&](std::int64_t next_row) {
    while (bucket < next_row) {
      const ShelfPlace place{run.table, bucket, true};
      shelf_.Put(moment, place, IsClosed(snapshot, run.table, bucket), {nullptr, sum});
      visit(bucket, sum);
      sum = {};
      bucket = NextBucket(LevelOf(run.table), bucket, snapshot.state.utc_offset_s);
    }
  };
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) break;
    finish_before(query->Int(0));
    if (IsOfKey(*catalog, static_cast<std::uint32_t>(query->Int(1)))) AddTo(sum, RowOf(*query));
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

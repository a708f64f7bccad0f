#include "processor/storage/window_writer.h"

#include "processor/storage/adjustment_writer.h"
#include "processor/storage/audit_writer.h"
#include "processor/storage/bucket_change_writer.h"
#include "processor/storage/coverage_writer.h"
#include "processor/storage/entity_writer.h"
#include "processor/storage/gap_writer.h"
#include "processor/storage/growth_writer.h"
#include "processor/storage/history_writer.h"
#include "processor/storage/money_writer.h"
#include "processor/storage/new_series_writer.h"
#include "processor/storage/prepare.h"
#include "processor/storage/price_writer.h"
#include "processor/storage/reading_writer.h"
#include "processor/storage/recovery_writer.h"
#include "processor/storage/state_writer.h"
#include "schema/crash_point.h"
#include "schema/migrations.h"

namespace keymeter::processor {

namespace {

/// Pages that wait in the WAL before they are moved into the file. A page that many flushes renewed is moved
/// once: 1000 pages, SQLite's default, move two and a half times as much. More than 4000 would need a second
/// block of the WAL's index, in which readers look first for each page.
constexpr int kCheckpointPages = 4000;

}  // namespace

WindowWriter::WindowWriter(Database database) : database_(std::move(database)) {
  MakeParts();
}
WindowWriter::WindowWriter(WindowWriter&&) noexcept = default;
WindowWriter& WindowWriter::operator=(WindowWriter&&) noexcept = default;
WindowWriter::~WindowWriter() = default;

/// The list of what a batch consists of, one line each. The order is that of writing: a series stands before
/// the rows that name it; history and audit compare what stands before them; the state raises the data
/// version for all that stands before it, and the changed buckets are noted with that version.
void WindowWriter::MakeParts() {
  const auto add = [this](auto part) {
    auto* const added = part.get();
    parts_.push_back(std::move(part));
    return added;
  };
  add(std::make_unique<NewSeriesWriter>());
  prices_ = add(std::make_unique<PriceWriter>());
  auto* const growth = add(std::make_unique<GrowthWriter>());
  readings_ = add(std::make_unique<ReadingWriter>());
  auto* const adjustments = add(std::make_unique<AdjustmentWriter>());
  auto* const gaps = add(std::make_unique<GapWriter>());
  add(std::make_unique<MoneyWriter>());
  add(std::make_unique<CoverageWriter>());
  add(std::make_unique<EntityWriter>());
  recoveries_ = std::make_unique<RecoveryWriter>(*growth);
  history_ = add(std::make_unique<HistoryWriter>(*recoveries_, *adjustments, *gaps));
  audits_ = add(std::make_unique<AuditWriter>(*readings_, *recoveries_, *adjustments));
  const std::size_t before = parts_.size();  // parts of other rooms come in here: see Add
  add(std::make_unique<StateWriter>());
  add(std::make_unique<BucketChangeWriter>());
  last_parts_ = parts_.size() - before;
}

Result<WindowWriter> WindowWriter::Open(const std::string& path) {
  ASSIGN_OR_RETURN(auto database, Database::Open(path, Database::Mode::kReadWrite));
  RETURN_IF_ERROR(Migrate(database));
  if (auto set = database.Execute(fmt::format("PRAGMA wal_autocheckpoint = {}", kCheckpointPages)); !set)
    return Fail(set.error().In(path));
  WindowWriter writer(std::move(database));
  if (auto prepared = writer.Prepare(); !prepared) return Fail(prepared.error().In(path));
  return writer;
}

Status WindowWriter::Prepare() {
  for (const auto& part : parts_) RETURN_IF_ERROR(part->Prepare(database_));
  RETURN_IF_ERROR(recoveries_->Prepare(database_));
  RETURN_IF_ERROR(roll_up_.Prepare(database_));
  RETURN_IF_ERROR(retention_.Prepare(database_));
  RETURN_IF_ERROR(PrepareAll(database_, {{&put_rolled_until_, "UPDATE source_state SET rolled_until = ?"}}));
  return Reload();
}

Status WindowWriter::Reload() {
  ForgetWritten();
  RETURN_IF_ERROR(retention_.Reload(database_));
  ASSIGN_OR_RETURN(rolled_until_, database_.QueryInt("SELECT rolled_until FROM source_state"));
  ASSIGN_OR_RETURN(utc_offset_s_, database_.QueryInt("SELECT coalesce(utc_offset_s, 0) FROM source_state"));
  return {};
}

Status WindowWriter::Add(std::unique_ptr<BatchPart> part) {
  if (auto prepared = part->Prepare(database_); !prepared) return Fail(prepared.error().In(database_.path()));
  parts_.insert(parts_.end() - static_cast<std::ptrdiff_t>(last_parts_), std::move(part));
  return {};
}

Status WindowWriter::Write(const WriteBatch& batch) {
  Status written = WriteAtOnce(batch);
  if (!written) ForgetWritten();
  return written;
}

void WindowWriter::ForgetWritten() {
  for (const auto& part : parts_) part->ForgetWritten();
}

Status WindowWriter::WriteAtOnce(const WriteBatch& batch) {
  ASSIGN_OR_RETURN(auto transaction, Transaction::Begin(database_));
  CrashPoint("flush.begun");
  RETURN_IF_ERROR(WriteParts(batch));
  CrashPoint("flush.before_commit");
  Status committed = transaction.Commit();
  CrashPoint("flush.after_commit");
  return committed;
}

Status WindowWriter::WriteParts(const WriteBatch& batch) {
  if (batch.utc_offset_s) utc_offset_s_ = *batch.utc_offset_s;
  changes_.Clear();
  BatchContext context{batch.heartbeat.flush_ms, utc_offset_s_, rolled_until_, retention_.horizons(),
                       changes_};
  for (const auto& part : parts_) RETURN_IF_ERROR(part->Write(batch, context));
  return {};
}

Status WindowWriter::RollUp(std::int64_t until) {
  if (until <= rolled_until_) return {};
  ASSIGN_OR_RETURN(auto transaction, Transaction::Begin(database_));
  CrashPoint("roll_up.begun");
  RETURN_IF_ERROR(roll_up_.Add(rolled_until_, until, utc_offset_s_));
  RETURN_IF_ERROR(readings_->Settle());
  CrashPoint("roll_up.readings");
  RETURN_IF_ERROR(put_rolled_until_.Bind(1, until).Run());
  CrashPoint("roll_up.before_commit");
  RETURN_IF_ERROR(transaction.Commit());
  CrashPoint("roll_up.after_commit");
  rolled_until_ = until;
  return {};
}

Result<std::optional<PriceReport>> WindowWriter::TakePriceReport() {
  return prices_->TakeReport();
}

std::optional<AuditFindings> WindowWriter::TakeFindings() {
  return audits_->TakeFindings();
}

std::optional<HistoryFindings> WindowWriter::TakeHistoryFindings() {
  return history_->TakeFindings();
}

}  // namespace keymeter::processor

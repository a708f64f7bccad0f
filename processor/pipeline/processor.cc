#include "processor/pipeline/processor.h"

#include <csignal>
#include <utility>

#include "processor/pipeline/metrics_update.h"
#include "processor/storage/integrity.h"
#include "processor/storage/stored_entities.h"
#include "schema/civil_time.h"
#include "schema/log.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kStopPollMs = 10;
constexpr int kMostStopPolls = 200;  ///< two seconds for the last readings, whatever the clock says

/// The first few by name; the view `price_faults` has all.
void WarnOfFaults(const PriceList& prices) {
  constexpr std::size_t kMostNamed = 5;
  const auto& faults = prices.faults();
  for (std::size_t i = 0; i < std::min(kMostNamed, faults.size()); ++i)
    log::Warn("price not usable", {{"model", faults[i].name},
                                   {"reason", faults[i].reason},
                                   {"file", prices.source()},
                                   {"next", "the model keeps the price that it had, if any"}});
  if (faults.size() > kMostNamed)
    log::Warn("prices not usable",
              {{"further", faults.size() - kMostNamed}, {"next", "see the view price_faults"}});
}

}  // namespace

Result<std::unique_ptr<Processor>> Processor::Open(ProcessorOptions options, const Clock& clock,
                                                   std::shared_ptr<ProcessorMetrics> metrics) {
  const std::string path = options.db_path;
  ASSIGN_OR_RETURN(auto lock, WriterLock::Take(path, clock.WallMs()));
  if (auto sound = LookForDamage(path); !sound) return Fail(WithRemedy(sound.error(), path));
  auto processor = OpenFile(std::move(options), clock, std::move(lock), std::move(metrics));
  if (!processor) return Fail(WithRemedy(processor.error(), path));
  return processor;
}

Result<std::unique_ptr<Processor>> Processor::OpenFile(ProcessorOptions options, const Clock& clock,
                                                       WriterLock lock,
                                                       std::shared_ptr<ProcessorMetrics> metrics) {
  ASSIGN_OR_RETURN(auto writer, WindowWriter::Open(options.db_path));
  ASSIGN_OR_RETURN(const auto has_prices, writer.database().QueryInt("SELECT EXISTS (SELECT 1 FROM price)"));
  ASSIGN_OR_RETURN(auto offset, SettleStartOffset(options, writer));
  auto meter = std::make_unique<Meter>();
  SeriesRegistry registry;
  CounterTable counters;
  LostAmounts lost;
  const auto state = LoadState(writer.database(), registry, counters, lost);
  if (!state) return Fail(state.error().In(options.db_path));
  const auto entities = LoadEntities(writer.database());
  if (!entities) return Fail(entities.error().In(options.db_path));
  meter->Restore(std::move(registry), std::move(counters), state->covered_until_ms, std::move(lost));
  meter->time().Begin(clock.WallMs(), clock.MonotonicMs(), state->time);
  const std::int64_t now_ms = clock.WallMs();
  const std::int64_t next_hour =
      NextBucket(Level::kHour, std::max(BucketOf(Level::kHour, now_ms / 1000, 0), meter->farthest_hour()), 0);
  auto plan = MeteringPlan::Make(std::move(options.profiles), state->profile_uses, next_hour, now_ms);
  if (!plan) return Fail(plan.error().In(options.db_path));
  log::Info("opened", {{"db", options.db_path},
                       {"series", meter->registry().size()},
                       {"readings", meter->counters().size()},
                       {"profile", plan->IsDecided() ? plan->profile() : "auto"}});
  // Without dated keys the offset cannot be detected: use UTC.
  if (!offset.seconds && !plan->HasDatedCounters()) offset = {0, OffsetOrigin::kInferred};
  std::unique_ptr<Processor> processor(new Processor(std::move(options), clock, std::move(lock),
                                                     std::move(writer), std::move(meter), std::move(*plan),
                                                     *state, offset, std::move(metrics)));
  processor->source_.RestoreEntities(*entities);
  // A list that went bad while we were away must not stop the metering: the file has the earlier prices.
  if (has_prices != 0)
    processor->ReloadPrices();
  else
    RETURN_IF_ERROR(processor->LoadPrices());
  return processor;
}

Processor::Processor(ProcessorOptions options, const Clock& clock, WriterLock lock, WindowWriter writer,
                     std::unique_ptr<Meter> meter, MeteringPlan plan, const StoredState& state,
                     const StartOffset& offset, std::shared_ptr<ProcessorMetrics> metrics)
    : options_(std::move(options)),
      clock_(clock),
      lock_(std::move(lock)),
      metrics_(std::move(metrics)),
      meter_(std::move(meter)),
      plan_(std::move(plan)),
      source_(loop_, clock,
              {.redis = options_.redis,
               .poll_ms = options_.poll_ms,
               .data_set = state.data_set,
               .utc_offset_s = offset.seconds,
               .offset_origin = offset.origin,
               .readers = {.database = options_.redis.url.database,
                           .max_load = options_.import_max_load,
                           .history_due_from_ms = state.history_due_from_ms,
                           .audited_until = state.audited_until,
                           .audit_interval_ms = options_.audit_interval_ms}},
              plan_, *meter_, [this] { flush_.Flush(); }),
      flush_(loop_, clock, plan_,
             {.db_path = options_.db_path,
              .flush_interval_ms = options_.flush_interval_ms,
              .file = options_.file},
             *meter_, source_, std::move(writer), [this] { UpdateMetrics(); }),
      second_(loop_, [this] { OnSecond(); }),
      stop_(loop_, [this] { AwaitLastReadings(); }),
      stop_requested_(loop_, [this] { OnStopRequest(); }),
      interrupt_(loop_, SIGINT, [this] { OnStopRequest(); }),
      terminate_(loop_, SIGTERM, [this] { OnStopRequest(); }),
      hang_up_(loop_, SIGHUP, [this] { OnHangUp(); }) {}

Status Processor::Run() {
  source_.Start();
  flush_.Start();
  OnSecond();
  loop_.Run();
  return result_;
}

void Processor::Stop() {
  stop_requested_.Wake();
}

Status Processor::LoadPrices() {
  ASSIGN_OR_RETURN(auto prices, PriceList::Load(options_.prices_path));
  log::Info("prices read", {{"file", prices.source()},
                            {"models", prices.entries().size()},
                            {"skipped", prices.skipped()},
                            {"unusable", prices.faults().size()}});
  WarnOfFaults(prices);
  flush_.LoadPrices(std::make_shared<const PriceList>(std::move(prices)));
  return {};
}

void Processor::OnHangUp() {
  ReloadPrices();
  if (also_on_hang_up_) also_on_hang_up_();
}

void Processor::ReloadPrices() {
  if (auto loaded = LoadPrices(); !loaded)
    log::Warn("prices not read",
              {{"reason", loaded.error().Text()}, {"next", "the earlier prices stay in use"}});
}

void Processor::OnSecond() {
  second_.StartIn(1000);
  const std::int64_t now_ms = clock_.WallMs();
  FollowClock(now_ms);
  for (const Status& going_on : {source_.OnSecond(now_ms), flush_.GoingOn()})
    if (!going_on) EndWith(going_on);
  if (const auto shown = source_.OffsetToTake(); shown && !is_stopping_) {
    shown_offset_s_ = shown;
    EndWith({});
  }
  const std::int64_t beat_ms = clock_.MonotonicMs();
  metrics_->loop_beat_ms = beat_ms;
  metrics_->is_reopening = false;
  loop_longest_.Add(beat_ms, loop_.TakeLongestUs());
  metrics_->loop_longest_us = loop_longest_.longest();
  UpdateMetrics();
}

void Processor::EndWith(Status result) {
  if (is_stopping_) return;
  result_ = std::move(result);
  BeginStop();
}

void Processor::FollowClock(std::int64_t now_ms) {
  const std::int64_t step_ms = meter_->time().Follow(now_ms, clock_.MonotonicMs());
  if (step_ms == 0) return;
  log::Warn("the wall clock was set",
            {{"from", FormatRfc3339(now_ms - step_ms)}, {"to", FormatRfc3339(now_ms)}});
  if (step_ms < 0) meter_->StepBack(now_ms - step_ms, now_ms);
  source_.OnClockStep(step_ms);
}

void Processor::UpdateMetrics() {
  const std::int64_t now_ms = clock_.WallMs();
  const CounterTable& counters = meter_->counters();
  keymeter::processor::UpdateMetrics(source_.figures(),
                                     {.is_baseline_read = meter_->is_baseline_read(),
                                      .series = static_cast<std::int64_t>(meter_->registry().size()),
                                      .counters = static_cast<std::int64_t>(counters.size()),
                                      .dirty = static_cast<std::int64_t>(counters.dirty_count()),
                                      .requests_per_minute = meter_->request_rate().Trailing(now_ms, 1),
                                      .tokens_per_minute = meter_->token_rate().Trailing(now_ms, 1)},
                                     flush_.figures(), *metrics_);
}

void Processor::OnStopRequest() {
  shown_offset_s_.reset();  // nobody goes on from here
  BeginStop();
}

void Processor::BeginStop() {
  if (std::exchange(is_stopping_, true)) return;
  log::Info("stopping");
  source_.ReadNow();
  AwaitLastReadings();
}

void Processor::AwaitLastReadings() {
  source_.SettleOffset(clock_.WallMs());
  if (source_.IsSettled() || ++stop_polls_ > kMostStopPolls) return FinishStop();
  stop_.StartIn(kStopPollMs);
}

void Processor::FinishStop() {
  metrics_->is_reopening = shown_offset_s_.has_value();
  const Status finished = flush_.Finish();
  source_.Stop();
  if (!finished && result_) result_ = finished;
  log::Info("stopped", {{"db", options_.db_path}});
  loop_.Stop();
}

}  // namespace keymeter::processor

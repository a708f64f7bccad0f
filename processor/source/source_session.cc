#include "processor/source/source_session.h"

#include <utility>

#include "schema/civil_time.h"
#include "schema/log.h"

namespace keymeter::processor {

SourceSession::SourceSession(const EventLoop& loop, const Clock& clock, const Options& options,
                             MeteringPlan& plan, Meter& meter, std::function<void()> on_baseline_read)
    : loop_(loop),
      clock_(clock),
      source_name_(options.redis.url.Display()),
      poll_ms_(options.poll_ms),
      plan_(plan),
      meter_(meter),
      on_baseline_read_(std::move(on_baseline_read)),
      offset_(options.utc_offset_s, options.offset_origin),
      data_set_(options.data_set),
      link_failure_({ErrorCode::kUnavailable, "not connected yet"}),
      link_(loop, clock, options.redis,
            {.on_ready = [this](const SourceInfo& info) { OnReady(info); },
             .on_lost = [this](const Error& why) { OnLost(why); },
             .on_unreachable = [this](const Error& why) { OnUnreachable(why); },
             .on_event = [this](KeyEvent event, std::string_view key) { OnEvent(event, key); }}),
      readers_(loop, clock, plan, link_, meter, options.readers,
               {.on_backlog_read =
                    [this] {
                      if (session_) session_->OnBacklogRead();
                    },
                .on_data_set_changed =
                    [this](DataSetChange change) {
                      if (session_) session_->OnDataSetChanged(change);
                    }}) {}

void SourceSession::OnReady(const SourceInfo& info) {
  redis_version_ = info.redis_version;
  link_failure_.Clear();
  ++counts_.sessions;
  log::Info(poll_ms_ > 0 ? "polling" : "subscribed",
            {{"redis", source_name_}, {"version", info.redis_version}});
  session_.emplace(SessionContext{.clock = clock_,
                                  .poll_ms = poll_ms_,
                                  .plan = plan_,
                                  .offset = offset_,
                                  .data_set = data_set_,
                                  .meter = meter_,
                                  .link = link_,
                                  .readers = readers_,
                                  .counts = counts_},
                   info, on_baseline_read_);
  session_->Begin();
}

void SourceSession::OnLost(const Error& why) {
  link_failure_.Replace(why);
  const std::string suspicion = session_ ? session_->output_buffer().Suspicion(why, SteadyUs()) : "";
  EndSession();
  log::Warn("disconnected", {{"redis", source_name_}, {"reason", why.Text() + suspicion}});
  meter_.EndSession(clock_.WallMs());
}

void SourceSession::EndSession() {
  last_event_ms_ = last_event_ms();
  session_.reset();
  readers_.EndSession();
}

void SourceSession::OnUnreachable(const Error& why) {
  if (link_failure_.Replace(why))
    log::Fault("cannot meter", {{"redis", source_name_}, {"reason", why.Text()}, {"next", "trying again"}});
}

void SourceSession::Stop() {
  link_.Stop();
  EndSession();
}

Status SourceSession::OnSecond(std::int64_t now_ms) {
  loop_.AssertInLoopThread("SourceSession::OnSecond");
  RETURN_IF_ERROR(CheckOffset());
  readers_.left_out.Forget();
  if (link_.Watch() && session_) session_->OnSecond(now_ms);  // a look at the link may end the session
  return {};
}

void SourceSession::OnClockStep(std::int64_t step_ms) {
  offset_.OnClockStep(step_ms, clock_.WallMs());
  link_.Fail({ErrorCode::kUnavailable, "the wall clock was set: a new session begins"});
}

std::optional<std::int64_t> SourceSession::OffsetToTake() const {
  return offset_.IsEasilyTakenBack() ? offset_.contradiction() : std::nullopt;
}

Status SourceSession::CheckOffset() const {
  const auto shown = offset_.contradiction();
  if (!shown || OffsetToTake()) return {};
  const std::string now = FormatUtcOffset(*shown);
  const std::string before = FormatUtcOffset(*offset_.known());
  const Error error =
      offset_.origin() == OffsetOrigin::kSaid
          ? MakeError(
                ErrorCode::kInvalid,
                "--utc-offset {} is wrong: the relay's live keys show {}; run with --utc-offset {} (what "
                "was metered meanwhile is put right), unless this machine's clock is wrong by hours",
                before, now, now)
          : MakeError(
                ErrorCode::kInvalid,
                "the relay's live keys show a UTC offset of {}, and showed {} before: is this machine's "
                "clock wrong by hours? else the relay's TIMEZONE_OFFSET was changed: set it back, or "
                "run with --utc-offset {} and another --db",
                now, before, now);
  return Fail(Error(error).Because(ErrorReason::kWrongOffset));
}

void SourceSession::SettleOffset(std::int64_t now_ms) {
  if (session_) session_->SettleOffset(now_ms);
}

std::int64_t SourceSession::last_event_ms() const {
  return session_ && session_->last_event_ms() > 0 ? session_->last_event_ms() : last_event_ms_;
}

std::string SourceSession::problem() const {
  if (!session_) return link_failure_.Text();
  return session_->problem().empty() ? readers_.left_out.Text() : session_->problem();
}

bool SourceSession::IsHistoryRead() const {
  const HistoryImport& history = readers_.history;
  const bool can_be_read = plan_.IsDecided() && offset_.known();
  return session_ && session_->IsBaselineRead() && (!history.IsDue() || history.IsWaiting() || !can_be_read);
}

SourceFigures SourceSession::figures() const {
  return {.is_connected = IsConnected(),
          .counts = counts_,
          .readings = readers_.counters.readings(),
          .skipped_values = readers_.skipped.count(),
          .left_out = readers_.left_out.count(),
          .backlog = static_cast<std::int64_t>(readers_.counters.backlog_size()),
          .paced_us = readers_.pacer.busy_us(),
          .audits = readers_.audit.audits(),
          .output_buffer = session_ ? session_->output_buffer().figures() : OutputBufferFigures()};
}

void SourceSession::Drain(WriteBatch& batch) {
  loop_.AssertInLoopThread("SourceSession::Drain");
  readers_.entities.Drain(batch);
  readers_.notes.Drain(batch);
  batch.utc_offset_s = offset_.known();
  batch.offset_origin = offset_.origin();
  batch.data_set = data_set_;
  readers_.history.Drain(batch);
  readers_.audit.Drain(batch);
}

void SourceSession::Undrain(WriteBatch& batch) {
  loop_.AssertInLoopThread("SourceSession::Undrain");
  readers_.entities.Undrain(batch);
  readers_.notes.Undrain(batch);
  if (meter_.counters().dirty_count() > 0) readers_.counters.OnDirty();
  readers_.history.Undrain(batch);
  readers_.audit.Undrain(batch);
}

}  // namespace keymeter::processor

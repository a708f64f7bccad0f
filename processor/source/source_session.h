#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/metering/event_matcher.h"
#include "processor/metering/meter.h"
#include "processor/metering/metering_plan.h"
#include "processor/metering/offset_detector.h"
#include "processor/redis/data_set_watch.h"
#include "processor/redis/load_pacer.h"
#include "processor/redis/redis_link.h"
#include "processor/redis/scan_queue.h"
#include "processor/runtime/event_loop.h"
#include "processor/runtime/metrics_snapshot.h"
#include "processor/source/audit.h"
#include "processor/source/counter_reader.h"
#include "processor/source/entity_reader.h"
#include "processor/source/history_import.h"
#include "processor/source/history_reader.h"
#include "processor/source/hour_scan.h"
#include "processor/source/import_progress.h"
#include "processor/source/offset_probe.h"
#include "processor/source/output_buffer_probe.h"
#include "processor/source/profile_probe.h"
#include "schema/clock.h"
#include "schema/error.h"
#include "schema/profile.h"

namespace keymeter::processor {

/// The source's side of the processor: turns what Redis announces and holds into readings for the meter.
///
/// Each session goes subscribe → profile → offset → baseline → live. Subscribing comes first, so nothing
/// falls between; the profile tells which counters are metered; the offset which hour a key means; the
/// baseline reads what was there before or grew while we were away; live, events lead the readings and a
/// sweep each minute looks for what no event announced. Where no events can come, more frequent sweeps are
/// all there is. Threads: loop thread. Lifetime: borrows all that it is given. Bounds: events that come
/// before the offset is known are held, at most kMostHeldEvents.
class SourceSession {
 public:
  struct Options {
    RedisTarget redis;
    std::int64_t poll_ms = 0;              ///< above 0: sweeps this often, instead of events
    double max_load = 0.1;                 ///< what may wait takes this share of Redis' time
    std::string data_set;                  ///< that the readings in the meter are of; "": not known
    std::int64_t history_due_from_ms = 0;  ///< see StoredState; so the next
    std::int64_t audited_until = 0;
    std::int64_t audit_interval_ms = 0;  ///< 0: no audits
  };

  SourceSession(const EventLoop& loop, const Clock& clock, const Options& options, MeteringPlan& plan,
                OffsetDetector offset, Meter& meter, MetricsSnapshot& metrics,
                std::function<void()> on_baseline_read);

  void Start() { link_.Start(); }
  void Stop() {
    link_.Stop();
    progress_.Stop();
  }
  /// Ends the session, if there is one; the next begins at once and reads anew what there is.
  void Restart(const Error& why) { link_.Fail(why); }
  /// Once a second. An error is one that no retry can mend.
  [[nodiscard]] Status OnSecond(std::int64_t now_ms);

  void ReadNow() { reader_.ReadNow(); }
  /// Nothing that was announced waits to be read, or cannot be read now.
  [[nodiscard]] bool IsSettled() const { return !link_.IsReady() || (held_.empty() && reader_.IsIdle()); }
  /// Concludes the offset, when what was seen allows it by now.
  void SettleOffset(std::int64_t now_ms);

  [[nodiscard]] bool IsConnected() const { return link_.IsReady(); }
  [[nodiscard]] std::optional<std::int64_t> utc_offset_s() const { return offset_.known(); }
  [[nodiscard]] const std::string& redis_version() const { return source_.redis_version; }
  /// Why nothing is metered, or not all of it; empty when all is well.
  [[nodiscard]] const std::string& problem() const {
    return link_.IsReady() ? source_.problem : link_problem_;
  }
  [[nodiscard]] std::int64_t last_event_ms() const { return last_event_ms_; }
  /// That all readings are of; "" when that is not known.
  [[nodiscard]] const std::string& data_set() const { return data_set_; }

  /// Into a batch and, when SQLite refused it, back.
  void Drain(WriteBatch& batch);
  void Undrain(WriteBatch& batch);
  void OnFindings(const AuditFindings& findings) { audit_.OnFindings(findings, meter_.registry()); }
  /// Baseline, days and months: all that the relay kept is inside the rows, or in the next batch. Before the
  /// offset is known it keeps nothing that could be read.
  [[nodiscard]] bool IsHistoryRead() const {
    return baseline_ == Baseline::kRead && (!history_.IsDue() || !offset_.known());
  }

  CounterReader& reader() { return reader_; }
  EntityReader& entities() { return entities_; }

 private:
  enum class Baseline : std::uint8_t { kNotBegun, kListing, kReading, kRead };

  /// An event of a counter whose hour cannot be told before the offset is known.
  struct HeldEvent {
    std::size_t spec;  ///< its place in the plan's counters
    std::string id;
    std::string model;
    std::optional<std::int64_t> naive_hour;  ///< nothing: its key names none
    std::int64_t at_ms;
    KeyEvent event;
  };

  /// A sweep under way: what it will have shown when all of it is read.
  struct Sweep {
    std::int64_t begin_ms = 0;
    bool is_listed = false;
    bool is_whole = true;
  };

  void OnReady(const SourceInfo& info);
  void OnLost(const Error& why);
  void OnUnreachable(const Error& why);
  void OnDataSetKnown();
  void OnDataSetChanged(DataSetChange change);
  void FindProfile();
  void ReadAllAnew();
  void Hold(KeyEvent event, const EventMatcher::Match& match, std::optional<std::int64_t> naive_hour,
            std::int64_t now_ms);
  void FindOffset();
  void ProbeAgainWhenDue();
  void OnProfileKnown();
  void AwaitFirstUsage();
  void OnOffsetProbed(bool found_any);
  void OnOffsetKnown();
  [[nodiscard]] std::int64_t OldestHour(std::int64_t now_ms) const;
  void StartBaseline();
  void OnBacklogRead();
  void CompleteBaseline(bool is_whole);

  void OnEvent(KeyEvent event, std::string_view key);
  void OnCounterEvent(KeyEvent event, const EventMatcher::Match& match);
  void MeterEvent(KeyEvent event, std::size_t spec, const KeyParts& parts, std::int64_t hour,
                  std::int64_t now_ms);
  void OnUnmeteredGrowth(std::size_t spec, std::int64_t now_ms);
  void ReplayHeldEvents();

  void MeasureRoundTrip();
  [[nodiscard]] Status CheckOffset() const;
  void LookAtDataSet();
  void ProveCoverage(std::int64_t now_ms);
  void SweepWhenDue(std::int64_t now_ms);
  void AuditWhenDue(std::int64_t now_ms);
  void LookForSilence();
  [[nodiscard]] bool IsSweepDue(std::int64_t now_ms) const;
  void WalkEntitiesWhenDue();

  const Clock& clock_;
  MeteringPlan& plan_;
  const std::int64_t poll_ms_;
  const std::string source_name_;
  Meter& meter_;
  MetricsSnapshot& metrics_;
  std::function<void()> on_baseline_read_;

  EventMatcher matcher_;
  OffsetDetector offset_;
  RedisLink link_;
  DataSetWatch watch_;
  LoadPacer pacer_;
  ScanQueue scans_;
  CounterReader reader_;
  EntityReader entities_;
  HourScan walk_;
  HistoryReader history_reader_;
  HistoryImport history_;
  Audit audit_;
  ProfileProbe profile_probe_;
  OffsetProbe offset_probe_;
  OutputBufferProbe output_buffer_;
  ImportProgress progress_;

  std::string data_set_;
  bool is_rereading_ = false;  ///< everything: the data set was emptied
  SourceInfo source_;
  std::string link_problem_ = "not connected yet";
  Baseline baseline_ = Baseline::kNotBegun;
  bool is_listing_whole_ = true;
  bool is_offset_applied_ = false;  ///< in this session
  std::vector<HeldEvent> held_;
  bool has_seen_growth_ = false;  ///< announced in this session
  std::int64_t last_event_ms_ = 0;
  std::optional<Sweep> sweep_;
  std::int64_t last_sweep_ms_ = 0;
  std::int64_t swept_until_ms_ = 0;  ///< growth before this was read, events or not
  std::int64_t last_scan_ms_ = 0;    ///< the last sweep that was thorough
  std::int64_t seconds_ = 0;         ///< since the start; so the two below
  std::int64_t entities_walked_at_ = 0;
  std::int64_t silent_walked_at_ = 0;  ///< what no event tells of
};

}  // namespace keymeter::processor

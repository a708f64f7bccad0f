#pragma once

#include <cstdint>
#include <functional>

#include "processor/metering/meter.h"
#include "processor/metering/metering_plan.h"
#include "processor/redis/data_set_watch.h"
#include "processor/redis/load_pacer.h"
#include "processor/redis/redis_link.h"
#include "processor/redis/scan_queue.h"
#include "processor/runtime/left_out.h"
#include "processor/source/audit.h"
#include "processor/source/counter_reader.h"
#include "processor/source/entity_reader.h"
#include "processor/source/history_import.h"
#include "processor/source/history_reader.h"
#include "processor/source/hour_scan.h"
#include "processor/source/key_search.h"
#include "processor/source/note_reader.h"
#include "processor/source/skipped_values.h"
#include "schema/clock.h"
#include "schema/event_loop.h"

namespace keymeter::processor {

/// Everything that asks the relay, wired to one link, one pacer and one queue of listings.
///
/// They outlive sessions: they remember what they have learned (entities, what is due), and one of them may
/// be calling when a session ends. Which of them reads what, and when, is the Session's to say.
/// Threads: loop thread. Lifetime: borrows all that it is given.
/// Tested by tests/integration/.
struct RelayReaders {
  /// How much of Redis' time reading may take, and how far history and audits came before.
  struct Options {
    int database;
    double max_load;                   ///< share of Redis' time for reading that may wait
    std::int64_t history_due_from_ms;  ///< see StoredState; so the next
    std::int64_t audited_until;
    std::int64_t audit_interval_ms;  ///< 0: no audits
  };

  RelayReaders(const EventLoop& loop, const Clock& clock, const MeteringPlan& plan, RedisLink& link,
               Meter& meter, const Options& options, CounterReader::Handler handler);
  RelayReaders(const RelayReaders&) = delete;
  RelayReaders& operator=(const RelayReaders&) = delete;

  /// Drops all that is under way; the next session asks anew.
  void EndSession();

  LeftOut left_out;  ///< before those that note in it; so the next
  SkippedValues skipped;
  DataSetWatch data_set;
  LoadPacer pacer;
  ScanQueue scans;
  CounterReader counters;
  KeySearch search;
  EntityReader entities;
  NoteReader notes;
  HourScan hours;
  HistoryReader history_reader;
  HistoryImport history;
  Audit audit;
};

}  // namespace keymeter::processor

#include "processor/source/relay_readers.h"

#include <string_view>
#include <utility>

namespace keymeter::processor {

RelayReaders::RelayReaders(const EventLoop& loop, const Clock& clock, const MeteringPlan& plan,
                           RedisLink& link, Meter& meter, const Options& options,
                           CounterReader::Handler handler)
    : left_out(clock),
      skipped(meter),
      data_set(link, options.database),
      pacer(options.max_load),
      scans(loop, link, pacer, left_out, {}),
      counters(loop, clock, plan, link, data_set, pacer, meter, left_out, skipped, std::move(handler)),
      search(
          plan, scans,
          {.on_counter = [this](std::size_t spec, const KeyParts& parts) { hours.OnCounterKey(spec, parts); },
           .on_entity = [this](std::size_t spec, std::string_view id) { entities.OnEntityKey(spec, id); },
           .on_group = [this](std::string_view id) { entities.OnGroupKey(id); }}),
      entities(plan.entities(), link, scans, search, left_out),
      notes(plan.entities(), link, entities.known()),
      hours(plan, scans, search, meter, counters,
            [this](EntityKind kind, std::string_view id) { entities.MarkUnknown(kind, id); }),
      history_reader(loop, plan, scans, link, pacer, meter, skipped,
                     [this](EntityKind kind, std::string_view id) { entities.MarkUnknown(kind, id); }),
      history(clock, plan, history_reader, meter, options.history_due_from_ms),
      audit(clock, plan, hours, counters, history_reader, link, meter, options.audit_interval_ms,
            options.audited_until) {
  scans.SetBrake([this] { return hours.IsFull() || history_reader.IsFull() || entities.IsFull(); });
  scans.SetKeyCount([this] { return data_set.mark().keys; });
}

void RelayReaders::EndSession() {
  data_set.Reset();
  scans.Clear();
  search.Reset();
  hours.Reset();
  counters.Reset();
  history_reader.Reset();
  history.Reset();
  audit.Reset();
  entities.Reset();
  notes.Reset();
}

}  // namespace keymeter::processor

#include "processor/redis/data_set_watch.h"

#include <utility>

#include "processor/redis/reply_shapes.h"
#include "schema/log.h"

namespace keymeter::processor {

void DataSetWatch::Begin(std::function<void()> on_known) {
  mark_ = next_ = {};
  is_blind_ = false;
  Ask({"server", "replication", "commandstats", "keyspace"},
      [this, call = std::move(on_known)](bool is_told) {
        if (!is_told && !std::exchange(is_blind_, true))
          log::Info("INFO is forbidden to our user",
                    {{"next", "a FLUSHALL or a restored Redis is noticed late"}});
        mark_ = is_told ? next_ : DataSetMark{};
        call();
      });
}

void DataSetWatch::Look(std::function<void(DataSetChange)> on_seen) {
  if (is_blind_)  // answered after what was asked before, as a look would be
    return link_.commands().Fence([call = std::move(on_seen)] { call(DataSetChange::kNone); });
  Ask({"replication", "commandstats", "keyspace"}, [this, call = std::move(on_seen)](bool is_told) {
    const DataSetChange change = is_told ? Compare(mark_, next_) : DataSetChange::kNone;
    if (is_told) mark_ = next_;
    call(change);
  });
}

/// One INFO for each section: before Redis 7 it takes only one.
void DataSetWatch::Ask(std::initializer_list<std::string_view> sections,
                       std::function<void(bool)> on_answered) {
  std::string commands;
  for (const std::string_view section : sections) AppendCommand(commands, {"INFO", section});
  link_.commands().Pipeline(
      commands, sections.size(),
      [this, generation = generation_, last = sections.size() - 1, is_told = true,
       call = std::move(on_answered)](std::size_t i, const Reply& reply) mutable {
        if (generation != generation_) return;
        is_told = is_told && !IsError(reply);
        next_.Take(TextOf(reply), database_);
        if (i == last) call(is_told);
      },
      [](std::size_t, const Reply& reply) { return CheckInfo(reply); });
}

}  // namespace keymeter::processor

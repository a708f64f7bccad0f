#include "processor/source/read_commands.h"

#include "processor/redis/resp_commands.h"
#include "schema/civil_time.h"

namespace keymeter::processor {

ReadCommands::ReadCommands(const std::vector<CounterSpec>& specs)
    : specs_(specs), heads_(specs.size()), fields_(specs.size()) {
  for (std::size_t i = 0; i < specs.size(); ++i) {
    AppendCommandHeader(heads_[i], 2 + specs[i].fields.size());
    AppendArgument(heads_[i], "HMGET");
    for (const auto& [metric, field] : specs[i].fields) AppendArgument(fields_[i], field);
  }
}

void ReadCommands::SetOffset(std::int64_t utc_offset_s) {
  utc_offset_s_ = utc_offset_s;
  hour_ = -1;
}

void ReadCommands::Append(std::string& commands, const CounterSpec& spec, const Series& series,
                          std::int64_t hour) {
  if (hour != hour_) {
    hour_ = hour;
    date_text_ = FormatDate(hour, utc_offset_s_);
    hour_text_ = FormatHour(hour, utc_offset_s_);
  }
  const auto number = static_cast<std::size_t>(&spec - specs_.data());
  key_.clear();
  spec.key.AppendKey(key_, {series.entity, series.model, date_text_, hour_text_});
  commands += heads_[number];
  AppendArgument(commands, key_);
  commands += fields_[number];
}

}  // namespace keymeter::processor

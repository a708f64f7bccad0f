#include "schema/horizons.h"

namespace keymeter {

std::int64_t Horizons::Of(Level level) const {
  switch (level) {
    case Level::kMinute:
      return minutes;
    case Level::kHour:
      return hours;
    case Level::kDay:
      return days;
    case Level::kMonth:
    case Level::kTotal:
      break;
  }
  return 0;
}

Level Horizons::KeptLevel(Level level, std::int64_t moment) const {
  // A horizon of 0 has nothing before it, though months may begin before 1970.
  while (Of(level) > 0 && moment < Of(level)) level = static_cast<Level>(static_cast<int>(level) + 1);
  return level;
}

}  // namespace keymeter

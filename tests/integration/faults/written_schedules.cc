#include "tests/integration/faults/written_schedules.h"

namespace keymeter::testing {

const std::vector<WrittenSchedule>& WrittenSchedules() {
  using Then = WrittenStep::Then;
  static const std::vector<WrittenSchedule> schedules = {
      // Garbage, a well-formed reply among it, moved every later reply a place off: readings of one counter
      // were judged as another's.
      {"GarbageAfterAFullDisk",
       897354004,
       {{61, "there is no room for the file", 13064056695707890066U, 189, Then::kEnded},
        {17, "garbage arrives", 7681369316808874512U, 6, Then::kOnTop},
        {10, "Redis is killed and comes back empty", 13699396757233057443U, 5, Then::kOnTop}},
       18054082322169902797U},
      {"GarbageAroundAnOutputBuffer",
       128233687,
       {{103, "garbage arrives", 13064056694938769749U, 325, Then::kEnded},
        {49, "Redis cuts us off for our output buffer", 12036054880976599549U, 132, Then::kOnTop},
        {40, "garbage arrives", 2298681937140738641U, 24, Then::kRecover},
        {57, "usage resets while events are late", 1270680123178568441U, 150, Then::kRecover}},
       12914073251589931480U},
      // An audit took of a day that is over what its hours had not shown yet. Resets deleted both, and the
      // little that came behind them stood for a part of it only.
      {"ResetsBehindAnAuditOfADayThatIsOver",
       344455311,
       {{60, "the relay's clock jumps", 3, 400, Then::kOnTop},
        {1, "usage resets while events are late", 986, 3, Then::kEnded}},
       1},
      // Redis lost all that had come under a clock that is right, so nothing was left that shows the offset.
      {"OlderDataBeforeAWrongOffsetShows",
       241764503,
       {{5, "the program's clock jumps", 1, 300, Then::kOnTop},
        {1, "the master becomes a replica of older data", 1, 20, Then::kEnded}},
       1,
       StartState::kWrongOffset},
  };
  return schedules;
}

}  // namespace keymeter::testing

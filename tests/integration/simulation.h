#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "schema/clock.h"
#include "tests/integration/metering.h"
#include "tests/integration/simulated_relay.h"
#include "tests/support/database_rows.h"
#include "tests/support/redis_server.h"
#include "tests/support/temp_dir.h"

namespace keymeter::testing {

/// A time in which the relay works and no processor meters it.
struct Absence {
  enum class Kind : std::uint8_t {
    kStopped,         ///< the processor is stopped in order, and started again
    kKilled,          ///< the processor is killed: what it read after its last flush is lost
    kCut,             ///< the processor goes on, its connections are cut
    kRedisRestarted,  ///< likewise, and Redis is restarted with its data
  };
  std::string_view begin;  ///< RFC 3339
  std::int64_t length_ms;
  Kind kind;
};

/// Days of a relay's traffic, metered by the whole processor from a real Redis, under a clock that only the
/// simulation moves. Traffic comes close to the edges of minutes and hours on purpose, also around each
/// absence and during it. Threads: one.
class Simulation {
 public:
  struct Plan {
    std::string_view begin;  ///< RFC 3339, on an hour's edge
    int hours;
    std::vector<Absence> absences;  ///< in order
    std::uint32_t seed;
  };
  /// As it happened.
  struct Span {
    std::int64_t begin_ms;
    std::int64_t end_ms;
  };

  explicit Simulation(Plan plan);

  /// All of it, to the stop of the processor. Throws when something is not read at all.
  void Run();

  SimulatedRelay& relay() { return relay_; }
  [[nodiscard]] const DatabaseRows& rows() const { return *rows_; }
  [[nodiscard]] const std::vector<Span>& absences() const { return absences_; }
  [[nodiscard]] Span metered() const { return metered_; }  ///< from the first start to the last stop

 private:
  enum class Act : std::uint8_t {
    kServe,      ///< requests, then wait until the processor has read them
    kServeOnly,  ///< requests, which the processor reads with the next ones, within a tick
    kServeLate,  ///< requests, which Redis lets the processor read more than a tick after the minute's end
    kLeave,
    kReturn,
  };
  struct Moment {
    std::int64_t at_ms;
    Act act;
    const Absence* absence = nullptr;
  };

  [[nodiscard]] std::vector<Moment> Moments();
  void AddEdge(std::int64_t edge_ms, std::vector<Moment>& moments);
  void AddAbsence(const Absence& absence, std::vector<Moment>& moments);
  [[nodiscard]] std::int64_t Below(std::int64_t bound);

  void Do(const Moment& moment);
  void PassUntil(std::int64_t at_ms);
  void Serve(Act act);
  void ServeLate();
  void Leave(Absence::Kind kind);
  void Return(Absence::Kind kind);

  void Start();
  void Cut();
  void ReplaceFile();
  void AwaitEvents(int events);
  void AwaitRead();
  void AwaitFlush();
  void AwaitBaseline();
  void Await(const std::string& what, const std::function<bool()>& condition) const;
  [[nodiscard]] std::string UnreadHours() const;

  const Plan plan_;
  TempDir directory_;
  const std::string db_ = directory_.File("keymeter.db");
  RedisServer redis_;
  ManualClock clock_;
  std::mt19937 random_;
  SimulatedRelay relay_;
  std::unique_ptr<Metering> metering_;
  std::unique_ptr<DatabaseRows> rows_;

  bool is_watched_ = false;
  std::int64_t events_ = 0;              ///< how many the processor must have received by now
  std::set<std::int64_t> unread_hours_;  ///< hours whose rows may not equal the relay's sums yet
  std::vector<Span> absences_;
  Span metered_{};
};

}  // namespace keymeter::testing

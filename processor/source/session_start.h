#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "processor/source/import_progress.h"
#include "processor/source/offset_probe.h"
#include "processor/source/profile_probe.h"
#include "processor/source/session_context.h"

namespace keymeter::processor {

/// The steps by which a session begins: data set → profile → UTC offset → baseline.
///
/// The profile tells which counters are metered, the offset which hour a key means; either may be known from
/// the file, be found by a probe, or be shown by live traffic (EventIntake), whichever comes first. The
/// baseline reads every counter that was there before the session, or grew while we were away. Not for what
/// comes after it: see SweepSchedule.
/// Threads: loop thread. Lifetime: one session; borrows all that it is given. What it asks Redis is dropped
/// when the link goes. Bounds: one probe of a kind under way at a time; the baseline is paced.
class SessionStart {
 public:
  struct Handler {
    std::function<void()> on_profile_known;  ///< before anything is read by it
    std::function<void()> on_offset_known;  ///< before the baseline; events that waited for it can be metered
    /// All was listed, and nothing of it waits to be read: as by OnBacklogRead.
    std::function<void()> on_all_read;
    std::function<void()> on_baseline_read;
  };

  SessionStart(const SessionContext& context, Handler handler);

  /// First of all: which data Redis holds.
  void Begin();
  /// Asks again for what is not known yet: where no events come, nothing else would show it.
  void FindProfile();
  void FindOffset();
  /// Only coarser counters were seen for a while: looks once more for finer ones of any age, as an import
  /// leaves them, before `on_settled` is called: the coarser profile was adopted.
  void SettleProfile(std::function<void()> on_settled);
  /// `on_found(spec)`: the relay keeps finer counters than those that are metered.
  void FindUpgrade(std::function<void(std::size_t spec)> on_found);
  /// The plan was decided, or the detector has concluded: by a probe, an event, or the time that has passed.
  void OnProfileKnown();
  void OnOffsetKnown();
  /// Events were lost, or may have been, while nothing was metered: the baseline is read after all, if it was
  /// passed over.
  void ReadAllAnew();

  void OnSecond();
  void OnBacklogRead();
  /// A later search was proved whole, and what it has found is read: so is the baseline, if it was not.
  void OnAllFound();

  [[nodiscard]] bool IsBaselineRead() const { return baseline_ == Baseline::kRead; }
  /// Why it cannot go on by itself; empty when it can.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  enum class Baseline : std::uint8_t { kNotBegun, kListing, kReading, kRead };

  void OnDataSetKnown();
  void OnOffsetProbed(OffsetProbe::Found found);
  void AwaitFirstUsage();
  void ApplyOffset();
  void StartBaseline();
  void CompleteBaseline();
  void OnWhole();

  const SessionContext context_;
  const Handler handler_;
  ProfileProbe profile_probe_;
  OffsetProbe offset_probe_;
  ImportProgress progress_;
  Baseline baseline_ = Baseline::kNotBegun;
  bool is_baseline_whole_ = true;        ///< every counter that existed when the session began was found
  bool is_offset_settled_ = false;       ///< what is known was looked at again where it had to be
  bool is_offset_contradicted_ = false;  ///< by what was looked at
  std::string problem_;
};

}  // namespace keymeter::processor

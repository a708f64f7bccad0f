#include "tests/processor/check/facts_fixture.h"

#include "schema/profile_loader.h"

namespace keymeter::check {

WellFacts::WellFacts() {
  options_.profile = "auto";
  options_.processor.profiles = LoadProfiles("auto").value();
  options_.processor.db_path = "keymeter.db";

  facts_.source.answer_ms = 0.2;
  facts_.source.is_info_known = true;
  facts_.source.version = "7.0.15";
  facts_.source.tried_commands = 6;
  facts_.source.notify_flags = "Eghxe";
  facts_.source.eviction_policy = "noeviction";
  facts_.source.may_set_flags = Answer::kYes;
  facts_.source.buffer_limit = BufferLimit{32 << 20, 8 << 20, 60};
  facts_.source.events = EventSample{2000, 2000, 200'000};
  facts_.source.clock_ahead_ms = 3;

  facts_.relay.sights = {{"claude-relay-service", 12}, {"claude-relay-service-totals", 3}};
  facts_.relay.scanned_keys = 1234;
  facts_.relay.is_scan_whole = true;
  facts_.relay.sampled_counters = 12;
  facts_.relay.shown_offset_s = 28800;
  facts_.relay.offset_writes = 12;

  facts_.file.path = "keymeter.db";
  facts_.file.directory = "/var/lib/keymeter";
  facts_.file.user = "keymeter";
  facts_.file.owner = "keymeter";
  facts_.file.is_directory_there = true;
  facts_.file.is_directory_writable = true;
  facts_.file.file_system = "ext4";
  facts_.file.free_bytes = 50'000'000'000;
  facts_.file.space_bytes = 100'000'000'000;
  facts_.file.is_there = true;
  facts_.file.bytes = 1 << 20;
  facts_.file.was_damage_looked_for = true;

  facts_.spool.directory = "/tmp";

  facts_.host.now_ms = kNowMs;
  facts_.host.listeners = {{.setting = "listen", .address = "127.0.0.1:8787"},
                           {.setting = "probe-listen", .address = "127.0.0.1:8788"}};
  facts_.host.most_open_files = 1024;
}

std::vector<Finding> WellFacts::Of(const std::string& check) const {
  std::vector<Finding> findings = Examine(facts_, options_);
  std::erase_if(findings, [&](const Finding& finding) { return finding.check != check; });
  return findings;
}

Observation WellFacts::Worst(const std::string& check) const {
  Observation worst = Skipped("no such line");
  for (const Finding& finding : Of(check))
    if (finding.observation.severity >= worst.severity || worst.seen == "no such line")
      worst = finding.observation;
  return worst;
}

void WellFacts::Expect(const std::string& check, Severity severity, const std::string& seen,
                       const std::string& remedy) const {
  const Observation worst = Worst(check);
  EXPECT_EQ(SeverityName(worst.severity), SeverityName(severity)) << worst.seen;
  EXPECT_NE(worst.seen.find(seen), std::string::npos) << worst.seen;
  EXPECT_NE(worst.remedy.find(remedy), std::string::npos) << worst.remedy;
  if (severity >= Severity::kWarning) {
    EXPECT_FALSE(worst.remedy.empty()) << worst.seen;
  }
  for (const Finding& other : Examine(facts_, options_)) {
    if (other.check == check) continue;
    EXPECT_LT(other.observation.severity, Severity::kWarning)
        << other.check << ": " << other.observation.seen;
  }
}

}  // namespace keymeter::check

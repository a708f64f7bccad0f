#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace keymeter::e2e {

/// What is attached to Redis in a run.
enum class SubjectKind : std::uint8_t {
  kOff,       ///< nothing; notifications are off
  kOn,        ///< nothing; notifications are on
  kFloor,     ///< a client that subscribes and counts
  kKeymeter,  ///< keymeter process
  kServe,     ///< keymeter run, asked ten times a second
  kBefore,    ///< another build of keymeter process
  kNaive,     ///< ioredis, a HGETALL for each event
};

inline constexpr SubjectKind kAllSubjects[] = {
    SubjectKind::kOff,   SubjectKind::kOn,     SubjectKind::kFloor, SubjectKind::kKeymeter,
    SubjectKind::kServe, SubjectKind::kBefore, SubjectKind::kNaive};

[[nodiscard]] std::string_view SubjectName(SubjectKind kind);
[[nodiscard]] std::optional<SubjectKind> ParseSubject(std::string_view name);

/// Whose rows are compared with what was written.
[[nodiscard]] bool IsKeymeter(SubjectKind kind);

}  // namespace keymeter::e2e

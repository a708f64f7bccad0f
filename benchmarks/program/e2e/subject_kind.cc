#include "benchmarks/program/e2e/subject_kind.h"

namespace keymeter::e2e {

std::string_view SubjectName(SubjectKind kind) {
  switch (kind) {
    case SubjectKind::kOff:
      return "off";
    case SubjectKind::kOn:
      return "on";
    case SubjectKind::kFloor:
      return "floor";
    case SubjectKind::kKeymeter:
      return "keymeter";
    case SubjectKind::kServe:
      return "keymeter+serve";
    case SubjectKind::kBefore:
      return "before";
    case SubjectKind::kNaive:
      return "naive";
  }
  return "";
}

std::optional<SubjectKind> ParseSubject(std::string_view name) {
  for (const SubjectKind kind : kAllSubjects)
    if (SubjectName(kind) == name) return kind;
  return std::nullopt;
}

bool IsKeymeter(SubjectKind kind) {
  return kind == SubjectKind::kKeymeter || kind == SubjectKind::kServe || kind == SubjectKind::kBefore;
}

}  // namespace keymeter::e2e

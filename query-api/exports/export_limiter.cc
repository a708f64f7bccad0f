#include "query-api/exports/export_limiter.h"

#include <algorithm>
#include <cstdlib>

#include <sys/statvfs.h>

#include "schema/mutex.h"

namespace keymeter::query_api {

std::string ExportDeskOptions::DefaultDirectory() {
  const char* directory = std::getenv("TMPDIR");
  return directory != nullptr && *directory != '\0' ? directory : "/tmp";
}

std::shared_ptr<ExportLimiter::Slot> ExportLimiter::Take() {
  const MutexLock lock(mutex_);
  if (making_ >= options_.most_made || open_ >= options_.most_open) {
    ++refused_;
    return nullptr;
  }
  auto place = std::make_shared<Slot>(*this);
  ++making_;
  ++open_;
  return place;
}

void ExportLimiter::Slot::FinishMaking() {
  const MutexLock lock(desk_.mutex_);
  if (std::exchange(is_made_, true)) return;
  --desk_.making_;
  ++desk_.made_;
}

ExportLimiter::Slot::~Slot() {
  const MutexLock lock(desk_.mutex_);
  if (!is_made_) --desk_.making_;
  --desk_.open_;
}

std::uint64_t ExportLimiter::RoomForOne() const {
  struct statvfs disk {};
  if (::statvfs(options_.directory.c_str(), &disk) != 0) return 0;
  const std::uint64_t free_bytes = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  return std::min(options_.most_bytes, free_bytes / 2);
}

void ExportLimiter::Write(PrometheusText& writer) const {
  const MutexLock lock(mutex_);
  writer.Counter("keymeter_api_exports_total", "Exports that were made.", static_cast<double>(made_));
  writer.Counter("keymeter_api_exports_refused_total", "Exports that were refused because others were open.",
                 static_cast<double>(refused_));
  writer.Gauge("keymeter_api_exports_open", "Exports that are being made or taken.",
               static_cast<double>(open_));
}

}  // namespace keymeter::query_api

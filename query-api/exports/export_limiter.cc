#include "query-api/exports/export_limiter.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include <sys/statvfs.h>

#include "query-api/http/spool_file.h"
#include "schema/mutex.h"

namespace keymeter::query_api {

namespace {

std::optional<Error> WhyUnusable(const std::string& directory) {
  const auto file = SpoolFile::Create(directory, 0);
  return file ? std::nullopt : std::optional(file.error().In(directory));
}

}  // namespace

SpoolDirectory SpoolDirectory::Find(const std::string& asked, const std::string& db_path) {
  if (!asked.empty()) return {asked, WhyUnusable(asked)};
  const char* directory = std::getenv("TMPDIR");
  SpoolDirectory usual{directory != nullptr && *directory != '\0' ? directory : "/tmp"};
  usual.unusable = WhyUnusable(usual.path);
  if (!usual.unusable) return usual;
  const std::string beside = std::filesystem::absolute(db_path).parent_path().string();
  return WhyUnusable(beside) ? usual : SpoolDirectory{beside};
}

std::shared_ptr<ExportLimiter::Slot> ExportLimiter::Take(const std::string& client) {
  const MutexLock lock(mutex_);
  const auto found = open_by_client_.find(client);
  const int open_of_client = found == open_by_client_.end() ? 0 : found->second;
  if (making_ >= options_.most_made || open_ >= options_.most_open ||
      open_of_client >= options_.most_open_of_client) {
    ++refused_;
    return nullptr;
  }
  auto slot = std::make_shared<Slot>(*this, client);
  ++open_by_client_[client];
  ++making_;
  ++open_;
  return slot;
}

void ExportLimiter::Slot::FinishMaking() {
  const MutexLock lock(limiter_.mutex_);
  if (std::exchange(is_made_, true)) return;
  --limiter_.making_;
  ++limiter_.made_;
}

ExportLimiter::Slot::~Slot() {
  const MutexLock lock(limiter_.mutex_);
  if (!is_made_) --limiter_.making_;
  --limiter_.open_;
  const auto of_client = limiter_.open_by_client_.find(client_);
  if (--of_client->second == 0) limiter_.open_by_client_.erase(of_client);
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
  writer.Counter("keymeter_api_exports_refused_total",
                 "Exports that were refused, because as many as may be were being made or sent.",
                 static_cast<double>(refused_));
  writer.Gauge("keymeter_api_exports_open", "Exports that are being made or sent.",
               static_cast<double>(open_));
}

}  // namespace keymeter::query_api

#include "tests/support/faulty_vfs.h"

#include <map>
#include <stdexcept>

#include <sqlite3.h>

#include "schema/mutex.h"

namespace keymeter::testing {

/// Calls are handed on to the VFS that was the default one; only writes and syncs are looked at.
struct FaultyVfs::State {
  sqlite3_vfs vfs{};
  sqlite3_vfs* real = nullptr;

  Mutex mutex;
  std::string write_suffix GUARDED_BY(mutex);
  std::string sync_suffix GUARDED_BY(mutex);
  int code GUARDED_BY(mutex) = SQLITE_OK;
  int writes_left GUARDED_BY(mutex) = 0;
  int faults GUARDED_BY(mutex) = 0;
  std::map<std::string, FaultyVfs::Traffic> traffic GUARDED_BY(mutex);  ///< by name

  int OnWrite(const std::string& name, int size);
  int OnSync(const std::string& name);
};

namespace {

/// What SQLite gets as a file: ours in front, the real one behind it.
struct FaultyFile {
  sqlite3_file base;
  FaultyVfs::State* state;
  std::string* name;
  sqlite3_file* real;
};

FaultyFile* Of(sqlite3_file* file) {
  return reinterpret_cast<FaultyFile*>(file);
}
sqlite3_file* Real(sqlite3_file* file) {
  return Of(file)->real;
}

int Close(sqlite3_file* file) {
  const int code = Real(file)->pMethods->xClose(Real(file));
  delete Of(file)->name;
  return code;
}
int Read(sqlite3_file* file, void* into, int size, sqlite3_int64 at) {
  return Real(file)->pMethods->xRead(Real(file), into, size, at);
}
int Write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
  const int code = Of(file)->state->OnWrite(*Of(file)->name, size);
  return code != SQLITE_OK ? code : Real(file)->pMethods->xWrite(Real(file), from, size, at);
}
int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  return Real(file)->pMethods->xTruncate(Real(file), size);
}
int Sync(sqlite3_file* file, int flags) {
  const int code = Of(file)->state->OnSync(*Of(file)->name);
  return code != SQLITE_OK ? code : Real(file)->pMethods->xSync(Real(file), flags);
}
int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  return Real(file)->pMethods->xFileSize(Real(file), size);
}
int Lock(sqlite3_file* file, int level) {
  return Real(file)->pMethods->xLock(Real(file), level);
}
int Unlock(sqlite3_file* file, int level) {
  return Real(file)->pMethods->xUnlock(Real(file), level);
}
int CheckReservedLock(sqlite3_file* file, int* is_locked) {
  return Real(file)->pMethods->xCheckReservedLock(Real(file), is_locked);
}
int FileControl(sqlite3_file* file, int operation, void* argument) {
  return Real(file)->pMethods->xFileControl(Real(file), operation, argument);
}
int SectorSize(sqlite3_file* file) {
  return Real(file)->pMethods->xSectorSize(Real(file));
}
int DeviceCharacteristics(sqlite3_file* file) {
  return Real(file)->pMethods->xDeviceCharacteristics(Real(file));
}
int ShmMap(sqlite3_file* file, int page, int size, int extend, void volatile** into) {
  return Real(file)->pMethods->xShmMap(Real(file), page, size, extend, into);
}
int ShmLock(sqlite3_file* file, int offset, int count, int flags) {
  return Real(file)->pMethods->xShmLock(Real(file), offset, count, flags);
}
void ShmBarrier(sqlite3_file* file) {
  Real(file)->pMethods->xShmBarrier(Real(file));
}
int ShmUnmap(sqlite3_file* file, int is_deleted) {
  return Real(file)->pMethods->xShmUnmap(Real(file), is_deleted);
}

constexpr sqlite3_io_methods kMethods = {2,
                                         Close,
                                         Read,
                                         Write,
                                         Truncate,
                                         Sync,
                                         FileSize,
                                         Lock,
                                         Unlock,
                                         CheckReservedLock,
                                         FileControl,
                                         SectorSize,
                                         DeviceCharacteristics,
                                         ShmMap,
                                         ShmLock,
                                         ShmBarrier,
                                         ShmUnmap,
                                         nullptr,
                                         nullptr};

int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* state = static_cast<FaultyVfs::State*>(vfs->pAppData);
  FaultyFile* faulty = Of(file);
  faulty->real = reinterpret_cast<sqlite3_file*>(faulty + 1);
  const int code = state->real->xOpen(state->real, name, faulty->real, flags, out_flags);
  faulty->base.pMethods = faulty->real->pMethods == nullptr ? nullptr : &kMethods;
  if (faulty->base.pMethods == nullptr) return code;
  faulty->state = state;
  faulty->name = new std::string(name == nullptr ? "" : name);
  return code;
}

}  // namespace

int FaultyVfs::State::OnWrite(const std::string& name, int size) {
  const MutexLock lock(mutex);
  FaultyVfs::Traffic& counted = traffic[name];
  ++counted.writes;
  counted.bytes += size;
  if (code == SQLITE_OK || !name.ends_with(write_suffix) || writes_left-- > 0) return SQLITE_OK;
  writes_left = 0;
  ++faults;
  return code;
}

int FaultyVfs::State::OnSync(const std::string& name) {
  const MutexLock lock(mutex);
  ++traffic[name].syncs;
  if (sync_suffix.empty() || !name.ends_with(sync_suffix)) return SQLITE_OK;
  ++faults;
  return SQLITE_IOERR_FSYNC;
}

FaultyVfs::FaultyVfs() : state_(std::make_unique<State>()) {
  state_->real = ::sqlite3_vfs_find(nullptr);
  state_->vfs = *state_->real;
  state_->vfs.zName = "faulty";
  state_->vfs.szOsFile = static_cast<int>(sizeof(FaultyFile)) + state_->real->szOsFile;
  state_->vfs.pAppData = state_.get();
  state_->vfs.pNext = nullptr;
  state_->vfs.xOpen = Open;
  if (::sqlite3_vfs_register(&state_->vfs, 1) != SQLITE_OK) throw std::runtime_error("no VFS of our own");
}

FaultyVfs::~FaultyVfs() {
  ::sqlite3_vfs_unregister(&state_->vfs);
  ::sqlite3_vfs_register(state_->real, 1);
}

void FaultyVfs::FailWrites(const std::string& suffix, int code, int after) {
  const MutexLock lock(state_->mutex);
  state_->write_suffix = suffix;
  state_->code = code;
  state_->writes_left = after;
}

void FaultyVfs::FailSyncs(const std::string& suffix) {
  const MutexLock lock(state_->mutex);
  state_->sync_suffix = suffix;
}

void FaultyVfs::Mend() {
  const MutexLock lock(state_->mutex);
  state_->code = SQLITE_OK;
  state_->sync_suffix.clear();
}

int FaultyVfs::faults() const {
  const MutexLock lock(state_->mutex);
  return state_->faults;
}

FaultyVfs::Traffic FaultyVfs::TrafficOf(const std::string& suffix) const {
  const MutexLock lock(state_->mutex);
  Traffic sum;
  for (const auto& [name, counted] : state_->traffic) {
    if (!name.ends_with(suffix)) continue;
    sum.writes += counted.writes;
    sum.bytes += counted.bytes;
    sum.syncs += counted.syncs;
  }
  return sum;
}

}  // namespace keymeter::testing

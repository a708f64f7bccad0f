#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "processor/metering/metering_plan.h"
#include "processor/metering/offset_detector.h"
#include "processor/redis/output_buffer.h"
#include "schema/error.h"
#include "schema/processor_health.h"

/// What the checks judge: gathered once; plain values, so that a test can plant any fault.
/// Tested by tests/processor/check/*_checks_test.cc.
namespace keymeter::check {

/// A command that Redis did not let us run.
struct Refusal {
  std::string command;  ///< "HMGET"
  std::string key;  ///< the keys that our user may not read ("usage:*"); empty: the command itself is refused
  std::string loss;  ///< what does not work without it
  bool is_needed = true;
  bool is_unknown = false;  ///< the server has no such command: renamed, or too old
};

using processor::BufferLimit;

/// The events on the subscribed connection while we listened.
struct EventSample {
  std::int64_t listened_ms = 0;
  std::int64_t events = 0;
  std::int64_t bytes = 0;  ///< size of the messages in Redis' output buffer
};

enum class Answer : std::uint8_t { kNo, kYes, kUnknown };

struct SourceFacts {
  std::optional<Error> unreachable;  ///< no session: nothing below is known
  std::optional<Error> broken_off;   ///< the connection ended early: what is missing below is unknown
  double answer_ms = 0;
  std::string user = "default";

  bool is_info_known = false;  ///< the reply to INFO; the eight below come from it, and those of eviction
  std::string version;
  bool is_redis_itself = false;  ///< Redis' code, or a fork of it: not a server that only speaks its protocol
  bool is_replica = false;
  std::string master;
  bool is_master_link_up = true;
  std::int64_t master_silence_s = 0;
  bool is_cluster = false;
  std::map<int, std::int64_t> keys_by_database;

  std::size_t tried_commands = 0;
  std::vector<Refusal> refusals;

  std::optional<std::string> notify_flags;  ///< nothing: CONFIG GET is refused
  Answer may_set_flags = Answer::kUnknown;
  std::optional<BufferLimit> buffer_limit;
  std::optional<EventSample> events;
  std::optional<Error> subscribe_error;
  std::string refused_events;  ///< "evicted restore": channels of ends that our user may not subscribe to

  std::string eviction_policy;         ///< "noeviction"; "" when INFO does not tell it
  std::int64_t most_memory_bytes = 0;  ///< at which it evicts; 0: no limit
  std::int64_t evicted_keys = 0;       ///< since the server started

  std::optional<std::int64_t> clock_ahead_ms;  ///< Redis' clock minus ours
};

/// A candidate profile, and how many of its counters the relay keeps.
struct ProfileSight {
  std::string name;
  std::int64_t counters = 0;
};

struct UnusableValue {
  std::string key;
  std::string field;  ///< empty: the whole key is unusable
  std::string text;
};

/// Requests by the day and the kind of entity. A day is named by its midnight, read as if it were UTC.
using RequestsByDay = std::map<std::pair<EntityKind, std::int64_t>, std::int64_t>;

struct RelayFacts {
  std::vector<ProfileSight> sights;  ///< the finest first
  std::int64_t scanned_keys = 0;
  bool is_scan_whole = false;
  std::optional<std::string> scan_problem;

  std::int64_t sampled_counters = 0;
  std::vector<UnusableValue> unusable;
  std::set<std::string> account_models;  ///< of the sampled counters

  bool has_history = false;                    ///< days or months are there
  RequestsByDay days;                          ///< of the days that the scan found: at least so many
  std::optional<std::int64_t> shown_offset_s;  ///< UTC offset that the counters' times to live show
  std::int64_t offset_writes = 0;              ///< how many counters were asked for it
  bool is_offset_contradictory = false;        ///< no offset explains all of them
};

/// The usage file and where it lies.
struct FileFacts {
  std::string path;
  std::string directory;
  std::string user;  ///< that this process runs as
  bool is_superuser = false;
  bool is_directory_there = false;
  bool is_directory_writable = false;
  std::string file_system;  ///< "ext4", "nfs", …; "" for any other
  std::int64_t free_bytes = 0;
  std::int64_t space_bytes = 0;

  bool is_there = false;
  bool is_readable = true;
  std::vector<std::string> unwritable;  ///< paths among the file, its -wal, -shm and .lock
  bool is_for_everybody = false;
  std::string owner;
  std::int64_t bytes = 0;
  std::optional<Error> unusable;  ///< another application's, of a newer version, not a database
  bool is_older = false;          ///< of an older version, or still empty
  std::string damage;             ///< what quick_check says
  bool was_damage_looked_for = false;

  // What the file contains:
  ProcessorHealth writer;
  std::int64_t writer_pid = 0;
  std::int64_t writer_since_ms = 0;
  bool is_writer_alive = false;   ///< a process of that number is on this machine
  std::optional<bool> is_locked;  ///< a process holds the writer's lock; nothing: unknown
  std::vector<processor::ProfileUse> profile_uses;
  RequestsByDay days;               ///< from first_day_read on; by the file's UTC offset
  std::int64_t first_day_read = 0;  ///< epoch seconds; a start reads no older day of the relay
  std::int64_t days_from = 0;       ///< what was before is not kept any more
  std::optional<std::int64_t> utc_offset_s;
  processor::OffsetOrigin offset_origin = processor::OffsetOrigin::kUnknown;
  bool has_undated_counters = false;       ///< nothing of it can move to another offset
  std::optional<std::int64_t> oldest_day;  ///< epoch seconds
  std::set<std::string> account_models;
};

/// A listener of ours, as the query API understands its address, and whether that can be bound.
struct ListenFacts {
  std::string setting;  ///< "listen", "probe-listen"
  std::string address;
  std::optional<Error> invalid{};
  std::string host{};  ///< numeric; "" for a unix socket
  std::uint16_t port = 0;
  std::string unix_path{};
  bool is_loopback = true;
  int bind_errno = 0;                       ///< 0: the address is free; of a unix socket see GatherHost
  bool is_directory_for_everybody = false;  ///< everybody may put files where the unix socket is to be
};

/// The certificate of the API's HTTPS.
struct CertificateFacts {
  std::optional<Error> invalid{};  ///< it or its key cannot be read, or they are no pair
  std::int64_t begins_ms = 0;
  std::int64_t ends_ms = 0;
};

/// Who may use the API, as the query API understands the settings.
struct AccessFacts {
  std::optional<Error> invalid{};  ///< the query API does not start with these settings
  bool refuses_everybody = false;  ///< credentials are set up, but there is no token yet
};

/// Where files of exports go.
struct SpoolFacts {
  std::string directory{};
  std::optional<Error> unusable{};  ///< no file can be made there
};

/// What only the query API knows.
struct ApiFacts {
  SpoolFacts spool{};
  AccessFacts access{};
  std::vector<ListenFacts> listeners{};           ///< not yet tried
  std::optional<CertificateFacts> certificate{};  ///< nothing: it speaks no HTTPS
};

struct HostFacts {
  std::int64_t now_ms = 0;
  std::vector<ListenFacts> listeners;
  std::int64_t most_open_files = 0;       ///< RLIMIT_NOFILE
  bool is_tls_key_for_everybody = false;  ///< of the connection to Redis
};

struct Facts {
  SourceFacts source;
  RelayFacts relay;
  FileFacts file;
  HostFacts host;
  AccessFacts access;
  SpoolFacts spool{};
  std::optional<CertificateFacts> certificate{};  ///< nothing: the API speaks no HTTPS
};

}  // namespace keymeter::check

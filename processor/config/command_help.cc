#include "processor/config/command_help.h"

#include <array>

namespace keymeter::processor {

// clang-format off
const char* const kProgramAbout =
    "Keymeter meters API keys: it subscribes to the keyspace events of a relay's Redis, keeps exact usage by\n"
    "minute, hour, day and month in one SQLite file, and serves it over HTTP. It never writes to the relay's\n"
    "data.";

const char* const kProgramFooter =
    "Examples:\n"
    "  keymeter run --redis redis://127.0.0.1:6379/0 --db keymeter.db\n"
    "  keymeter run --config /etc/keymeter.json --print-config\n"
    "  keymeter check --redis redis://127.0.0.1:6379/0\n"
    "  keymeter status --watch\n"
    "  curl -s http://127.0.0.1:8787/api/realtime/system-metrics\n"
    "  sqlite3 -readonly keymeter.db 'SELECT * FROM api_key_usage_minute ORDER BY bucket DESC LIMIT 10'\n"
    "\n"
    "Flags win over the environment (--utc-offset is KEYMETER_UTC_OFFSET), which wins over the file of --config\n"
    "(its key is utc_offset), which wins over the defaults. A password belongs into KEYMETER_REDIS_PASSWORD or\n"
    "--redis-password-file rather than into a process list.\n"
    "\n"
    "Exit codes: 0 stopped by a signal, 1 cannot work (the log says why), 2 wrong usage.";

const char* const kTokenAbout = "who may use the API: create, list, revoke";

const char* const kTokenFooter =
    "Examples:\n"
    "  keymeter token create --token-file tokens.json --name grafana\n"
    "  keymeter token create --token-file tokens.json --name ann --role admin --expires 90d\n"
    "  keymeter serve --token-file tokens.json\n"
    "  curl -H \"Authorization: Bearer $TOKEN\" http://127.0.0.1:8787/api/apikeys\n"
    "\n"
    "The token is printed once, alone on stdout; the file keeps its hash only. A running server follows the file.\n"
    "\n"
    "Exit codes: 0 done, 1 not done, 2 wrong usage.";

namespace {

constexpr const char* kTokenFileFooter =
    "A running server reads the changed file within two seconds. Exit codes: 0 done, 1 not done, 2 wrong usage.";

const std::array kCommands = {
    CommandHelp{Command::kRun, "meter a relay and serve its usage: process and serve in one", kProgramFooter},
    CommandHelp{Command::kProcess, "only meter: Redis to SQLite", kProgramFooter},
    CommandHelp{Command::kServe, "only serve: a SQLite file over HTTP", kProgramFooter},
    CommandHelp{Command::kHealthcheck, "ask a running keymeter whether it is healthy; for containers without curl",
                "Exit codes: 0 healthy, 1 not healthy or no answer within 3 s, 2 wrong usage."},
    CommandHelp{Command::kCheck, "examine Redis, relay, file and host before a start, and say what to correct",
                "It only reads. Exit codes: 0 all is well, 1 warnings, 2 wrong usage, 3 keymeter cannot work."},
    CommandHelp{Command::kStatus, "show what a running keymeter is doing, read from its file",
                "Exit codes: 0 all is well, 1 not running or a problem, 2 wrong usage."},
    CommandHelp{Command::kBackup, "copy the database into FILE, also while it is being written",
                "The copy is one file, of one moment, and was checked. Exit codes: 0 the copy is there, 1 it is not\n"
                "(no partial copy is left), 2 wrong usage."},
    CommandHelp{Command::kRebuild, "replace a damaged database by a new one from the relay's own history",
                "The damaged database is kept beside the new one. Exit codes: 0 done, 1 not done (nothing was changed),\n"
                "2 wrong usage."},
    CommandHelp{Command::kTokenCreate, "make a token that lets somebody use the API", kTokenFooter},
    CommandHelp{Command::kTokenList, "list the tokens of a file: name, role, expiry; not the tokens themselves",
                kTokenFileFooter},
    CommandHelp{Command::kTokenRevoke, "revoke a token", kTokenFileFooter},
};

}  // namespace
// clang-format on

std::span<const CommandHelp> AllCommands() {
  return kCommands;
}

}  // namespace keymeter::processor

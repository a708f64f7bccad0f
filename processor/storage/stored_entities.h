#pragma once

#include "processor/metering/restart_state.h"
#include "schema/error.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

/// Reads which entities existed when the file was written.
[[nodiscard]] Result<StoredEntities> LoadEntities(Database& database);

}  // namespace keymeter::processor

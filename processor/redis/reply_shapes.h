#pragma once

#include <cstddef>
#include <string_view>

#include "processor/redis/reply_reader.h"
#include "schema/error.h"

/// What a command can be answered with. A reply of another type, or with another number of elements, fails:
/// the replies are not in step, or the server is none that we understand. So does an error, unless it is
/// named here: then its taker has to look for it. Threads: any; pure.
namespace keymeter::processor {

/// HMGET of so many fields: an array of as many texts and nils (or texts that are too long), or an error that
/// concerns only its key.
[[nodiscard]] Status CheckValues(const Reply& reply, std::size_t count);
/// GET, which we may lack the right to: a text, nil, an error that concerns only its key, or that the command
/// is unknown or forbidden. Others (LOADING, MASTERDOWN, BUSY) say nothing of the key.
[[nodiscard]] Status CheckValue(const Reply& reply);
/// PTTL, which we may lack the right to: a number, or any error.
[[nodiscard]] Status CheckNumber(const Reply& reply);
/// HSTRLEN, STRLEN, likewise: a number that is no less than 0, or any error.
[[nodiscard]] Status CheckLength(const Reply& reply);
/// SCAN, SSCAN: a cursor and an array of texts, or an error that concerns only its key.
[[nodiscard]] Status CheckScan(const Reply& reply);
/// INFO: a text, or that the command is unknown or forbidden.
[[nodiscard]] Status CheckInfo(const Reply& reply);
/// CLIENT LIST with a filter that not every release knows: a text, or any error.
[[nodiscard]] Status CheckText(const Reply& reply);
/// AUTH, SELECT, CONFIG SET: OK, or any error.
[[nodiscard]] Status CheckOk(const Reply& reply);
/// CONFIG GET of one setting: it and its value, an empty array, or any error. Which setting it is, the taker
/// has to look.
[[nodiscard]] Status CheckSetting(const Reply& reply);

}  // namespace keymeter::processor

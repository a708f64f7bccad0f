# Called by deploy/walls: the table first, then the rooms' CMakeLists.txt, then all sources. (Plain awk: Debian's is mawk.)

function finding(place, text) {
  print place ": " text
  findings++
}

function without_extension(path) { sub(/\.(h|cc)$/, "", path); return path }
function folder_of(path) { if (!sub(/\/[^\/]*$/, "", path)) return ""; return path }
function is_product(path) { return path ~ /^(schema|processor|query-api)(\/|$)/ }

# The folder's room, "" when it has none. Folders of tests and benchmarks belong to the room above them, those of the product
# are rooms by themselves.
function room_of(folder,    subject) {
  while (folder != "") {
    subject = folder
    sub(/^(tests|benchmarks)\//, "", subject)
    if (folder in is_room || subject in is_room) return folder
    if (is_product(folder)) return ""
    folder = folder_of(folder)
  }
  return ""
}

# Whether a room's own line allows a room or a header. Which rooms it may include is kept as "room target".
function line_allows(room, target, header,    above) {
  if ((room, target) in allowed || (room, header) in allowed) return 1
  above = folder_of(target)
  return above != "" && (room, above "/*") in allowed
}

function is_allowed(room, target, header,    subject, subject_of_target) {
  if (room == target || line_allows(room, target, header)) return 1
  subject = room
  if (!sub(/^(tests|benchmarks)\//, "", subject) || !(subject in is_room)) return 0
  if (target == "tests/support" || target == subject || line_allows(subject, target, header)) return 1
  subject_of_target = target
  return sub(/^tests\//, "", subject_of_target) && line_allows(subject, subject_of_target, header)
}

# Whether a header that has a line of its own is left to the room, or to the one that it mirrors.
function is_left_to(room, header,    subject) {
  if ((header, room) in may_use) return 1
  subject = room
  return sub(/^(tests|benchmarks)\//, "", subject) && (header, subject) in may_use
}

function check_include(place, from, header,    room, target) {
  room = room_of(folder_of(from))
  target = room_of(folder_of(header))
  if (room == "") {
    finding(place, folder_of(from) " is no room of deploy/walls.txt")
  } else if (target == "") {
    finding(place, "\"" header "\" is in no room of deploy/walls.txt")
  } else if (!is_allowed(room, target, header)) {
    finding(place, room " may not include " target " (\"" header "\")")
  } else if (header in is_restricted && !is_left_to(room, header)) {
    finding(place, room " may not include " header ", which deploy/walls.txt leaves to" users[header])
  }
}

function check_system_include(place, from, header,    key, room) {
  key = header
  if (!(key in is_library)) sub(/\/.*/, "/", key)
  if (!(key in is_library)) return
  room = room_of(folder_of(from))
  if (!((key, room) in may_use)) finding(place, room " may not include <" header ">, which deploy/walls.txt leaves to" users[key])
}

# --- reading

# Also of files without a line.
BEGIN {
  for (i = 1; i < ARGC; i++) {
    if (ARGV[i] !~ /\.(h|cc)$/) continue
    files[++file_count] = ARGV[i]
    exists[ARGV[i]] = 1
    unit = without_extension(ARGV[i])
    if (!(unit in is_unit)) units[++unit_count] = unit
    is_unit[unit] = 1
  }
}

# The table.
FILENAME ~ /walls\.txt$/ {
  sub(/#.*/, "")
  if (NF == 0) next
  if (/^[ \t]/) $0 = key ": " $0  # goes on with the line above
  key = $1
  if (!sub(/:$/, "", key)) { finding(FILENAME ":" FNR, "no colon after " key); next }
  if (key ~ /^</) {
    key = substr(key, 2, length(key) - 2)
    is_library[key] = 1
    for (i = 2; i <= NF; i++) { may_use[key, $i] = 1; users[key] = users[key] " " $i }
  } else if (key ~ /\.h$/) {
    is_restricted[key] = 1
    for (i = 2; i <= NF; i++) { may_use[key, $i] = 1; users[key] = users[key] " " $i }
  } else {
    if (!(key in is_room)) rooms[++room_count] = key
    is_room[key] = 1
    for (i = 2; i <= NF; i++) {
      allowed[key, $i] = 1
      target = $i
      sub(/\/[^\/]*\.h$/, "", target)
      edge[key, target] = FILENAME ":" FNR
      edges_from[key] = edges_from[key] " " target
    }
  }
  next
}

# CMake: keymeter_room(<name>, and a line USES <room>… below it.
FILENAME ~ /CMakeLists\.txt$/ {
  if ($1 == "USES") {
    room = folder_of(FILENAME)
    for (i = 2; i <= NF; i++) {
      target = $i
      sub(/\)$/, "", target)
      if ("processor/" target in is_room) target = "processor/" target
      else if ("query-api/" target in is_room) target = "query-api/" target
      if (!line_allows(room, target, "") && !((room, target) in edge))
        finding(FILENAME ":" FNR, room " may not use " target)
    }
  }
  next
}

# Sources. (A circle's nodes are units, and rooms; no unit has a room's name.)
{ unit = without_extension(FILENAME); unit_lines[unit]++; file_lines[FILENAME]++ }

/^[ \t]*#[ \t]*include[ \t]*"/ {
  header = $0
  sub(/^[^"]*"/, "", header)
  sub(/".*/, "", header)
  if (header ~ /\.cc$/) finding(FILENAME ":" FNR, "\"" header "\" is a source, not a header")
  check_include(FILENAME ":" FNR, FILENAME, header)
  target = without_extension(header)
  if (target != unit && !((unit, target) in edge)) {
    edge[unit, target] = FILENAME ":" FNR
    edges_from[unit] = edges_from[unit] " " target
  }
}

/^[ \t]*#[ \t]*include[ \t]*</ {
  header = $0
  sub(/^[^<]*</, "", header)
  sub(/>.*/, "", header)
  check_system_include(FILENAME ":" FNR, FILENAME, header)
}

# "Tested by", and what follows it in the same comment.
!/^[ \t]*\/\// { is_naming_tests = 0 }
/^[ \t]*\/\/.*Tested by( |$)/ { is_naming_tests = 1; sub(/.*Tested by/, "") }
is_naming_tests { tested_by[unit] = tested_by[unit] " " $0 }

# --- judging

function check_size(unit, path) {
  for (path in file_lines)
    if (file_lines[path] > 400) finding(path ":400", file_lines[path] " lines in a file; 400 are allowed")
  for (unit in unit_lines)
    if (unit_lines[unit] > 400 && file_lines[unit ".h"] <= 400 && file_lines[unit ".cc"] <= 400)
      finding(unit ".cc:1", unit_lines[unit] " lines together with its header; 400 are allowed")
}

# A file or a folder.
function is_there(path,    i) {
  if (path in exists) return 1
  sub(/\/$/, "", path)
  for (i = 1; i <= file_count; i++)
    if (index(files[i], path "/") == 1) return 1
  return 0
}

# Names that a comment gives after "Tested by": tests/a/{b,c}_test.cc is two; d_test.cc alone stands in the folder of the last.
# Returns how many there are; those that do not exist are findings.
function count_named_tests(path, text,    braced, open_at, close_at, parts, count, i, words, folder, named) {
  while (match(text, /[^ ]*\{[^} ]*\}[^ ]*/)) {
    braced = substr(text, RSTART, RLENGTH)
    text = substr(text, 1, RSTART - 1) substr(text, RSTART + RLENGTH)
    open_at = index(braced, "{")
    close_at = index(braced, "}")
    count = split(substr(braced, open_at + 1, close_at - open_at - 1), parts, ",")
    for (i = 1; i <= count; i++) text = text " " substr(braced, 1, open_at - 1) parts[i] substr(braced, close_at + 1)
  }
  count = split(text, words, /[ ,;]+/)
  for (i = 1; i <= count; i++) {
    sub(/\.$/, "", words[i])
    if (words[i] ~ /^tests\//) folder = folder_of(words[i])
    else if (folder != "" && words[i] ~ /^[a-z0-9_]+_test\.cc$/) words[i] = folder "/" words[i]
    else continue
    named++
    if (!is_there(words[i])) finding(path ":1", "is said to be tested by " words[i] ", which does not exist")
  }
  return named
}

function check_tests(    i, path, base) {
  for (i = 1; i <= file_count; i++) {
    path = files[i]
    if (path !~ /\.cc$/ || !is_product(path) || path ~ /\/main\.cc$/) continue
    base = without_extension(path)
    if (("tests/" base "_test.cc") in exists) continue
    if (!count_named_tests(path, tested_by[base]))
      finding(path ":1", "has no tests/" base "_test.cc; add it, or a line \"/// Tested by tests/…\" that names another")
  }
}

# Whether a node leads to one that may still be part of a circle; if so, next_node is that one.
function leads_on(from,    count, targets, i) {
  count = split(edges_from[from], targets, " ")
  for (i = 1; i <= count; i++)
    if (targets[i] in is_left && (from, targets[i]) in edge) { next_node = targets[i]; return 1 }
  return 0
}

# Takes away what cannot be part of a circle: what leads to nothing that is left, again and again.
function prune(nodes, count,    i, changed) {
  do {
    changed = 0
    for (i = 1; i <= count; i++)
      if (nodes[i] in is_left && !leads_on(nodes[i])) { delete is_left[nodes[i]]; changed = 1 }
  } while (changed)
}

# All that is left leads into a circle: walk until a node comes again, print what lies between, cut that circle, start anew.
function check_circles(nodes, count, what,    i, k, at, step, path, seen, text) {
  for (i = 1; i <= count; i++) is_left[nodes[i]] = 1
  prune(nodes, count)
  for (i = 1; i <= count; i++) {
    while (nodes[i] in is_left) {
      split("", seen)
      at = nodes[i]
      for (step = 1; !(at in seen) && leads_on(at); step++) {
        seen[at] = step
        path[step] = at
        at = next_node
      }
      text = ""
      for (k = seen[at]; k < step; k++) text = text path[k] " → "
      finding(edge[path[step - 1], at], what " in a circle: " text at)
      delete edge[path[step - 1], at]
      prune(nodes, count)
    }
  }
}

END {
  check_size()
  check_tests()
  check_circles(units, unit_count, "these include each other")
  check_circles(rooms, room_count, "these rooms may include each other")
  exit findings > 0
}

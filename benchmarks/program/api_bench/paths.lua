-- wrk asks for the paths of a file (its first argument), one after the other and from the beginning again, and in the
-- end prints one line for api_bench: requests, answers that were not 200, microseconds at p50, p99 and at most, bytes.
local paths = {}
local next_path = 0
local others = 0

function init(arguments)
  for line in io.lines(arguments[1]) do paths[#paths + 1] = line end
end

function request()
  next_path = next_path % #paths + 1
  return wrk.format("GET", paths[next_path])
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("api_bench %d %d %d %d %d %d %d\n", summary.requests,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99), latency.max, summary.bytes, summary.duration))
end

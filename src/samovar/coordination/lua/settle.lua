-- Replace a debit by what was used; believe the provider where it has less, and where it asks for a pause.
-- KEYS: the account's hash. ARGV: now ("" in production), pause, then for each budget what is given back
--       (negative: taken besides), what the provider says is left ("" if nothing), capacity, refill a second.
local now = tonumber(ARGV[1])
if not now then
  local t = redis.call('TIME')
  now = tonumber(t[1]) + tonumber(t[2]) / 1000000
end
local pause = tonumber(ARGV[2])
local raw = redis.call('HMGET', KEYS[1], 'at', 'blocked', 'level1', 'level2', 'level3')
local at = tonumber(raw[1]) or now
local fields, keep = {'at', string.format('%.6f', math.max(now, at))}, 60 + pause
for i = 1, 3 do
  local back, left = tonumber(ARGV[i * 4 - 1]), tonumber(ARGV[i * 4])
  local capacity, rate = tonumber(ARGV[i * 4 + 1]), tonumber(ARGV[i * 4 + 2])
  if capacity > 0 then
    local level = math.min(capacity, (tonumber(raw[2 + i]) or capacity) + math.max(0, now - at) * rate)
    level = math.min(capacity, level + back)
    if left then level = math.min(level, left) end
    keep = math.max(keep, (capacity - level) / rate + 60)
    fields[#fields + 1], fields[#fields + 2] = 'level' .. i, string.format('%.6f', level)
  end
end
if pause > 0 then
  fields[#fields + 1] = 'blocked'
  fields[#fields + 1] = string.format('%.6f', math.max(tonumber(raw[2]) or 0, now + pause))
end
redis.call('HSET', KEYS[1], unpack(fields))
redis.call('PEXPIRE', KEYS[1], math.ceil(keep * 1000))
return 1

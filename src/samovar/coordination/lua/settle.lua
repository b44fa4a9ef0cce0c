-- Replace a debit by what was used; believe the provider where it has less, and where it asks for a pause.
-- KEYS: the account's hash. ARGV: now ("" in production), the seconds that show a clock set back, pause, by how
--       much it has to outlast the one in force, the news channel, the account's name, then for each budget what
--       is given back (negative: taken besides), what the provider says is left ("" if nothing), capacity,
--       refill a second.
-- Returns whether those in line have to move back for the pause.
local now = tonumber(ARGV[1])
if not now then
  local t = redis.call('TIME')
  now = tonumber(t[1]) + tonumber(t[2]) / 1000000
end
local back, pause, longer = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local raw = redis.call('HMGET', KEYS[1], 'at', 'blocked', 'level1', 'level2', 'level3')
local at, blocked = tonumber(raw[1]) or now, tonumber(raw[2]) or 0
if at > now + back then at, blocked = now, blocked - (at - now) end
local elapsed = math.max(0, now - math.max(at, blocked))
local fields, keep = {'at', string.format('%.6f', math.max(now, at))}, 60
for i = 1, 3 do
  local given, left = tonumber(ARGV[i * 4 + 3]), tonumber(ARGV[i * 4 + 4])
  local capacity, rate = tonumber(ARGV[i * 4 + 5]), tonumber(ARGV[i * 4 + 6])
  if capacity > 0 then
    local level = math.min(capacity, (tonumber(raw[2 + i]) or capacity) + elapsed * rate)
    level = math.min(capacity, level + given)
    if left then level = math.min(level, left) end
    keep = math.max(keep, (capacity - level) / rate + 60)
    fields[#fields + 1], fields[#fields + 2] = 'level' .. i, string.format('%.6f', level)
  end
end
local moved = pause > 0 and now + pause >= math.max(blocked, now) + math.min(pause, longer)
if moved then
  blocked = now + pause
  redis.call('PUBLISH', ARGV[5], 'pause ' .. ARGV[6] .. ' ' .. string.format('%.6f', pause))
end
fields[#fields + 1], fields[#fields + 2] = 'blocked', string.format('%.6f', blocked)
redis.call('HSET', KEYS[1], unpack(fields))
redis.call('PEXPIRE', KEYS[1], math.ceil((keep + math.max(0, blocked - now)) * 1000))
return moved and 1 or 0

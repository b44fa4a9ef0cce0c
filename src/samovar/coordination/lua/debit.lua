-- Reserve a demand in an account's budgets, all together; the arithmetic is samovar/coordination/buckets.py.
-- KEYS: the account's hash. ARGV: now ("" in production), the seconds that show a clock set back, warm-up (1 or
--       0), the share of a burst it leaves, then demand, capacity and refill a second for each budget (capacity
--       0: no limit).
-- Returns {taken, seconds to wait, how many of them are a pause}.
local now = tonumber(ARGV[1])
if not now then
  local t = redis.call('TIME')
  now = tonumber(t[1]) + tonumber(t[2]) / 1000000
end
local back, warm, reserve = tonumber(ARGV[2]), ARGV[3] == '1', tonumber(ARGV[4])
local raw = redis.call('HMGET', KEYS[1], 'at', 'blocked', 'level1', 'level2', 'level3')
local at, blocked = tonumber(raw[1]) or now, tonumber(raw[2]) or 0
if at > now + back then at, blocked = now, blocked - (at - now) end
local elapsed, paused = math.max(0, now - math.max(at, blocked)), math.max(0, blocked - now)
local line, levels, keep = 0, {}, 60
for i = 1, 3 do
  local demand, capacity, rate = tonumber(ARGV[2 + i * 3]), tonumber(ARGV[3 + i * 3]), tonumber(ARGV[4 + i * 3])
  if capacity > 0 then
    local level = math.min(capacity, (tonumber(raw[2 + i]) or capacity) + elapsed * rate)
    if demand > 0 then
      local need = math.min(demand + (warm and reserve * capacity or 0), capacity)
      line = math.max(line, (need - level) / rate)
    end
    levels[i] = level - demand
    keep = math.max(keep, (capacity - levels[i]) / rate)
  end
end
local wait = {string.format('%.6f', paused + line), string.format('%.6f', paused)}
if warm and paused + line > 0 then return {0, wait[1], wait[2]} end
local fields = {'at', string.format('%.6f', math.max(now, at)), 'blocked', string.format('%.6f', blocked)}
for i, level in pairs(levels) do
  fields[#fields + 1], fields[#fields + 2] = 'level' .. i, string.format('%.6f', level)
end
redis.call('HSET', KEYS[1], unpack(fields))
redis.call('PEXPIRE', KEYS[1], math.ceil((keep + paused + line + 60) * 1000))
return {1, wait[1], wait[2]}

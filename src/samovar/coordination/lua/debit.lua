-- Reserve a demand in an account's budgets, all together; the arithmetic is samovar/coordination/buckets.py.
-- KEYS: the account's hash, the reply to this request. ARGV: now ("" in production), the seconds that show a clock set back, warm-up (1 or
--       0), the share of a burst it leaves, then demand, capacity and refill a second for each budget (capacity
--       0: no limit).
-- Returns, with a space between: taken, seconds to wait, how many of them are a pause. A request whose reply was lost
--       is made again, and gets the same one.
local told = redis.call('GET', KEYS[2])
if told then return told end
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
local wait = string.format(' %.6f %.6f', paused + line, paused)
if warm and paused + line > 0 then return '0' .. wait end
local fields = {'at', string.format('%.6f', math.max(now, at)), 'blocked', string.format('%.6f', blocked)}
for i, level in pairs(levels) do
  fields[#fields + 1], fields[#fields + 2] = 'level' .. i, string.format('%.6f', level)
end
redis.call('HSET', KEYS[1], unpack(fields))
redis.call('PEXPIRE', KEYS[1], math.ceil((keep + paused + line + 60) * 1000))
redis.call('SET', KEYS[2], '1' .. wait, 'PX', 5000)
return '1' .. wait

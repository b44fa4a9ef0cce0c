-- Reserve a demand in an account's budgets, all together; the arithmetic is samovar/coordination/buckets.py.
-- KEYS: the account's hash. ARGV: now ("" in production), warm-up (1 or 0), the share of a burst it leaves,
--       then demand, capacity and refill a second for each budget (capacity 0: no limit).
-- Returns {taken, seconds to wait}.
local now = tonumber(ARGV[1])
if not now then
  local t = redis.call('TIME')
  now = tonumber(t[1]) + tonumber(t[2]) / 1000000
end
local warm, reserve = ARGV[2] == '1', tonumber(ARGV[3])
local raw = redis.call('HMGET', KEYS[1], 'at', 'blocked', 'level1', 'level2', 'level3')
local at = tonumber(raw[1]) or now
local wait = math.max(0, (tonumber(raw[2]) or 0) - now)
local levels, keep = {}, 60
for i = 1, 3 do
  local demand, capacity, rate = tonumber(ARGV[1 + i * 3]), tonumber(ARGV[2 + i * 3]), tonumber(ARGV[3 + i * 3])
  if capacity > 0 then
    local level = math.min(capacity, (tonumber(raw[2 + i]) or capacity) + math.max(0, now - at) * rate)
    if demand > 0 then
      local need = math.min(demand + (warm and reserve * capacity or 0), capacity)
      wait = math.max(wait, (need - level) / rate)
    end
    levels[i] = level - demand
    keep = math.max(keep, (capacity - levels[i]) / rate)
  end
end
if warm and wait > 0 then return {0, string.format('%.6f', wait)} end
local fields = {'at', string.format('%.6f', math.max(now, at))}
for i, level in pairs(levels) do
  fields[#fields + 1], fields[#fields + 2] = 'level' .. i, string.format('%.6f', level)
end
redis.call('HSET', KEYS[1], unpack(fields))
redis.call('PEXPIRE', KEYS[1], math.ceil((keep + wait + 60) * 1000))
return {1, string.format('%.6f', wait)}

-- Count one request of a cache key; the arithmetic is samovar/coordination/keys.py, distinct keys are estimated.
-- KEYS: a prefix for counters. ARGV: now ("" in production), the key's digest, distinct keys told apart.
-- Returns {requests of the last minute, distinct keys of the last hour}.
local now = tonumber(ARGV[1])
if not now then
  local t = redis.call('TIME')
  now = tonumber(t[1]) + tonumber(t[2]) / 1000000
end
local window, hour = math.floor(now / 60), math.floor(now / 3600)
local all = KEYS[1] .. ':all:' .. (hour % 1000000)
local old = KEYS[1] .. ':all:' .. ((hour - 1) % 1000000)
redis.call('PFADD', all, ARGV[2])
redis.call('EXPIRE', all, 7200)
local fresh = redis.call('PFCOUNT', all)
local distinct = fresh + math.max(0, redis.call('PFCOUNT', all, old) - fresh) * (1 - (now % 3600) / 3600)
local here = KEYS[1] .. ':' .. ARGV[2] .. ':' .. (window % 1000000)
local before = KEYS[1] .. ':' .. ARGV[2] .. ':' .. ((window - 1) % 1000000)
local earlier = tonumber(redis.call('GET', before)) or 0
local count = 1
if fresh <= tonumber(ARGV[3]) or redis.call('EXISTS', here) == 1 then
  count = redis.call('INCR', here)
  if count == 1 then redis.call('EXPIRE', here, 130) end
end
return {string.format('%.6f', count + earlier * (1 - (now % 60) / 60)), math.floor(distinct + 0.5)}

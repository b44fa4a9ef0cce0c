-- Count one request of a cache key; the arithmetic is samovar/coordination/keys.py, distinct keys are estimated.
-- KEYS: a prefix for counters. ARGV: now ("" in production), the key's digest.
-- Returns {requests of the last minute, distinct keys of this hour}.
local now = tonumber(ARGV[1])
if not now then
  local t = redis.call('TIME')
  now = tonumber(t[1]) + tonumber(t[2]) / 1000000
end
local window, hour = math.floor(now / 60), math.floor(now / 3600)
local here = KEYS[1] .. ':' .. ARGV[2] .. ':' .. (window % 1000000)
local before = KEYS[1] .. ':' .. ARGV[2] .. ':' .. ((window - 1) % 1000000)
local count = redis.call('INCR', here)
if count == 1 then redis.call('EXPIRE', here, 130) end
local earlier = tonumber(redis.call('GET', before)) or 0
local all = KEYS[1] .. ':all:' .. (hour % 1000000)
redis.call('PFADD', all, ARGV[2])
redis.call('EXPIRE', all, 7200)
return {string.format('%.6f', count + earlier * (1 - (now % 60) / 60)), redis.call('PFCOUNT', all)}

-- Take in reports about boundaries; stale ones change nothing. See lease.lua for the machine and its phases.
-- KEYS: the fence counter, then one hash a report.
-- ARGV: now ("" in production), bound, rest, spread, how many failures are too many, the seconds that show a
--       clock set back, the largest group, the news channel, then for each report
--       its kind, fence, ttl, settle and the boundary's name as it appears in news.
-- Returns, with a space between, for each report that changed or prolonged something, or whose flight is gone: its index, phase, how many to wake (0 all),
--       fence, seconds.
local now = tonumber(ARGV[1])
if not now then
  local t = redis.call('TIME')
  now = tonumber(t[1]) + tonumber(t[2]) / 1000000
end
-- As in lease.lua.
local longest = 172800

local function at_most(x) return x <= longest and x or longest end

local bound, rest, spread = at_most(tonumber(ARGV[2])), at_most(tonumber(ARGV[3])), at_most(tonumber(ARGV[4]))
local twice, back, largest = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local names = {'phase', 'fence', 'begun', 'until', 'opens', 'failed', 'missed', 'quota', 'group', 'due', 'waited'}
local out = {}
-- The reports that end what others wait for.
local ends = {landed = true, failed = true, left = true, never = true}

local function seconds(x) return string.format('%.6f', x) end

-- As in lease.lua.
local function next_fence()
  local fence = redis.call('INCR', KEYS[1])
  if fence < math.floor(now * 1000) then
    fence = math.floor(now * 1000)
    redis.call('SET', KEYS[1], string.format('%.0f', fence))
  end
  return fence
end

local function land(f, settle)
  f.phase, f.opens = 3, now + settle
  f['until'] = f.opens + bound
  f.quota, f.group, f.due = 1, 1, 0
end

local function news(i, name, phase, wake, fence, lasts, shout)
  local n = #out
  out[n + 1], out[n + 2], out[n + 3], out[n + 4], out[n + 5] = i, phase, wake, fence, lasts
  if shout then
    redis.call('PUBLISH', ARGV[8], table.concat({name, phase, wake, fence, lasts}, ' '))
  end
end

local function give_up(f)
  f.phase, f['until'], f.opens = 5, now + rest, now + spread
end

for i = 1, #KEYS - 1 do
  local key, at = KEYS[i + 1], 8 + (i - 1) * 5
  local kind, fence = ARGV[at + 1], tonumber(ARGV[at + 2])
  local ttl, settle, name = at_most(tonumber(ARGV[at + 3])), at_most(tonumber(ARGV[at + 4])), ARGV[at + 5]
  local raw = redis.call('HMGET', key, unpack(names))
  local f = {}
  for n, field in ipairs(names) do f[field] = tonumber(raw[n]) or 0 end
  local live = raw[1] and now < f['until'] + (f.phase < 4 and rest or 0) and now >= f.begun - back
  if live and f.fence == fence then
    local phase, quota, heard = f.phase, f.quota, true
    if kind == 'renewed' and phase == 1 then
      f['until'] = now + bound
    elseif kind == 'landed' and phase == 1 then
      land(f, settle)
    elseif kind == 'failed' and phase == 1 then
      f.failed, f.phase = f.failed + 1, 2
      if f.failed >= twice then give_up(f) end
    elseif kind == 'left' and phase == 1 then
      f.phase = 2
    elseif (kind == 'failed' or kind == 'left') and phase == 3 and f.due > 0 then
      f.quota, f.due = f.quota + 1, f.due - 1
    elseif kind == 'hit' and (phase == 3 or phase == 5) then
      f.phase, f['until'], f.failed, f.missed = 4, now + ttl, 0, 0
    elseif (kind == 'hit' or kind == 'late') and phase == 4 then
      f['until'] = math.max(f['until'], now + ttl)
    elseif kind == 'miss' and phase == 3 then
      f.missed = f.missed + 1
      land(f, settle)
      if f.missed >= twice then give_up(f) end
    elseif kind == 'miss' and phase == 4 then
      f.fence, f.begun = next_fence(), now
      land(f, settle)
    elseif kind == 'never' and phase ~= 2 then
      give_up(f)
      f['until'], f.opens = now + math.max(rest, ttl), 0
    elseif kind == 'late' and phase == 3 then
      f.due = f.due - 1
      if f.quota <= 0 and f.due <= 0 then
        f.group = f.group * 2
        f.quota, f.due, f['until'] = f.group, 0, now + bound
        if f.group > largest then f.phase, f['until'] = 4, now + ttl end
      end
    else
      heard = false
    end
    if heard then
      redis.call('HSET', key, 'phase', f.phase, 'fence', f.fence, 'begun', seconds(f.begun),
        'until', seconds(f['until']), 'opens', seconds(f.opens), 'failed', f.failed, 'missed', f.missed,
        'quota', f.quota, 'group', f.group, 'due', f.due)
      local keep = f['until'] - now
      if f.phase < 4 then keep = keep + rest end
      redis.call('PEXPIRE', key, math.max(1, math.ceil(at_most(keep) * 1000)))
    end
    local changed = f.phase ~= phase or f.quota ~= quota
    if changed or (heard and phase == 4) then
      local wake = (f.phase == 3 and f.quota) or (f.phase == 2 and 1) or 0
      local lasts = seconds(f['until'] - now)
      news(i, name, f.phase, wake, string.format('%.0f', f.fence), lasts, changed and f.waited == 1)
    end
  elseif (not raw[1] and kind ~= 'renewed') or (live and f.waited ~= 1 and f.fence > fence and ends[kind]) then
    -- Redis has lost the flight that this tells of, or another came in its place that knows of nobody who waits.
    -- Whoever waits for what is lost has to ask again.
    news(i, name, 2, 0, '0', '0', true)
  end
end
return table.concat(out, ' ')

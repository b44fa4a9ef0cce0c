-- Grant roles for boundaries, shortest first, or name the first that has to be waited for.
-- The machine is drawn in samovar/flow/flight.py; phases 1 leading, 2 vacant, 3 landed, 4 open, 5 free.
-- KEYS: the fence counter, then one hash a boundary.
-- ARGV: now ("" in production), bound, rest, spread, how many failures or bounds are too many, the seconds that
--       show a clock set back, the id of this request.
-- Returns, with a space between: held index or 0, wait or spread, promoted, then role, fence, phase seconds, phase,
--       missed for each boundary. A request whose reply was lost is made again under its id, and gets what it has got.
-- Roles: 1 lead, 2 verify, 3 read, 4 free.
local now = tonumber(ARGV[1])
if not now then
  local t = redis.call('TIME')
  now = tonumber(t[1]) + tonumber(t[2]) / 1000000
end
-- No time here is longer than two days, and no key stays for longer: a process whose seconds have no end would
-- else leave a flight that nobody can lead again.
local longest = 172800

local function at_most(x) return x <= longest and x or longest end

local bound, rest, spread = at_most(tonumber(ARGV[2])), at_most(tonumber(ARGV[3])), at_most(tonumber(ARGV[4]))
local twice, back = tonumber(ARGV[5]), tonumber(ARGV[6])
local id = ARGV[7]
local count = #KEYS - 1
local names = {'phase', 'fence', 'begun', 'until', 'opens', 'failed', 'missed', 'quota', 'group', 'due', 'by'}

local function seconds(x) return string.format('%.6f', x) end

-- Above all fences before it; the time keeps that true for a Redis that has lost its count.
local function next_fence()
  local fence = redis.call('INCR', KEYS[1])
  if fence < math.floor(now * 1000) then
    fence = math.floor(now * 1000)
    redis.call('SET', KEYS[1], string.format('%.0f', fence))
  end
  return fence
end

local held, roles = {}, {}
for i = 1, count do
  local raw = redis.call('HMGET', KEYS[i + 1], unpack(names))
  local f = nil
  if raw[1] then
    f = {}
    for n, name in ipairs(names) do f[name] = tonumber(raw[n]) or 0 end
    f.by = raw[#names] or ''
    if now >= f['until'] + (f.phase < 4 and rest or 0) or now < f.begun - back then f = nil end
    if f and not (f['until'] - now <= 3 * longest) then f = nil end
  end
  held[i] = f or false
  local role
  if not f then
    role = 1
  elseif f.by == id and (f.phase == 1 or f.phase == 3) then
    role = f.phase == 1 and 1 or 2
  elseif f.phase == 1 and now < f['until'] then
    role = nil
  elseif f.phase <= 2 then
    local failed = f.failed + (f.phase == 1 and 1 or 0)
    role = (failed >= twice or now >= f.begun + twice * bound) and 4 or 1
  elseif f.phase == 3 then
    if now >= f.opens and (f.quota > 0 or now >= f['until']) then role = 2 end
  elseif f.phase == 4 then
    role = 3
  else
    role = 4
  end
  if not role then
    redis.call('HSET', KEYS[i + 1], 'waited', 1)
    local when = f['until']
    if f.phase == 3 and now < f.opens then when = f.opens end
    return table.concat({i, seconds(math.min(when - now, bound)), 0}, ' ')
  end
  roles[i] = role
end

local widest, promoted, out = 0, 0, {}
for i = 1, count do
  local f, role, key = held[i], roles[i], KEYS[i + 1]
  local again = f and f.by == id and role <= 2
  if not f then
    redis.call('DEL', key)
    f = {phase = 1, fence = 0, begun = now, ['until'] = now, opens = 0, failed = 0, missed = 0, quota = 0,
      group = 1, due = 0, by = ''}
  elseif role == 1 and not again then
    if f.phase == 1 then f.failed = f.failed + 1 end
    promoted = 1
  end
  if again then
    f['until'] = math.max(f['until'], now + bound)
  elseif role == 1 then
    f.phase, f.fence, f['until'], f.by = 1, next_fence(), now + bound, id
  elseif role == 2 then
    f.by = id
    if f.quota <= 0 then
      f.group = f.group * 2
      f.quota, f.due, f['until'] = f.group, 0, now + bound
    end
    f.quota, f.due = f.quota - 1, f.due + 1
  elseif role == 4 then
    if f.phase ~= 5 then
      f.phase, f['until'], f.opens = 5, now + rest, now + spread
    end
    if now < f.opens then widest = math.max(widest, spread) end
  end
  -- Asking for what is warm prolongs nothing: the call may be refused. Its read does, when it tells of one.
  if role ~= 3 then
    redis.call('HSET', key, 'phase', f.phase, 'fence', f.fence, 'begun', seconds(f.begun), 'until', seconds(f['until']),
      'opens', seconds(f.opens), 'failed', f.failed, 'quota', f.quota, 'group', f.group, 'due', f.due, 'by', f.by)
    local keep = f['until'] - now
    if f.phase < 4 then keep = keep + rest end
    redis.call('PEXPIRE', key, math.max(1, math.ceil(at_most(keep) * 1000)))
  end
  local at = #out
  out[at + 1], out[at + 2] = role, string.format('%.0f', f.fence)
  out[at + 3], out[at + 4], out[at + 5] = seconds(f['until'] - now), f.phase, f.missed
end
return table.concat({0, seconds(widest), promoted, unpack(out)}, ' ')

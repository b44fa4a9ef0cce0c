-- Say which commands of the other scripts and of the listener this user may not use: a script that is refused one
--       half way would leave a flight that nobody hears of. KEYS: a key. ARGV: the news channel.
-- Returns their names with a space between; none where Redis cannot tell (before 7.0).
if not redis.acl_check_cmd then return '' end
local key, news = KEYS[1], ARGV[1]
local needed = {
  {'time'}, {'get', key}, {'set', key, ''}, {'del', key}, {'exists', key}, {'incr', key}, {'expire', key, '1'},
  {'pexpire', key, '1'}, {'hmget', key, ''}, {'hset', key, '', ''}, {'pfadd', key, ''}, {'pfcount', key},
  {'publish', news, ''}, {'subscribe', news}, {'ping'}
}
local lacking = {}
for _, command in ipairs(needed) do
  if not redis.acl_check_cmd(unpack(command)) then lacking[#lacking + 1] = command[1] end
end
return table.concat(lacking, ' ')

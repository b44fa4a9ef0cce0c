-- The deployment's digest key: the first proposal stays. KEYS: where it is. ARGV: the proposal, in hexadecimal.
redis.call('SET', KEYS[1], ARGV[1], 'NX')
return redis.call('GET', KEYS[1])

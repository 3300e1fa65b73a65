package passivederive

import (
	"container/list"
	"hash/maphash"
	"sync"

	"ivre/ingest/passive"
)

// cacheKey is what a result depends on.
type cacheKey struct{ recontype, source, value string }

// cache remembers the results that were used last, within a bound of memory. A nil cache remembers nothing. It consists of
// parts with a lock each, so that goroutines seldom wait for each other.
type cache struct {
	seed   maphash.Seed
	shards [cacheShards]shard
}

const cacheShards = 16

type shard struct {
	mu      sync.Mutex
	entries map[cacheKey]*list.Element
	order   list.List // of *entry, the last used first
	size    int
	max     int
}

type entry struct {
	key   cacheKey
	known *known
	size  int
}

// known is the information of records with the same key.
type known struct {
	json  string // empty if there is none
	texts passive.InfoTexts
}

func newCache(bytes int) *cache {
	c := &cache{seed: maphash.MakeSeed()}
	for i := range c.shards {
		c.shards[i].entries = make(map[cacheKey]*list.Element)
		c.shards[i].max = bytes / cacheShards
	}
	return c
}

func (c *cache) shard(key cacheKey) *shard {
	return &c.shards[maphash.Comparable(c.seed, key)%cacheShards]
}

func (c *cache) get(key cacheKey) (k *known, ok bool) {
	if c == nil {
		return nil, false
	}
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.entries[key]
	if !ok {
		return nil, false
	}
	s.order.MoveToFront(e)
	return e.Value.(*entry).known, true
}

// put remembers a result, and forgets others to make room for it. Results that would take more than a quarter of a
// shard are not worth it.
func (c *cache) put(key cacheKey, k *known) {
	if c == nil {
		return
	}
	e := &entry{key: key, known: k, size: entrySize + len(key.source) + len(key.value) + len(k.json)}
	s := c.shard(key)
	if e.size > s.max/4 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.entries[key]; ok {
		return // somebody else was faster
	}
	s.entries[key] = s.order.PushFront(e)
	for s.size += e.size; s.size > s.max; {
		last := s.order.Back()
		old := s.order.Remove(last).(*entry)
		delete(s.entries, old.key)
		s.size -= old.size
	}
}

// entrySize estimates the memory that an entry takes besides its texts.
const entrySize = 512

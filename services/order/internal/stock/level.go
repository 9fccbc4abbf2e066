package stock

import (
	"hash/fnv"
	"time"

	"cloud.google.com/go/spanner"
)

// Level is how much of a SKU can be sold, spelt as in the contract.
type Level string

// The levels of stock.
const (
	InStock Level = "IN_STOCK"
	Low     Level = "LOW"
	SoldOut Level = "SOLD_OUT"
)

const (
	// LowAt is from how few units on a SKU is LOW.
	LowAt = 10
	// TellEvery is how long a level stands before another one is told.
	TellEvery = 30 * time.Second
)

// Told is what the world was told of a SKU's level, in its row of Stock.
type Told struct {
	Level        Level             `spanner:"Level"`
	LevelVersion int64             `spanner:"LevelVersion"`
	LevelAt      spanner.NullTime  `spanner:"LevelAt"`
	LevelDueAt   spanner.NullTime  `spanner:"LevelDueAt"`
	LevelShard   spanner.NullInt64 `spanner:"LevelShard"`
}

// Tell decides, once all of a transaction's changes are made, whether the level is told now: true when it is another than
// the one told last, and that one is old enough. When it is not, the level is due once it will be; a level that has come
// back to the one told is not.
func (s *Stock) Tell(now time.Time) bool {
	level := s.level()
	s.LevelDueAt, s.LevelShard = spanner.NullTime{}, spanner.NullInt64{}
	if level == s.Level {
		return false
	}
	if due := s.LevelAt.Time.Add(TellEvery); s.LevelAt.Valid && now.Before(due) {
		s.LevelDueAt = spanner.NullTime{Time: due, Valid: true}
		s.LevelShard = spanner.NullInt64{Int64: shard(s.SKU), Valid: true}
		return false
	}
	s.Level, s.LevelAt = level, spanner.NullTime{Time: now, Valid: true}
	s.LevelVersion++
	s.changed = true
	return true
}

// Recall has the row written, so that its level is told if it is due.
func (s *Stock) Recall() { s.changed = true }

func (s *Stock) level() Level {
	switch free := s.Free(); {
	case free <= 0:
		return SoldOut
	case free <= LowAt:
		return Low
	}
	return InStock
}

func shard(sku string) int64 {
	h := fnv.New32a()
	h.Write([]byte(sku))
	return int64(h.Sum32() % 16)
}

package main

import "math/rand/v2"

// trigger decides which of the matching occasions a scripted rule takes: not the
// first Skip ones, then each with Probability, at most Count times in all. The
// seed makes the choice the same in every run.
type trigger struct {
	Skip        int     `json:"skip"`
	Count       int     `json:"count"`       // 0 = for ever
	Probability float64 `json:"probability"` // 0 = always
	Seed        uint64  `json:"seed"`
	Seen        int     `json:"seen"` // occasions so far
	Hits        int     `json:"hits"` // of which taken

	dice *rand.Rand
}

// pull counts an occasion and tells whether to act. The owner holds its lock.
func (t *trigger) pull() bool {
	if t.spent() {
		return false
	}
	t.Seen++
	if t.Seen <= t.Skip || !t.lucky() {
		return false
	}
	t.Hits++
	return true
}

func (t *trigger) spent() bool { return t.Count > 0 && t.Hits >= t.Count }

func (t *trigger) lucky() bool {
	if t.Probability <= 0 || t.Probability >= 1 {
		return true
	}
	if t.dice == nil {
		t.dice = rand.New(rand.NewPCG(t.Seed, t.Seed))
	}
	return t.dice.Float64() < t.Probability
}

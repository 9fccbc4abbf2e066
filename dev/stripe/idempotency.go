package main

import (
	"net/http"
	"sync"
	"time"
)

// keyStore remembers what was answered under each idempotency key. A key is kept
// from the moment its endpoint begins to execute, whatever comes of it, 500
// included; refusals before that leave nothing. Keys are forgotten after a day,
// and the oldest ones sooner when there are more than maxKeys.
type keyStore struct {
	mu    sync.Mutex
	known map[string]*keyed
	order []*keyed // by age
}

type keyed struct {
	key         string
	path        string
	fingerprint string
	at          time.Time
	done        bool
	answer      reply
}

const (
	keyLife = 24 * time.Hour
	maxKeys = 100_000
)

func newKeyStore() *keyStore { return &keyStore{known: map[string]*keyed{}} }

// begin claims the key for c at a time. It returns the answer already kept under it, or a
// refusal when the key means another request or one still in flight.
func (ks *keyStore) begin(c *call, at time.Time) (*reply, *apiError) {
	print := c.fingerprint()
	ks.mu.Lock()
	defer ks.mu.Unlock()
	k, ok := ks.known[c.key]
	if !ok {
		ks.claim(&keyed{key: c.key, path: c.path, fingerprint: print, at: at})
		return nil, nil
	}
	switch {
	case k.path != c.path:
		return nil, keyReused("Keys for idempotent requests can only be used for the same endpoint they were first used for ('" +
			c.path + "' vs '" + k.path + "'). Try using a key other than '" + c.key + "' if you meant to execute a different request.")
	case k.fingerprint != print:
		return nil, keyReused("Keys for idempotent requests can only be used with the same parameters they were first used with. " +
			"Try using a key other than '" + c.key + "' if you meant to execute a different request.")
	case !k.done:
		return nil, newError(http.StatusConflict, keyError, "idempotency_key_in_use",
			"There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, "+
				"and the other request is still going through): "+c.key+". Please try again later.")
	}
	kept := k.answer
	return &kept, nil
}

func keyReused(message string) *apiError {
	return newError(http.StatusBadRequest, keyError, "", message)
}

// end keeps the answer, or gives the key back when the endpoint had not begun.
func (ks *keyStore) end(key string, a reply) {
	ks.mu.Lock()
	defer ks.mu.Unlock()
	k, ok := ks.known[key]
	if !ok {
		return // the simulator was reset meanwhile
	}
	if !a.begun {
		delete(ks.known, key)
		return
	}
	k.done, k.answer = true, a
}

// claim adds a key and forgets what is too old or too much.
func (ks *keyStore) claim(k *keyed) {
	ks.known[k.key] = k
	ks.order = append(ks.order, k)
	for len(ks.order) > 0 {
		oldest := ks.order[0]
		if len(ks.order) <= maxKeys && k.at.Sub(oldest.at) < keyLife {
			return
		}
		ks.order = ks.order[1:]
		if ks.known[oldest.key] == oldest {
			delete(ks.known, oldest.key)
		}
	}
}

func (ks *keyStore) reset() {
	ks.mu.Lock()
	defer ks.mu.Unlock()
	ks.known, ks.order = map[string]*keyed{}, nil
}

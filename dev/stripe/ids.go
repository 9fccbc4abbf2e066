package main

import "crypto/rand"

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// newID returns a random identifier in Stripe's shape, e.g. pi_3kQ….
func newID(prefix string) string { return prefix + "_" + letters(24) }

// newSecret returns the client secret of an object.
func newSecret(id string) string { return id + "_secret_" + letters(24) }

func letters(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: the program would have crashed
	for i := range b {
		b[i] = alphabet[int(b[i])%len(alphabet)]
	}
	return string(b)
}

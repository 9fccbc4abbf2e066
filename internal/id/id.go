// Package id makes the names of things: a type prefix, an underscore and 26 lower-case letters and digits, which are 128
// bits in base32. Ids are opaque and never led by time, so that neighbours in creation are strangers in the key space and
// no row range runs hot.
package id

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
)

var encoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// New returns a random id: New("grp") is "grp_…".
func New(prefix string) string {
	var b [16]byte
	rand.Read(b[:]) // never fails since Go 1.24
	return prefix + "_" + encoding.EncodeToString(b[:])
}

// Derive returns the id that belongs to the given parts, always the same one: everything that a retry touches meets
// itself. Parts are length-prefixed, so ("ab", "c") and ("a", "bc") differ.
func Derive(prefix string, parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return prefix + "_" + encoding.EncodeToString(h.Sum(nil)[:16])
}

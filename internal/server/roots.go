package server

// An image made from scratch has no root certificates; where the system has none, these are used.
import _ "golang.org/x/crypto/x509roots/fallback"

package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"time"
)

// poster signs and posts webhooks as Stripe does. Signatures carry the real time,
// whatever the development clock says, since they are checked by it.
type poster struct {
	secret []byte
	client *http.Client
}

func newPoster(secret string) poster {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = hookWorkers
	transport.Proxy = nil // the listener is on this machine
	return poster{secret: []byte(secret), client: &http.Client{Transport: transport, Timeout: 10 * time.Second}}
}

// post sends one event; anything but a 2xx is an error.
func (p poster) post(url string, body []byte) error {
	req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("webhook request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
	req.Header.Set("Stripe-Signature", p.sign(time.Now(), body))
	res, err := p.client.Do(req)
	if err != nil {
		return fmt.Errorf("post webhook: %w", err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection is used again
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("post webhook: answered %s", res.Status)
	}
	return nil
}

// sign is the Stripe-Signature header: HMAC-SHA256 over "time.body".
func (p poster) sign(at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, p.secret)
	fmt.Fprintf(mac, "%d.", at.Unix())
	mac.Write(body)
	return fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(mac.Sum(nil)))
}

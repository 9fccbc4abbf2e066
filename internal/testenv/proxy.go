package testenv

import (
	"io"
	"net"
	"sync"
	"testing"
)

// Proxy stands before a store and can refuse connections: the store is down for
// whoever dials Addr, and back again, while it runs on for everybody else.
type Proxy struct {
	Addr     string
	upstream string
	t        testing.TB

	mu       sync.Mutex
	listener net.Listener
	conns    []net.Conn
}

// NewProxy returns an open proxy to upstream, a host:port.
func NewProxy(t testing.TB, upstream string) *Proxy {
	t.Helper()
	p := &Proxy{Addr: "127.0.0.1:0", upstream: upstream, t: t}
	p.Restore()
	t.Cleanup(p.Cut)
	return p
}

// Cut closes every connection and refuses new ones.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.listener.Close()
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

// Restore accepts connections again, at the same address.
func (p *Proxy) Restore() {
	p.t.Helper()
	l, err := net.Listen("tcp", p.Addr)
	if err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	p.listener, p.Addr = l, l.Addr().String()
	p.mu.Unlock()
	go p.accept(l)
}

func (p *Proxy) accept(l net.Listener) {
	for {
		in, err := l.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", p.upstream)
		if err != nil {
			in.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, in, out)
		p.mu.Unlock()
		go pipe(in, out)
		go pipe(out, in)
	}
}

// pipe ends both sides when one does.
func pipe(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	_, _ = io.Copy(to, from) // how it ended is of no interest: the other side sees it closed
}

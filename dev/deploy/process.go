package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// process is a child of ours, its log in a file.
type process struct {
	name, log string
	cmd       *exec.Cmd
	ended     chan struct{}
}

func start(folder, name string, environment []string, program string, args ...string) (*process, error) {
	p := &process{name: name, log: filepath.Join(folder, name+".log"), ended: make(chan struct{})}
	log, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p.cmd = exec.Command(program, args...)
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = environment, log, log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	go func() {
		_ = p.cmd.Wait() // how it ended stands in its log
		close(p.ended)
	}()
	return p, nil
}

// answers waits until the process answers 200 there, and gives up when it has ended or after two minutes.
func (p *process) answers(ctx context.Context, address string) error {
	for began := time.Now(); time.Since(began) < 2*time.Minute; {
		if res, err := http.Get(address); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.ended:
			return fmt.Errorf("%s has ended: %s", p.name, p.tail())
		case <-time.After(100 * time.Millisecond):
		}
	}
	return fmt.Errorf("%s does not answer %s: %s", p.name, address, p.tail())
}

// tail is the end of the log.
func (p *process) tail() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-400):])
}

func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-p.ended:
	case <-time.After(12 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// way leads to a store, and can be made slow, or cut.
type way struct {
	addr     string
	delay    atomic.Int64 // nanoseconds that every answer is late
	listener net.Listener
	mu       sync.Mutex
	open     []net.Conn
}

func newWay(to string) (*way, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w := &way{addr: l.Addr().String(), listener: l}
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				in.Close()
				continue
			}
			w.mu.Lock()
			w.open = append(w.open, in, out)
			w.mu.Unlock()
			go w.carry(out, in, false)
			go w.carry(in, out, true)
		}
	}()
	return w, nil
}

// carry copies one direction; answers may be late.
func (w *way) carry(to io.WriteCloser, from io.Reader, late bool) {
	defer to.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if late {
			time.Sleep(time.Duration(w.delay.Load()))
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (w *way) cut() {
	w.listener.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.open {
		c.Close()
	}
}

func freePorts(n int) ([]int, error) {
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

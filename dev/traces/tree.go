package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// tree writes a trace's spans, which are sorted by start, as a tree: service
// and operation, when it began within the trace, how long it took, how it
// ended. A span whose parent has not arrived stands at the top, marked.
func tree(w io.Writer, id string, spans []span) error {
	fmt.Fprintln(w, headline(id, spans))
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	b := branches{out: tw, zero: spans[0].Start, children: map[string][]span{}}
	known := map[string]bool{}
	for _, s := range spans {
		known[s.SpanID] = true
	}
	for _, s := range spans {
		parent := s.ParentSpanID
		if parent == s.SpanID || !known[parent] {
			parent = ""
		}
		b.children[parent] = append(b.children[parent], s)
	}
	b.write("", "")
	return tw.Flush()
}

func headline(id string, spans []span) string {
	services := map[string]bool{}
	var end time.Time
	for _, s := range spans {
		services[s.Service] = true
		if e := s.end(); e.After(end) {
			end = e
		}
	}
	return fmt.Sprintf("trace %s: %d spans, %d services, %s, began %s", id, len(spans), len(services),
		milliseconds(end.Sub(spans[0].Start)), spans[0].Start.Format("15:04:05.000"))
}

func (s span) end() time.Time {
	return s.Start.Add(time.Duration(s.DurationMS * float64(time.Millisecond)))
}

// branches is a tree being written.
type branches struct {
	out      io.Writer
	zero     time.Time
	children map[string][]span // by parent; "" are the roots
}

func (b branches) write(parent, indent string) {
	list := b.children[parent]
	for i, s := range list {
		twig, deeper := "├─ ", "│  "
		if i == len(list)-1 {
			twig, deeper = "└─ ", "   "
		}
		if parent == "" {
			twig, deeper = "", ""
		}
		fmt.Fprintf(b.out, "%s%s%s  %s\t+%s\t%s\t%s\n", indent, twig, s.Service, s.Name,
			milliseconds(s.Start.Sub(b.zero)), milliseconds(s.end().Sub(s.Start)), s.outcome(parent == ""))
		b.write(s.SpanID, indent+deeper)
	}
}

// outcome is how a span ended, with what its instrumentation said about it.
func (s span) outcome(root bool) string {
	words := []string{s.Kind}
	if s.Status == "ERROR" {
		words = append(words, "ERROR")
	}
	for _, key := range []string{"rpc.connect_rpc.error_code", "rpc.response.status_code", "http.status_code", "http.response.status_code"} {
		if v := s.Attributes[key]; v != "" {
			words = append(words, v)
		}
	}
	if s.Message != "" {
		words = append(words, s.Message)
	}
	if root && s.ParentSpanID != "" {
		words = append(words, "(its parent is elsewhere)")
	}
	return strings.Join(words, " ")
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}

package main

import (
	"net/url"
	"sort"
	"strconv"
	"strings"
	"time"
)

// params reads the form of one request. The first thing wrong with it is kept and
// returned by done, so that a handler reads all it wants and asks once, before it
// does anything: nothing has begun when parameters are refused.
type params struct {
	form url.Values
	used map[string]bool // root names read, of those in the form
	err  *apiError
}

func newParams(form url.Values) *params {
	return &params{form: form, used: map[string]bool{"expand": true}}
}

// done refuses what was malformed, and any parameter nobody has asked for.
func (p *params) done() *apiError {
	if p.err != nil {
		return p.err
	}
	var unknown []string
	for name := range p.form {
		if !p.used[root(name)] {
			unknown = append(unknown, root(name))
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	sort.Strings(unknown)
	return refuseParam("parameter_unknown", unknown[0], "Received unknown parameter: "+unknown[0])
}

func (p *params) fail(err *apiError) {
	if p.err == nil {
		p.err = err
	}
}

// accept names parameters which are allowed and change nothing here.
func (p *params) accept(names ...string) {
	for _, n := range names {
		p.used[n] = true
	}
}

// str is the value of name, "" when absent; empty values are refused as Stripe does.
func (p *params) str(name string) string {
	p.used[root(name)] = true
	vs, ok := p.form[name]
	if !ok {
		return ""
	}
	if vs[0] == "" {
		p.fail(refuseParam("parameter_invalid_empty", name, "You passed an empty string for '"+name+
			"'. We assume empty values are an attempt to unset a parameter; however '"+name+"' cannot be unset."))
	}
	return vs[0]
}

// required is str for a parameter that must be there.
func (p *params) required(name string) string {
	v := p.str(name)
	if v == "" {
		p.fail(refuseParam("parameter_missing", name, "Missing required param: "+name+"."))
	}
	return v
}

// oneOf is str limited to the given values; the first is the default.
func (p *params) oneOf(name string, values ...string) string {
	v := p.str(name)
	if v == "" {
		return values[0]
	}
	for _, allowed := range values {
		if v == allowed {
			return v
		}
	}
	p.fail(refuseParam("", name, "Invalid "+name+": must be one of "+strings.Join(values, ", ")))
	return v
}

// integer is the value of name, or absent.
func (p *params) integer(name string, absent int64) int64 {
	v := p.str(name)
	if v == "" {
		return absent
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		p.fail(refuseParam("parameter_invalid_integer", name, "Invalid integer: "+v))
	}
	return n
}

// boolean is true only for "true".
func (p *params) boolean(name string) bool {
	switch v := p.str(name); v {
	case "", "false":
		return false
	case "true":
		return true
	default:
		p.fail(refuseParam("", name, "Invalid boolean: "+v))
		return false
	}
}

// list gathers name[0], name[1], … or name[].
func (p *params) list(name string) []string {
	p.used[name] = true
	out := p.form[name+"[]"]
	for i := 0; ; i++ {
		v, ok := p.form[name+"["+strconv.Itoa(i)+"]"]
		if !ok {
			return out
		}
		out = append(out, v[0])
	}
}

// metadata gathers metadata[key]; limits are Stripe's.
func (p *params) metadata() map[string]string {
	p.used["metadata"] = true
	out := map[string]string{}
	for name, vs := range p.form {
		key, ok := strings.CutPrefix(name, "metadata[")
		if !ok {
			continue
		}
		key = strings.TrimSuffix(key, "]")
		if len(key) > 40 || len(vs[0]) > 500 {
			p.fail(refuseParam("", name, "Metadata keys can be up to 40 characters long, values up to 500."))
		}
		out[key] = vs[0]
	}
	if len(out) > 50 {
		p.fail(refuseParam("", "metadata", "Metadata can have up to 50 keys."))
	}
	return out
}

// span reads created[gte] and its like.
func (p *params) span(name string) func(time.Time) bool {
	from, to := p.integer(name+"[gte]", 0), p.integer(name+"[lte]", 1<<62)
	after, before := p.integer(name+"[gt]", -1), p.integer(name+"[lt]", 1<<62)
	return func(t time.Time) bool {
		u := t.Unix()
		return u >= from && u <= to && u > after && u < before
	}
}

func root(name string) string {
	r, _, _ := strings.Cut(name, "[")
	return r
}

// merge applies metadata of an update: an empty value removes its key.
func merge(old, change map[string]string) map[string]string {
	out := make(map[string]string, len(old)+len(change))
	for k, v := range old {
		out[k] = v
	}
	for k, v := range change {
		if v == "" {
			delete(out, k)
		} else {
			out[k] = v
		}
	}
	return out
}

package main

import (
	"encoding/json"
	"strings"
)

// expansion is what a request wants to see whole instead of as an id: a tree of
// field names.
type expansion map[string]expansion

const maxExpandDepth = 4

// parseExpand reads expand[]=latest_charge.balance_transaction and its like.
func parseExpand(paths []string) (expansion, *apiError) {
	e := expansion{}
	for _, p := range paths {
		names := strings.Split(p, ".")
		if len(names) > maxExpandDepth {
			return nil, refuseParam("property_expansion_max_depth", "expand",
				"You cannot expand more than 4 levels of a property. Property: "+p)
		}
		e.put(names)
	}
	return e, nil
}

func (e expansion) put(names []string) {
	if len(names) == 0 {
		return
	}
	child, ok := e[names[0]]
	if !ok {
		child = expansion{}
		e[names[0]] = child
	}
	child.put(names[1:])
}

// reference is a field which holds an id, or the object when it was expanded; null
// without either.
type reference struct {
	id     string
	object any
}

func (r reference) MarshalJSON() ([]byte, error) {
	switch {
	case r.id == "":
		return []byte("null"), nil
	case r.object != nil:
		return json.Marshal(r.object)
	}
	return json.Marshal(r.id)
}

// refer makes the field name of an object: whole when e asks for it.
func refer(e expansion, name, id string, whole func(expansion) any) reference {
	r := reference{id: id}
	if child, ok := e[name]; ok && id != "" {
		r.object = whole(child)
	}
	return r
}

// text is a string or null.
type text string

func (t text) MarshalJSON() ([]byte, error) {
	if t == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(t))
}

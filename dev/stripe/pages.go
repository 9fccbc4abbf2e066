package main

// pageQuery is where in a list a request wants to read.
type pageQuery struct {
	limit         int64
	after, before string // ids: older than after, newer than before
}

type listObject struct {
	Object  string `json:"object"`
	URL     string `json:"url"`
	HasMore bool   `json:"has_more"`
	Data    []any  `json:"data"`
}

func (c *call) page() pageQuery {
	q := pageQuery{
		limit:  c.params.integer("limit", 10),
		after:  c.params.str("starting_after"),
		before: c.params.str("ending_before"),
	}
	if q.limit < 1 || q.limit > 100 {
		c.params.fail(refuseParam("parameter_invalid_integer", "limit", "Limit must be between 1 and 100."))
	}
	if q.after != "" && q.before != "" {
		c.params.fail(refuseParam("parameters_exclusive", "", "You may only specify one of these parameters: starting_after, ending_before."))
	}
	return q
}

// paged lists items (oldest first) as Stripe does, newest first, as far as keep
// wants them.
func paged[T any](c *call, q pageQuery, items []T, id func(T) string, keep func(T) bool, show func(T, expansion) any) (any, *apiError) {
	lo, hi, err := q.window(locate(items, id, q))
	if err != nil {
		return nil, err
	}
	var found []T
	scan := func(i int) bool {
		if keep(items[i]) {
			found = append(found, items[i])
		}
		return int64(len(found)) <= q.limit
	}
	if q.before != "" { // the ones just newer than before, still shown newest first
		for i := lo; i < hi && scan(i); i++ {
		}
	} else {
		for i := hi - 1; i >= lo && scan(i); i-- {
		}
	}
	list := listObject{Object: "list", URL: c.path, Data: []any{}}
	if int64(len(found)) > q.limit {
		found, list.HasMore = found[:q.limit], true
	}
	for i := range found {
		if q.before != "" {
			i = len(found) - 1 - i
		}
		list.Data = append(list.Data, show(found[i], c.expand["data"]))
	}
	return &list, nil
}

// locate finds the position of the cursor, -1 when it is not among the items.
func locate[T any](items []T, id func(T) string, q pageQuery) (position, n int) {
	cursor := q.after + q.before
	if cursor == "" {
		return -1, len(items)
	}
	for i := len(items) - 1; i >= 0; i-- {
		if id(items[i]) == cursor {
			return i, len(items)
		}
	}
	return -1, len(items)
}

// window is the half-open range of positions to read.
func (q pageQuery) window(cursor, n int) (lo, hi int, err *apiError) {
	switch {
	case q.after == "" && q.before == "":
		return 0, n, nil
	case cursor < 0 && q.after != "":
		return 0, 0, missing("object", q.after, "starting_after")
	case cursor < 0:
		return 0, 0, missing("object", q.before, "ending_before")
	case q.after != "":
		return 0, cursor, nil
	}
	return cursor + 1, n, nil
}

package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"ivre/sql/flows"
)

// flowQuery is what q= of GET /flows asks for.
type flowQuery struct {
	nodes, edges []string
	flows.Request
	mode  string
	count bool
}

// object is a JSON object whose members have not been looked at yet.
type object map[string]any

// decodeObject reads q=, which is one JSON object.
func decodeObject(q string) (object, error) {
	dec := json.NewDecoder(strings.NewReader(q))
	dec.UseNumber()
	var v any
	err := dec.Decode(&v)
	if err == nil {
		if _, end := dec.Token(); end != io.EOF {
			err = fmt.Errorf("something follows the value, at byte %d", dec.InputOffset())
		}
	}
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = fmt.Errorf("it ends early, after %d bytes", len(q))
	}
	if err != nil {
		return nil, badRequest("q is not JSON: %v", err)
	}
	o, ok := v.(map[string]any)
	if !ok {
		return nil, badRequest("q must be a JSON object, not %s", shown(v))
	}
	return o, nil
}

// parseFlowQuery reads the members of q=. Those that are not known are ignored, as clients send more.
func parseFlowQuery(o object, defaultLimit int) (flowQuery, error) {
	var q flowQuery
	var err error
	step := func(f func() error) {
		if err == nil {
			err = f()
		}
	}
	step(func() error { q.nodes, err = o.texts("nodes"); return err })
	step(func() error { q.edges, err = o.texts("edges"); return err })
	step(func() error { q.Limit, err = o.natural("limit", defaultLimit); return err })
	step(func() error { q.Skip, err = o.natural("skip", 0); return err })
	step(func() error { q.mode, err = o.text("mode"); return err })
	step(func() error { q.OrderBy, err = o.text("orderby"); return err })
	step(func() error { q.count, err = o.truth("count"); return err })
	step(func() error { q.Timeline, err = o.truth("timeline"); return err })
	step(func() error { q.After, err = o.time("after"); return err })
	step(func() error { q.Before, err = o.time("before"); return err })
	return q, err
}

func (o object) wrong(key, rule string) error {
	return badRequest("q: %q must be %s, not %s", key, rule, shown(o[key]))
}

// texts reads a list of texts; null is an empty one.
func (o object) texts(key string) ([]string, error) {
	if o[key] == nil {
		return nil, nil
	}
	list, ok := o[key].([]any)
	if !ok {
		return nil, o.wrong(key, "a list of filters (texts)")
	}
	out := make([]string, len(list))
	for i, v := range list {
		if out[i], ok = v.(string); !ok {
			return nil, badRequest("q: %q must be a list of filters (texts), but its item %d is %s", key, i, shown(v))
		}
	}
	return out, nil
}

// text reads a text; null is an empty one.
func (o object) text(key string) (string, error) {
	if o[key] == nil {
		return "", nil
	}
	s, ok := o[key].(string)
	if !ok {
		return "", o.wrong(key, "a text")
	}
	return s, nil
}

// natural reads a whole number of at least 0; null is 0.
func (o object) natural(key string, def int) (int, error) {
	v, ok := o[key]
	switch {
	case !ok:
		return def, nil
	case v == nil:
		return 0, nil
	}
	if number, ok := v.(json.Number); ok {
		if n, err := strconv.ParseInt(string(number), 10, 64); err == nil && n >= 0 && n <= math.MaxInt {
			return int(n), nil
		}
	}
	return 0, o.wrong(key, "a whole number of at least 0, or null")
}

// truth reads a truth value. Like the programs that these requests come from, it takes numbers and
// texts for one: 0 and "" are false.
func (o object) truth(key string) (bool, error) {
	switch v := o[key].(type) {
	case nil:
		return false, nil
	case bool:
		return v, nil
	case string:
		return v != "", nil
	case json.Number:
		f, err := v.Float64()
		return err != nil || f != 0, nil // an error means: too large
	}
	return false, o.wrong(key, "true or false")
}

var timeLayouts = []string{"2006-01-02 15:04", "2006-01-02 15:04:05"}

// time reads a time; null and an empty text are none.
func (o object) time(key string) (time.Time, error) {
	const rule = `a time "YYYY-MM-DD HH:MM" (UTC)`
	if o[key] == nil {
		return time.Time{}, nil
	}
	s, ok := o[key].(string)
	if !ok {
		return time.Time{}, o.wrong(key, rule)
	}
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, o.wrong(key, rule)
}

// shown prints a value for an error.
func shown(v any) string {
	const longest = 80
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "something else"
	}
	s := strings.TrimSpace(b.String())
	if len(s) > longest {
		return strings.ToValidUTF8(s[:longest], "") + "..."
	}
	return s
}

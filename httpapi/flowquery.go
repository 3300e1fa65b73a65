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

// object is a JSON object whose members are taken one by one. It keeps the first error.
type object struct {
	members map[string]any
	err     error
}

// decodeObject reads q=, which is one JSON object.
func decodeObject(q string) (*object, error) {
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
	members, ok := v.(map[string]any)
	if !ok {
		return nil, badRequest("q must be a JSON object, not %s", shown(v))
	}
	return &object{members: members}, nil
}

// parseFlowQuery reads the members of q=. Those that are not known are ignored, as clients send more.
func parseFlowQuery(o *object, defaultLimit int) (flowQuery, error) {
	q := flowQuery{
		nodes: o.texts("nodes"),
		edges: o.texts("edges"),
		Request: flows.Request{
			Limit: o.natural("limit", defaultLimit), Skip: o.natural("skip", 0), OrderBy: o.text("orderby"),
			Timeline: o.truth("timeline"), After: o.time("after"), Before: o.time("before"),
		},
		mode:  o.text("mode"),
		count: o.truth("count"),
	}
	return q, o.err
}

// wrong notes that a member breaks its rule.
func (o *object) wrong(key, rule string) {
	o.fail("q: %q must be %s, not %s", key, rule, shown(o.members[key]))
}

func (o *object) fail(format string, args ...any) {
	if o.err == nil {
		o.err = badRequest(format, args...)
	}
}

// texts reads a list of texts; null is an empty one.
func (o *object) texts(key string) []string {
	list, ok := o.members[key].([]any)
	if !ok {
		if o.members[key] != nil {
			o.wrong(key, "a list of filters (texts)")
		}
		return nil
	}
	out := make([]string, len(list))
	for i, v := range list {
		if out[i], ok = v.(string); !ok {
			o.fail("q: %q must be a list of filters (texts), but its item %d is %s", key, i, shown(v))
			return nil
		}
	}
	return out
}

// text reads a text; null is an empty one.
func (o *object) text(key string) string {
	s, ok := o.members[key].(string)
	if !ok && o.members[key] != nil {
		o.wrong(key, "a text")
	}
	return s
}

// natural reads a whole number of at least 0; null is 0.
func (o *object) natural(key string, def int) int {
	v, ok := o.members[key]
	switch {
	case !ok:
		return def
	case v == nil:
		return 0
	}
	if number, ok := v.(json.Number); ok {
		if n, err := strconv.ParseInt(string(number), 10, 64); err == nil && n >= 0 && n <= math.MaxInt {
			return int(n)
		}
	}
	o.wrong(key, "a whole number of at least 0, or null")
	return 0
}

// truth reads a truth value. Like the programs that these requests come from, it takes numbers and
// texts for one: 0 and "" are false.
func (o *object) truth(key string) bool {
	switch v := o.members[key].(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case json.Number:
		f, err := v.Float64()
		return err != nil || f != 0 // an error means: too large
	}
	o.wrong(key, "true or false")
	return false
}

var timeLayouts = []string{"2006-01-02 15:04", "2006-01-02 15:04:05"}

// time reads a time; null and an empty text are none.
func (o *object) time(key string) time.Time {
	s, ok := o.members[key].(string)
	if !ok && o.members[key] == nil || ok && s == "" {
		return time.Time{}
	}
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	o.wrong(key, `a time "YYYY-MM-DD HH:MM" (UTC)`)
	return time.Time{}
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

// required reads a text that must be there.
func (o *object) required(key string) string {
	s, ok := o.members[key].(string)
	if !ok {
		o.fail(`q: action=details needs {"type": "node" or "edge", "id": TEXT}, but %q is %s`, key, shown(o.members[key]))
	}
	return s
}

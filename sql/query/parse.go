package query

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"ivre/sql/tree"
)

// Database is a kind of records. They differ in the words that they know.
type Database uint8

// The databases.
const (
	Scans Database = iota
	View
)

// Options of parsing.
type Options struct {
	DB Database
	// RegexMaxLength and RegexStarriness bound regular expressions (see checkBudget); 0 is no bound.
	RegexMaxLength, RegexStarriness int
	// Now is what "ago" counts from; zero: the present.
	Now time.Time
}

// Sort is one key of an order.
type Sort struct {
	Field string
	Desc  bool
}

// Query is what the words of a query say.
type Query struct {
	Filter tree.Cond // nil: all records
	Sort   []Sort
	Unused []string // words that mean nothing, as they are shown to people
	Skip   int64
	Limit  *int64   // nil: not given; 0: no limit
	Fields []string // nil: all
}

// builder makes conditions for a database.
type builder struct {
	opt    Options
	budget bool // regular expressions are bounded
}

func (b *builder) now() time.Time {
	if b.opt.Now.IsZero() {
		return time.Now()
	}
	return b.opt.Now
}

// Parse reads a query. Errors are of type *Error and name the word at fault.
func Parse(q string, opt Options) (Query, error) {
	var out Query
	words, err := Words(q)
	if err != nil {
		return out, err
	}
	b := &builder{opt: opt, budget: true}
	var all tree.And
	for _, w := range words {
		done, err := out.page(w)
		if err != nil {
			return out, err
		}
		if done {
			continue
		}
		c, used, err := b.word(w)
		if err != nil {
			return out, named(w, err)
		}
		switch {
		case !used:
			out.Unused = append(out.Unused, w.String())
		case c != nil:
			all = append(all, c)
		}
	}
	if all != nil {
		out.Filter = all
	}
	return out, nil
}

// named makes an error tell which word it is about.
func named(w Word, err error) error {
	text := w.Param
	if w.HasValue {
		text += ":" + w.Value
	}
	if len(text) > 100 {
		text = strings.ToValidUTF8(text[:100], "") + "..."
	}
	if w.Neg {
		text = "-" + text
	}
	var own *Error
	if errors.As(err, &own) { // the word holds the value that the error is about
		return &Error{text, own.Reason}
	}
	return &Error{text, err.Error()}
}

// page takes the words that say which of the records to show, and how.
func (q *Query) page(w Word) (done bool, err error) {
	switch w.Param {
	case "display":
		return true, nil
	case "sortby":
		if !w.HasValue || w.Value == "" {
			return false, named(w, fail("", "sortby needs a field"))
		}
		q.Sort = append(q.Sort, Sort{w.Value, w.Neg})
		return true, nil
	case "skip", "limit":
		if w.Neg {
			return false, nil
		}
		n, err := strconv.ParseInt(strings.TrimSpace(w.Value), 10, 64)
		if err != nil {
			return false, named(w, fail("", "%s needs a whole number", w.Param))
		}
		switch {
		case w.Param == "skip":
			q.Skip = max(0, n)
		case n < 0:
			q.Limit = nil
		default:
			q.Limit = &n
		}
		return true, nil
	case "fields":
		if w.Neg {
			return false, nil
		}
		if !w.HasValue {
			return false, named(w, fail("", "fields needs a list of fields"))
		}
		q.Fields = strings.Split(w.Value, ",")
		return true, nil
	}
	return false, nil
}

// word makes the condition of a word; used is false if it means nothing here.
func (b *builder) word(w Word) (c tree.Cond, used bool, err error) {
	if t, ok := tokens[w.Param]; ok {
		return b.token(t, w)
	}
	for _, f := range families {
		if rest, ok := strings.CutPrefix(w.Param, f.prefix); ok {
			if w.Neg && !f.negatable {
				return nil, false, nil
			}
			return f.make(b, rest, w)
		}
	}
	if w.HasValue {
		return nil, false, nil
	}
	return b.bare(w)
}

func (b *builder) token(t token, w Word) (tree.Cond, bool, error) {
	switch {
	case t.viewOnly && b.opt.DB != View, w.Neg && !t.negatable:
		return nil, false, nil
	case t.value == noValue && w.HasValue:
		return nil, false, nil
	case t.value == needsValue && !w.HasValue:
		return nil, false, fail("", "a value is missing (%s:VALUE)", w.Param)
	case t.value == orEmpty && w.Value == "":
		w.HasValue = false
	}
	c, err := t.make(b, w)
	if err == errUnused {
		return nil, false, nil
	}
	return c, true, err
}

// errUnused is returned for a value that makes a word mean nothing.
var errUnused = &Error{Reason: "unused"}

// needs tells whether a token takes a value.
type needs uint8

const (
	noValue    needs = iota // with one it means nothing
	needsValue              // without one it is an error
	mayValue                // either
	orEmpty                 // either; an empty value is none
)

// token is a word of the language.
type token struct {
	value     needs
	negatable bool // else the negated word means nothing
	viewOnly  bool
	make      func(b *builder, w Word) (tree.Cond, error)
}

// family is a group of words that share a prefix.
type family struct {
	prefix    string
	negatable bool
	make      func(b *builder, rest string, w Word) (c tree.Cond, used bool, err error)
}

// bare makes the condition of a word without a value that is no token: ports, addresses, comparisons.
func (b *builder) bare(w Word) (tree.Cond, bool, error) {
	s := w.Param
	if ports, ok := portList(s); ok {
		return openPorts(ports, w.Neg), true, nil
	}
	if isAddress(s) {
		if !strings.Contains(s, "/") {
			a, err := parseAddress(s)
			return isHost(a, w.Neg), true, err
		}
		r, err := parseNetwork(s)
		return inRange(r, w.Neg), true, err
	}
	if i := strings.IndexByte(s, '<'); i > 0 {
		return comparison(s, i, w.Neg)
	}
	if i := strings.IndexByte(s, '>'); i > 0 {
		return comparison(s, i, w.Neg)
	}
	return nil, false, nil
}

// comparison is FIELD<N and its like. Negation turns the operator round: an absent field satisfies neither.
func comparison(s string, at int, neg bool) (tree.Cond, bool, error) {
	field, rest := s[:at], s[at+1:]
	rest, orEqual := strings.CutPrefix(rest, "=")
	n, err := strconv.ParseInt(rest, 10, 64)
	if err != nil {
		return nil, false, fail("", "%q is not a whole number", rest)
	}
	less := s[at] == '<'
	if neg {
		less, orEqual = !less, !orEqual
	}
	op := map[[2]bool]tree.Op{{true, false}: tree.Lt, {true, true}: tree.Le, {false, false}: tree.Gt, {false, true}: tree.Ge}[[2]bool{less, orEqual}]
	return tree.Test{Field: field, Op: op, Value: tree.Int(n)}, true, nil
}

package query

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"ivre/sql/tree"
)

// Database is a kind of records. They differ in the words that they know.
type Database uint8

// The databases.
const (
	Scans   Database = iota // hosts, a record for each scan
	View                    // hosts, merged
	Passive                 // flat observations
	RIR                     // inetnum, inet6num and aut-num objects of registries
	databases
)

var databaseNames = [databases]string{"scans", "view", "passive", "rir"}

func (d Database) String() string {
	if d < databases {
		return databaseNames[d]
	}
	return "?"
}

// dbSet is a set of databases.
type dbSet uint8

const (
	scans   dbSet = 1 << Scans
	view    dbSet = 1 << View
	passive dbSet = 1 << Passive
	rir     dbSet = 1 << RIR

	hosts      = scans | view
	observed   = hosts | passive
	everywhere = observed | rir
	nowhere    = dbSet(0)
)

func (s dbSet) has(d Database) bool { return s&(1<<d) != 0 }

// Options of parsing.
type Options struct {
	DB Database
	// RegexMaxLength is the length in characters of the longest regular expression, RegexStarriness the largest
	// number of repeats of it that compete for the same text (see starriness). 0 is no bound.
	RegexMaxLength, RegexStarriness int
	// Now is what "ago" counts from; zero: the present.
	Now time.Time
	// NotepadPages lists the addresses that there are notes about; ok is false if there is no notepad. nil: none.
	NotepadPages func() (addrs []netip.Addr, ok bool)
	// Warn is told what was ignored although it was understood; nil: nobody.
	Warn func(message string)
}

// Sort is one key of an order.
type Sort struct {
	Field string // a path
	Desc  bool
}

// Query is what the words of a query say.
type Query struct {
	Filter tree.Cond // nil: all records
	Sort   []Sort
	Unused []string // words that mean nothing for the database, in the form for people
	Skip   int64
	Limit  *int64   // nil: not given; 0: no limit
	Fields []string // paths; nil: all
}

// builder makes conditions for a database.
type builder struct {
	db     Database
	opt    Options
	budget bool // regular expressions are bounded
}

func newBuilder(db Database, opt Options, budget bool) (*builder, error) {
	if db >= databases {
		return nil, fail("there is no database number %d", db)
	}
	if opt.Now.IsZero() {
		opt.Now = time.Now()
	}
	return &builder{db: db, opt: opt, budget: budget}, nil
}

// errNotHere is returned by constructors for what the records of the database cannot be asked. Words then mean
// nothing; functions and flags are an error.
var errNotHere = &Error{Reason: "this cannot be asked of records of this kind"}

// Parse reads the words of a query: filters, all of which have to hold, and what to show. Errors are of type *Error
// and name the word at fault.
func Parse(q string, opt Options) (Query, error) {
	var out Query
	b, err := newBuilder(opt.DB, opt, true)
	if err != nil {
		return out, err
	}
	words, err := Words(q)
	if err != nil {
		return out, err
	}
	var conds []tree.Cond
	for _, w := range words {
		used, err := out.page(w)
		if err == nil && !used {
			var c tree.Cond
			c, used, err = b.word(w)
			conds = append(conds, c)
		}
		if err != nil {
			return Query{}, about(w.text(":"), err)
		}
		if !used {
			out.Unused = append(out.Unused, w.String())
		}
	}
	out.Filter = allOf(conds...)
	return out, nil
}

// page takes the words that say which of the records to show, and how.
func (q *Query) page(w Word) (used bool, err error) {
	switch {
	case w.Param == "display":
		return true, nil
	case w.Param == "sortby":
		if w.Value == "" {
			return false, fail("a field is missing (sortby:FIELD)")
		}
		q.Sort = append(q.Sort, Sort{w.Value, w.Neg})
		return true, nil
	case w.Neg:
		return false, nil
	case w.Param == "skip":
		n, err := wholeNumber(w.Value)
		q.Skip = max(0, n)
		return true, err
	case w.Param == "limit":
		n, err := wholeNumber(w.Value)
		if q.Limit = &n; n < 0 {
			q.Limit = nil
		}
		return true, err
	case w.Param == "fields":
		q.Fields = nil
		for f := range strings.SplitSeq(w.Value, ",") {
			if f != "" {
				q.Fields = append(q.Fields, f)
			}
		}
		if q.Fields == nil {
			return false, fail("a list of fields is missing (fields:FIELD,FIELD)")
		}
		return true, nil
	}
	return false, nil
}

func wholeNumber(s string) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil {
		return 0, fail("%q is not a whole number", shorten(s, 60))
	}
	return n, nil
}

// word makes the condition of a word; used is false if it means nothing here.
func (b *builder) word(w Word) (c tree.Cond, used bool, err error) {
	t := findToken(b.db, w.Param)
	switch {
	case t == nil && w.HasValue:
		return nil, false, nil
	case t == nil:
		c, err = b.bare(w)
	case w.Neg && !t.not.has(b.db), t.value == noValue && w.HasValue:
		return nil, false, nil
	case t.value == needsValue && !w.HasValue:
		return nil, false, fail("a value is missing (%s:VALUE)", w.Param)
	default:
		if t.value == orEmpty && w.Value == "" {
			w.HasValue = false
		}
		c, err = t.make(b, w)
	}
	if err == errNotHere {
		return nil, false, nil
	}
	return c, err == nil, err
}

// bare makes the condition of a word without a value that is no token: ports, addresses, comparisons.
func (b *builder) bare(w Word) (tree.Cond, error) {
	s := w.Param
	if list, ok := portList(s); ok {
		return b.openPorts(list, w.Neg)
	}
	if isAddress(s) {
		if strings.Contains(s, "/") {
			return b.network(s, w.Neg)
		}
		return b.hostText(s, w.Neg)
	}
	for _, sign := range []string{"<", ">"} {
		if field, n, ok := strings.Cut(s, sign); ok && field != "" {
			return comparison(field, sign, n, w.Neg)
		}
	}
	return nil, errNotHere
}

// comparison is FIELD<N and its like. A negation turns the operator round: a record without the field satisfies
// neither, and one where it is an array may satisfy both.
func comparison(field, sign, rest string, neg bool) (tree.Cond, error) {
	rest, orEqual := strings.CutPrefix(rest, "=")
	n, err := wholeNumber(rest)
	if err != nil {
		return nil, err
	}
	less := (sign == "<") != neg
	orEqual = orEqual != neg
	op := tree.Gt
	switch {
	case less && orEqual:
		op = tree.Le
	case less:
		op = tree.Lt
	case orEqual:
		op = tree.Ge
	}
	return tree.Test{Field: field, Op: op, Value: tree.Int(n)}, nil
}

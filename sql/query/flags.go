package query

import (
	"strings"

	"ivre/sql/tree"
)

// Arity is how many values a flag of the command line takes.
type Arity uint8

// The arities.
const (
	None     Arity = iota
	One            // exactly one
	Optional       // one or none
	Many           // one or more
	Two            // exactly two
)

// takes tells whether n values are as many as the flag takes.
func (a Arity) takes(n int) bool {
	switch a {
	case None:
		return n == 0
	case One:
		return n == 1
	case Optional:
		return n <= 1
	case Many:
		return n >= 1
	}
	return n == 2
}

func (a Arity) String() string {
	return [...]string{"no value", "one value", "one value at most", "one value or more", "two values"}[min(a, Two)]
}

// Flag is a filter flag of the command line.
type Flag struct {
	Name        string     // without dashes
	Aliases     []string   // other names, without dashes
	DBs         []Database // whose commands have it
	Args        Arity
	Placeholder string // what stands for the values in help
	Help        string // a sentence
}

// Flags lists the filter flags of a database's commands in the order of their help. There are none for RIR.
func Flags(db Database) []Flag {
	var out []Flag
	for _, table := range flagTables {
		for _, f := range table {
			if !f.dbs.has(db) {
				continue
			}
			names := strings.Fields(f.names)
			flag := Flag{Name: names[0], Aliases: names[1:], Args: f.args, Placeholder: f.placeholder, Help: f.help}
			for d := range databases {
				if f.dbs.has(d) {
					flag.DBs = append(flag.DBs, d)
				}
			}
			out = append(out, flag)
		}
	}
	return out
}

// FlagCond makes the condition of a flag, which has that name or alias, with its values. Regular expressions have no
// bounds there. Errors are of type *Error and name the flag.
func FlagCond(db Database, name string, values []string, opt Options) (tree.Cond, error) {
	c, err := flagCond(db, name, values, opt)
	if err != nil {
		return nil, about("--"+name, err)
	}
	return c, nil
}

func flagCond(db Database, name string, values []string, opt Options) (tree.Cond, error) {
	b, err := newBuilder(db, opt, false)
	if err != nil {
		return nil, err
	}
	for _, table := range flagTables {
		for _, f := range table {
			if !f.dbs.has(db) || !hasName(f.names, name) {
				continue
			}
			if !f.args.takes(len(values)) {
				return nil, fail("it takes %s, not %d", f.args, len(values))
			}
			return f.make(b, values)
		}
	}
	return nil, fail("there is no such flag for %s", db)
}

func hasName(names, name string) bool {
	for n := range strings.FieldsSeq(names) {
		if n == name {
			return true
		}
	}
	return false
}

// flagRow is a flag for some databases.
type flagRow struct {
	names       string // separated by spaces
	dbs         dbSet
	args        Arity
	placeholder string
	help        string
	make        func(b *builder, v []string) (tree.Cond, error)
}

// rxFlag takes a text or a regular expression.
func rxFlag(names string, dbs dbSet, placeholder, help string, c func(b *builder, v tree.Value) (tree.Cond, error)) flagRow {
	return flagRow{names, dbs, One, placeholder, help, func(b *builder, v []string) (tree.Cond, error) {
		x, err := b.rx(v[0])
		if err != nil {
			return nil, err
		}
		return c(b, x)
	}}
}

// anyFlag takes a text or a regular expression, or nothing (nil).
func anyFlag(names string, dbs dbSet, placeholder, help string, c func(b *builder, v tree.Value, neg bool) (tree.Cond, error)) flagRow {
	return flagRow{names, dbs, Optional, placeholder, help, func(b *builder, v []string) (tree.Cond, error) {
		if len(v) == 0 {
			return c(b, nil, false)
		}
		x, err := b.rx(v[0])
		if err != nil {
			return nil, err
		}
		return c(b, x, false)
	}}
}

// noFlag takes nothing.
func noFlag(names string, dbs dbSet, help string, c func(b *builder) (tree.Cond, error)) flagRow {
	return flagRow{names, dbs, None, "", help, func(b *builder, _ []string) (tree.Cond, error) { return c(b) }}
}

// fixedFlag takes nothing and always means the same.
func fixedFlag(names string, dbs dbSet, help string, c func() tree.Cond) flagRow {
	return noFlag(names, dbs, help, func(*builder) (tree.Cond, error) { return c(), nil })
}

// cutNegation takes the "!" or "-" off with which values start.
func cutNegation(s string) (rest string, neg bool) {
	if strings.HasPrefix(s, "!") || strings.HasPrefix(s, "-") {
		return s[1:], true
	}
	return s, false
}

func agoFlag(names string, dbs dbSet, help string, first, neg bool) flagRow {
	return flagRow{names, dbs, One, "SECONDS", help, func(b *builder, v []string) (tree.Cond, error) {
		n, err := wholeNumber(v[0])
		if err != nil {
			return nil, err
		}
		return b.ago(float64(n), first, neg)
	}}
}

func portFlag(b *builder, s string, neg bool) (tree.Cond, error) {
	p, ok := parsePort(s)
	if !ok || p.port > 65535 || b.db == Passive && p.proto != "tcp" {
		return nil, fail("Invalid port ['%s']!", shorten(s, 60))
	}
	return b.openPorts([]portSpec{p}, neg)
}

// addressFlag gives a condition on an address the error that flags have.
func addressFlag(s string, c func() (tree.Cond, error)) (tree.Cond, error) {
	out, err := c()
	if err != nil {
		return nil, fail("Invalid IP address ['%s']!", shorten(s, 60))
	}
	return out, nil
}

// productFlag reads PRODUCT, SERVICE:PRODUCT or SERVICE:PRODUCT:PORT; with version, VERSION, PRODUCT:VERSION,
// SERVICE:PRODUCT:VERSION or SERVICE:PRODUCT:VERSION:PORT.
func productFlag(version bool) func(*builder, []string) (tree.Cond, error) {
	return func(b *builder, v []string) (tree.Cond, error) {
		parts := 2
		if version {
			parts = 3
		}
		p := strings.SplitN(v[0], ":", parts+1)
		var port *string
		if len(p) > parts {
			p, port = p[:parts], &p[parts]
		}
		missing := parts - len(p) // the first ones are left out
		text := func(i int) *string {
			if i < missing {
				return nil
			}
			return textAt(p, i-missing)
		}
		return b.serviceText(text(0), text(1), text(2), port)
	}
}

func certFlag(b *builder, v []string) (tree.Cond, error) {
	s := strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(v[0]))
	name, ok := hashOf(s)
	if !ok {
		return nil, fail("Expected hash value, got '%s'", shorten(v[0], 60))
	}
	return b.cert("cert", []member{{name, tree.Text(s)}}, false), nil
}

func tagFlag(b *builder, v []string) (tree.Cond, error) {
	if v[0] == "" { // hosts without a tag
		return tag(nil, nil, true), nil
	}
	s, neg := cutNegation(v[0])
	return tagText(b, s, neg)
}

func versionFlag(_ *builder, v []string) (tree.Cond, error) {
	n, err := wholeNumber(v[0])
	if err != nil {
		return nil, err
	}
	return schemaVersion(tree.Int(n)), nil
}

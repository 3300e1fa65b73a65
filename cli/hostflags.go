package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"ivre/sql/query"
	"ivre/sql/tree"
)

// hostFilter are the arguments that choose host records: addresses, words of the web's query language, and the filter
// flags of package query, which are taken from the line before kong sees it.
type hostFilter struct {
	Query string   `short:"q" placeholder:"WORDS" help:"Filter in the language of the web interface, such as 'hostname:/^www/ 443'."`
	IPs   []string `arg:"" optional:"" name:"address" help:"Only these addresses, networks (192.0.2.0/24) and ranges (192.0.2.1-192.0.2.9)."`
}

// cond is the condition that all of them make; nil: all records.
func (f *hostFilter) cond(e *env, db query.Database) (tree.Cond, error) {
	opt := query.Options{DB: db}
	var all tree.And
	addresses, err := query.Addresses(f.IPs)
	if err != nil {
		return nil, err
	}
	if addresses != nil {
		all = append(all, addresses)
	}
	for _, given := range e.filterFlags {
		c, err := query.FlagCond(db, given.flag.Name, given.values, opt)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	q, err := query.Parse(f.Query, opt)
	switch {
	case err != nil:
		return nil, err
	case len(q.Unused) > 0:
		return nil, fmt.Errorf("-q: not understood: %s", strings.Join(q.Unused, ", "))
	case q.Filter != nil:
		all = append(all, q.Filter)
	}
	if all == nil {
		return nil, nil
	}
	return all, nil
}

// givenFlag is a filter flag on the command line.
type givenFlag struct {
	flag   query.Flag
	values []string
}

// filterCommands are the commands that take the filter flags, with the records that they are about.
var filterCommands = map[string]query.Database{"scancli": query.Scans, "view": query.View, "db2view": query.View, "top": query.View, "ipinfo": query.Passive}

// databases are the records that top can be about, by the name that --from has for them.
var databases = map[string]query.Database{"scans": query.Scans, "view": query.View, "passive": query.Passive, "rir": query.RIR}

// filterFlagsOf are the filter flags of a command line. All of them are known to top, so that those which do not go with
// its --from can be told from unknown ones.
func filterFlagsOf(command string, args []string) []query.Flag {
	db := filterCommands[command]
	for i, a := range args {
		name, hasValue := strings.CutPrefix(a, "--from=")
		if a == "--from" && i+1 < len(args) {
			name, hasValue = args[i+1], true
		}
		if of, known := databases[name]; hasValue && known && command == "top" {
			db = of
		}
	}
	return query.Flags(db)
}

// takeFilterFlags takes the filter flags out of a command line. They follow Python's argparse: prefixes of their names
// will do, and a flag may have an optional value.
func (e *env) takeFilterFlags(args []string, parser *kong.Kong) ([]string, error) {
	at := slices.IndexFunc(args, func(a string) bool { _, takes := filterCommands[a]; return takes })
	if at < 0 {
		return args, nil
	}
	own := ownFlags(parser, args[at])
	known := filterFlagsOf(args[at], args[at+1:])
	rest := slices.Clone(args[:at+1])
	for i := at + 1; i < len(args); i++ {
		a := args[i]
		if a == "--" {
			return append(rest, args[i:]...), nil
		}
		name, value, hasValue := strings.Cut(strings.TrimPrefix(a, "--"), "=")
		f, ok := query.Flag{}, false
		if strings.HasPrefix(a, "--") && !own[name] {
			var err error
			if f, ok, err = findFlag(known, own, name); err != nil {
				return nil, &usageError{err: err, command: " " + args[at]}
			}
		}
		if !ok {
			rest = append(rest, completed(a, own))
			continue
		}
		given := givenFlag{flag: f}
		if hasValue {
			given.values = []string{value}
		} else {
			given.values = flagValues(f, args[i+1:])
			i += len(given.values)
		}
		if err := checkArity(given); err != nil {
			return nil, &usageError{err: err, command: " " + args[at]}
		}
		// of a flag that is given twice, the last one counts
		e.filterFlags = slices.DeleteFunc(e.filterFlags, func(g givenFlag) bool { return g.flag.Name == f.Name })
		e.filterFlags = append(e.filterFlags, given)
	}
	return rest, nil
}

// ownFlags are the flags that kong knows for a command.
func ownFlags(parser *kong.Kong, command string) map[string]bool {
	out := map[string]bool{}
	add := func(flags []*kong.Flag) {
		for _, f := range flags {
			out[f.Name] = true
			for _, a := range f.Aliases {
				out[a] = true
			}
		}
	}
	add(parser.Model.Flags)
	for _, c := range parser.Model.Children {
		if c.Name == command {
			add(c.Flags)
		}
	}
	return out
}

// findFlag finds a filter flag by its name, an alias, or a prefix that only one flag has.
func findFlag(known []query.Flag, own map[string]bool, name string) (query.Flag, bool, error) {
	var found []query.Flag
	for _, f := range known {
		for _, n := range append([]string{f.Name}, f.Aliases...) {
			if n == name {
				return f, true, nil
			}
			if strings.HasPrefix(n, name) && !slices.ContainsFunc(found, func(g query.Flag) bool { return g.Name == f.Name }) {
				found = append(found, f)
			}
		}
	}
	mine := len(ownWithPrefix(own, name))
	switch {
	case len(found)+mine > 1 && len(found) > 0:
		return query.Flag{}, false, fmt.Errorf("--%s could be one of several flags", name)
	case len(found) == 1:
		return found[0], true, nil
	}
	return query.Flag{}, false, nil
}

func ownWithPrefix(own map[string]bool, prefix string) []string {
	var out []string
	for n := range own {
		if strings.HasPrefix(n, prefix) {
			out = append(out, n)
		}
	}
	return out
}

// completed writes a flag of kong's, of which only a prefix was given, in full.
func completed(arg string, own map[string]bool) string {
	name, isFlag := strings.CutPrefix(arg, "--")
	name, value, hasValue := strings.Cut(name, "=")
	if !isFlag || own[name] {
		return arg
	}
	names := ownWithPrefix(own, name)
	if len(names) != 1 {
		return arg
	}
	if hasValue {
		return "--" + names[0] + "=" + value
	}
	return "--" + names[0]
}

// flagValues are the arguments that belong to a flag.
func flagValues(f query.Flag, args []string) []string {
	most := map[query.Arity]int{query.None: 0, query.One: 1, query.Two: 2, query.Optional: 1, query.Many: len(args)}[f.Args]
	n := 0
	for n < most && n < len(args) && !strings.HasPrefix(args[n], "--") {
		n++
	}
	return args[:n:n]
}

func checkArity(g givenFlag) error {
	n := len(g.values)
	switch g.flag.Args {
	case query.None:
		if n > 0 {
			return fmt.Errorf("--%s takes no value", g.flag.Name)
		}
	case query.One:
		if n != 1 {
			return fmt.Errorf("--%s needs a value", g.flag.Name)
		}
	case query.Two:
		if n != 2 {
			return fmt.Errorf("--%s needs two values", g.flag.Name)
		}
	case query.Many:
		if n == 0 {
			return fmt.Errorf("--%s needs at least one value", g.flag.Name)
		}
	}
	return nil
}

// filterHelp lists the filter flags for --help. RX stands for a text or a regular expression, /PATTERN/FLAGS.
func filterHelp(db query.Database) string {
	var b strings.Builder
	b.WriteString("Filters (RX is a text, or a regular expression: /PATTERN/FLAGS):\n\n")
	for _, f := range query.Flags(db) {
		name := "--" + f.Name
		if f.Placeholder != "" {
			name += " " + f.Placeholder
		}
		if len(name) > 34 {
			fmt.Fprintf(&b, "  %s\n  %-34s  %s\n", name, "", f.Help)
			continue
		}
		fmt.Fprintf(&b, "  %-34s  %s\n", name, f.Help)
	}
	return b.String()
}

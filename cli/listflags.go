package cli

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"ivre/sql/flowfilter"
)

// The flags of flowcli that take several values, or may have none, follow Python's argparse: "--top
// src.addr dport --sum csbytes". Kong asks the types below to take their values from the line.
//
// A value is what follows up to the next flag. After "--", everything is a value. A repeated flag adds
// to its values.

// wordList is a flag with one or more values, none of which starts with a dash.
type wordList []string

// Decode implements kong.MapperValue.
func (l *wordList) Decode(ctx *kong.DecodeContext) error {
	return decodeList((*[]string)(l), ctx, isWord)
}

// filterList is a flag with one or more flow filters, which may start with a dash: "-dport = 80" negates.
type filterList []string

// Decode implements kong.MapperValue.
func (l *filterList) Decode(ctx *kong.DecodeContext) error {
	return decodeList((*[]string)(l), ctx, isFilter)
}

func decodeList(into *[]string, ctx *kong.DecodeContext, isValue func(string) bool) error {
	values := takeValues(ctx.Scan, isValue)
	if len(values) == 0 {
		return errors.New("expected at least one value")
	}
	*into = append(*into, values...)
	return nil
}

// optionalWordList is a flag that may have values.
type optionalWordList struct {
	Given bool
	Words []string
}

// Decode implements kong.MapperValue.
func (l *optionalWordList) Decode(ctx *kong.DecodeContext) error {
	l.Given = true
	l.Words = append(l.Words, takeValues(ctx.Scan, isWord)...)
	return nil
}

// optionalInt is a flag that may have a number.
type optionalInt struct {
	Given bool
	N     int // 0 without a number
}

// Decode implements kong.MapperValue.
func (o *optionalInt) Decode(ctx *kong.DecodeContext) error {
	*o = optionalInt{Given: true}
	t := ctx.Scan.Peek()
	if !isAttached(t) && (t.IsEOL() || !isWord(t.String())) {
		return nil
	}
	ctx.Scan.Pop()
	n, err := strconv.ParseInt(t.String(), 10, 32)
	if err != nil || n < 0 {
		return fmt.Errorf("%q is not a number of seconds", t.String())
	}
	o.N = int(n)
	return nil
}

// isAttached tells whether a value was written in one word with its flag: --top=proto, -tproto.
func isAttached(t kong.Token) bool { return t.Type.IsAny(kong.FlagValueToken, kong.ShortFlagTailToken) }

func takeValues(scan *kong.Scanner, isValue func(string) bool) []string {
	var values []string
	if isAttached(scan.Peek()) {
		values = append(values, scan.Pop().String())
	}
	for {
		t := scan.Peek()
		switch {
		case t.IsEOL():
			return values
		case t.String() == "--":
			scan.Pop()
			for !scan.Peek().IsEOL() {
				values = append(values, scan.Pop().String())
			}
			return values
		case !isValue(t.String()):
			return values
		}
		values = append(values, scan.Pop().String())
	}
}

func isWord(s string) bool { return s == "-" || !strings.HasPrefix(s, "-") }

// A word with a dash is a filter rather than a flag if it begins like one: with the name of a field, or
// with a word of several letters and a blank, which no short flag looks like.
var negatedClause = regexp.MustCompile(`^-(?:(?:ANY|ALL|ONE|NONE|LEN) )?([A-Za-z_][\w.]*)(\s|$|[:=!<>])`)

func isFilter(s string) bool {
	if isWord(s) {
		return true
	}
	m := negatedClause.FindStringSubmatch(s)
	if m == nil {
		return false
	}
	name := m[1]
	if _, ok := flowfilter.Lookup(name); ok || name == flowfilter.Addr {
		return true
	}
	return len(name) > 1 && strings.TrimSpace(m[2]) == "" && m[2] != ""
}

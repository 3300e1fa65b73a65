// Package sqltext cuts text into SQL statements as ClickHouse's own client does: it knows quotes,
// comments and heredocs of the dialect, so that a semicolon inside them does not end a statement. It
// does not check or change statements.
package sqltext

import (
	"regexp"
	"strings"
)

// Statement is one statement without its end mark.
type Statement struct {
	Text     string
	Vertical bool // it ended with \G: the answer is wanted one value a line
}

// Splitter takes text piece by piece. The zero value is ready for use.
type Splitter struct {
	text  strings.Builder // of the statement that has not ended yet
	state state
	tag   string // of a heredoc: $tag$
	seen  bool
}

type state int

const (
	code   state = iota
	quoted       // ' " `: the quote is in tag
	lineComment
	blockComment
	heredoc
)

// Feed adds text, which must not end within a mark of several bytes (feed whole lines), and returns the
// statements that it ends.
func (s *Splitter) Feed(text string) []Statement {
	var out []Statement
	for i := 0; i < len(text); {
		n, ended, vertical := s.step(text[i:])
		if !ended {
			s.text.WriteString(text[i : i+n])
		} else {
			if s.seen {
				out = append(out, Statement{strings.TrimSpace(s.text.String()), vertical})
			}
			s.Reset()
		}
		i += n
	}
	return out
}

// step takes the next mark or byte of rest: its length, and whether it ends the statement.
func (s *Splitter) step(rest string) (n int, ended, vertical bool) {
	switch s.state {
	case code:
		return s.stepCode(rest)
	case quoted:
		switch {
		case rest[0] == '\\' && len(rest) > 1:
			return 2, false, false
		case rest[0] == s.tag[0]: // a doubled quote closes and opens again
			s.state = code
		}
	case lineComment:
		if rest[0] == '\n' {
			s.state = code
		}
	case blockComment:
		if strings.HasPrefix(rest, "*/") {
			s.state = code
			return 2, false, false
		}
	case heredoc:
		if strings.HasPrefix(rest, s.tag) {
			s.state = code
			return len(s.tag), false, false
		}
	}
	return 1, false, false
}

var heredocTag = regexp.MustCompile(`^\$\w*\$`)

func (s *Splitter) stepCode(rest string) (n int, ended, vertical bool) {
	switch c := rest[0]; {
	case c == ';':
		return 1, true, false
	case strings.HasPrefix(rest, `\G`):
		return 2, true, true
	case strings.HasPrefix(rest, "--"), strings.HasPrefix(rest, "# "), strings.HasPrefix(rest, "#!"):
		s.state = lineComment
		return 1, false, false
	case strings.HasPrefix(rest, "/*"):
		s.state = blockComment
		return 2, false, false
	case c == '\'' || c == '"' || c == '`':
		s.state, s.tag = quoted, rest[:1]
	case c == '$':
		if tag := heredocTag.FindString(rest); tag != "" {
			s.state, s.tag, s.seen = heredoc, strings.Clone(tag), true
			return len(tag), false, false
		}
	}
	if !strings.ContainsRune(" \t\r\n", rune(rest[0])) {
		s.seen = true
	}
	return 1, false, false
}

// Pending is the beginning of a statement that has not ended yet.
func (s *Splitter) Pending() string { return s.text.String() }

// Len is the length of Pending in bytes.
func (s *Splitter) Len() int { return s.text.Len() }

// Open tells whether the pending text holds more than blanks and comments, or ends within a quote or
// comment.
func (s *Splitter) Open() bool {
	return s.seen || s.state == quoted || s.state == blockComment || s.state == heredoc
}

// Within says what the pending text ends in: "" for the statement itself, else the mark that is to be
// closed.
func (s *Splitter) Within() string {
	switch s.state {
	case quoted, heredoc:
		return s.tag
	case blockComment:
		return "/*"
	}
	return ""
}

// Rest returns the pending text as a statement, for the last one of a text, which needs no end mark.
func (s *Splitter) Rest() (Statement, bool) {
	st, ok := Statement{Text: strings.TrimSpace(s.text.String())}, s.seen
	s.Reset()
	return st, ok
}

// Reset forgets the pending text.
func (s *Splitter) Reset() { *s = Splitter{} }

var inlineData = regexp.MustCompile(`(?is)^\s*insert\s+into\s.*\sformat\s+\w+\s*$`)

// AwaitsData tells whether a statement is an INSERT that ends with a FORMAT clause: what follows it is
// data in that format, not SQL.
func AwaitsData(statement string) bool { return inlineData.MatchString(statement) }

// AwaitsData tells whether the pending text is a statement after which data follow.
func (s *Splitter) AwaitsData() bool { return s.state == code && AwaitsData(s.text.String()) }

// OneLine writes a statement in one line for a history of statements: line comments are left out, line
// ends become blanks. The result is empty if that is impossible, as with a line end in a quoted text.
func OneLine(statement string) string {
	var s Splitter
	var b strings.Builder
	for i := 0; i < len(statement); {
		before := s.state
		n, _, _ := s.step(statement[i:])
		piece := statement[i : i+n]
		i += n
		switch {
		case before == lineComment && s.state == code:
			b.WriteByte(' ')
		case before == lineComment || s.state == lineComment:
		case strings.Contains(piece, "\n") && (before == quoted || before == heredoc):
			return ""
		default:
			b.WriteString(strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace(piece))
		}
	}
	return strings.TrimSpace(b.String())
}

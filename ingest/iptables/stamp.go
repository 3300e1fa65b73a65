package iptables

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

var errStamp = errors.New(`no time stamp like "Feb  4 05:30:11" or "2026-02-04T05:30:11Z" at the start of the line`)

// parseStamp reads the time stamp that a line starts with, in microseconds since 1970 UTC. A stamp
// without a year is of the last year in which it exists and is not later than notAfter.
//
// A syslog priority ("<4>", and the version that RFC 5424 puts behind it) may come first.
func parseStamp(line string, notAfter time.Time) (int64, error) {
	line = skipPriority(line)
	if len(line) > 0 && line[0] >= '0' && line[0] <= '9' {
		t, err := parseISO(line)
		return t.UnixMicro(), err
	}
	return parseBSD(line, notAfter)
}

// skipPriority cuts "<N>" and "<N>1 " from the start of a line.
func skipPriority(line string) string {
	if !strings.HasPrefix(line, "<") {
		return line
	}
	end := strings.IndexByte(line[:min(len(line), 5)], '>')
	if end < 2 {
		return line
	}
	line = line[end+1:]
	return strings.TrimPrefix(line, "1 ")
}

const monthNames = "janfebmaraprmayjunjulaugsepoctnovdec"

// parseBSD reads "Mon DD HH:MM:SS" (RFC 3164, section 4.1.2), the day padded with a blank, a zero or not
// at all.
func parseBSD(line string, notAfter time.Time) (int64, error) {
	s := scanner{rest: line}
	month := -1
	if len(line) > 3 {
		lower := [3]byte{line[0] | 0x20, line[1] | 0x20, line[2] | 0x20}
		month = strings.Index(monthNames, string(lower[:]))
	}
	if month < 0 || month%3 != 0 {
		return 0, errStamp
	}
	s.rest = line[3:]
	s.blanks()
	day := s.number(1, 2)
	s.blanks()
	hour, minute, second := s.clock()
	if s.failed || !s.atWordEnd() {
		return 0, errStamp
	}
	m := time.Month(month/3 + 1)
	if hour > 23 || minute > 59 || second > 60 {
		return 0, fmt.Errorf("%q is not a time", line[:len(line)-len(s.rest)])
	}
	// A leap day may be up to eight years back.
	for year := notAfter.UTC().Year(); year > notAfter.UTC().Year()-9; year-- {
		t := time.Date(year, m, day, hour, minute, second, 0, time.UTC)
		if isDate(year, m, day) && !t.After(notAfter) {
			return t.UnixMicro(), nil
		}
	}
	return 0, fmt.Errorf("%q is no day of the calendar", line[:len(line)-len(s.rest)])
}

// parseISO reads a date and time of ISO 8601 as RFC 3339 writes them, with "T" or a blank between, any
// number of decimals after "." or ",", and a zone Z, +HH:MM, +HHMM or none for UTC.
func parseISO(line string) (time.Time, error) {
	s := scanner{rest: line}
	year := s.number(4, 4)
	s.byte('-')
	month := s.number(2, 2)
	s.byte('-')
	day := s.number(2, 2)
	if !s.accept('T') && !s.accept('t') {
		s.byte(' ')
	}
	hour, minute, second := s.clock()
	nanos := s.fraction()
	offset := s.zone()
	if s.failed || !s.atWordEnd() {
		return time.Time{}, errStamp
	}
	m := time.Month(month)
	if !isDate(year, m, day) || hour > 23 || minute > 59 || second > 60 {
		return time.Time{}, fmt.Errorf("%q is not a time", line[:len(line)-len(s.rest)])
	}
	return time.Date(year, m, day, hour, minute, second, nanos, time.UTC).Add(-offset), nil
}

// isDate tells whether the day exists.
func isDate(year int, month time.Month, day int) bool {
	return month >= 1 && month <= 12 && day >= 1 && time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Day() == day
}

// scanner reads a text from left to right. After a failure it stays failed.
type scanner struct {
	rest   string
	failed bool
}

// accept takes a character if it is next.
func (s *scanner) accept(c byte) bool {
	if s.rest == "" || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// byte takes a character that must be next.
func (s *scanner) byte(c byte) {
	if !s.accept(c) {
		s.failed = true
	}
}

// blanks takes one blank or more.
func (s *scanner) blanks() {
	s.byte(' ')
	for s.accept(' ') {
	}
}

// number takes a decimal number of least to most digits.
func (s *scanner) number(least, most int) (n int) {
	i := 0
	for ; i < most && i < len(s.rest) && s.rest[i] >= '0' && s.rest[i] <= '9'; i++ {
		n = n*10 + int(s.rest[i]-'0')
	}
	if i < least {
		s.failed = true
	}
	s.rest = s.rest[i:]
	return n
}

// clock takes HH:MM:SS.
func (s *scanner) clock() (hour, minute, second int) {
	hour = s.number(2, 2)
	s.byte(':')
	minute = s.number(2, 2)
	s.byte(':')
	return hour, minute, s.number(2, 2)
}

// fraction takes the decimals of a second, if any, and returns nanoseconds.
func (s *scanner) fraction() int {
	if !s.accept('.') && !s.accept(',') {
		return 0
	}
	nanos, unit := 0, 100_000_000
	digits := 0
	for s.rest != "" && s.rest[0] >= '0' && s.rest[0] <= '9' {
		nanos += int(s.rest[0]-'0') * unit
		unit /= 10
		digits++
		s.rest = s.rest[1:]
	}
	if digits == 0 {
		s.failed = true
	}
	return nanos
}

// zone takes a time zone, if any, and returns its offset from UTC.
func (s *scanner) zone() time.Duration {
	sign := time.Duration(1)
	switch {
	case s.accept('Z'), s.accept('z'):
		return 0
	case s.accept('+'):
	case s.accept('-'):
		sign = -1
	default:
		return 0
	}
	hours := s.number(2, 2)
	s.accept(':')
	minutes := s.number(2, 2)
	if hours > 23 || minutes > 59 {
		s.failed = true
	}
	return sign * (time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute)
}

// atWordEnd tells whether nothing or a blank follows, or the colon that some daemons write.
func (s *scanner) atWordEnd() bool {
	return s.rest == "" || s.rest[0] == ' ' || s.rest[0] == '\t' || s.rest[0] == ':'
}

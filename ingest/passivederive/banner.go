package passivederive

import (
	"bytes"
	"regexp"

	"ivre/ingest/passive"
)

// normaliseBanner replaces what is different in each banner of the same server. Only then is the value written anew.
func (d *Deriver) normaliseBanner(r *passive.Record) {
	raw := d.bytes(r)
	b := raw
	for i := range rewrites {
		if rw := &rewrites[i]; bytes.Contains(b, rw.needs) {
			b = rw.re.ReplaceAll(b, rw.by)
		}
	}
	b = rewriteMySQL(b)
	if !bytes.Equal(b, raw) {
		r.Value = escape(b)
	}
}

// rewrite is something in banners that is replaced. Looking for the text that it needs is much faster than matching.
type rewrite struct {
	needs []byte
	re    *regexp.Regexp
	by    []byte
}

// rewrites are applied one after the other. Patterns see bytes; those that begin with ^ apply once.
var rewrites = []rewrite{
	// Pure-FTPd, Serv-U
	{[]byte("You are user number "), regexp.MustCompile(`(You are user number )[0-9]+( of )`), []byte("${1}1${2}")},
	// mail servers (RFC 5322, section 3.3)
	{[]byte(", "), regexp.MustCompile(`(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [ 0-9]?[0-9] (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [12][0-9]{3} [0-9]{2}:[0-9]{2}:[0-9]{2}`), []byte("Thu, 1 Jan 1970 00:00:00")},
	// Pure-FTPd
	{[]byte("Local time is now "), regexp.MustCompile(`(Local time is now )[0-9]{2}:[0-9]{2}`), []byte("${1}00:00")},
	// Gmail
	{[]byte(" - gsmtp"), regexp.MustCompile(`(220 [^ \r\n]+ ESMTP )[a-z]{0,2}[0-9]{1,3}(-v6)?([A-Za-z]{2})[0-9]+[A-Za-z]{3}\.[0-9]{1,3}( - gsmtp)`), []byte("${1}xx000${2}${3}00000000xxx.000${4}")},
	// OVH
	{[]byte(" in"), regexp.MustCompile(`(220[ -][^ \r\n]+ in)[0-9]{1,2}(\r?\n|$)`), []byte("${1}00${2}")},
	// Outlook: AM5EUR03FT042
	{[]byte(".mail.protection.outlook.com "), regexp.MustCompile(`(220 [A-Z]{2,3})[0-9]([A-Z]{2,4})[0-9]{2}([A-Z]{2,3})[0-9]{3}(\.mail\.protection\.outlook\.com )`), []byte("${1}0${2}00${3}000${4}")},
	// Yahoo
	{[]byte(".yahoo.com ESMTP ready"), regexp.MustCompile(`(220 mta)[0-9]{4}(\.mail\.[^ .\r\n]+\.yahoo\.com ESMTP ready)`), []byte("${1}0000${2}")},
	// POP3 (RFC 1939, section 7): process and time
	{[]byte("+OK "), regexp.MustCompile(`^(\+OK [^\r\n]*? ready <)[0-9]+\.[0-9]+@`), []byte("${1}000000.0000000000@")},
}

// Sizes in a greeting of MySQL, version 10 of the protocol
// (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html).
const (
	mysqlThreadSalt = 12 // thread and first part of the salt
	mysqlBlock      = 8  // capabilities, character set, status, length of the salt
	mysqlReserved   = 10
	mysqlSalt2      = 13 // shortest second part of the salt
)

// rewriteMySQL clears the thread and the salt in a greeting of MySQL. b is not changed.
func rewriteMySQL(b []byte) []byte {
	if len(b) < 7 || string(b[1:5]) != "\x00\x00\x00\n" || b[5] < '3' || b[5] > '6' || b[6] != '.' {
		return b
	}
	end := bytes.IndexByte(b[5:], 0)
	if end < 0 {
		return b
	}
	thread := 5 + end + 1
	block := thread + mysqlThreadSalt + 1
	salt2 := block + mysqlBlock + mysqlReserved
	if len(b) < salt2 || b[block-1] != 0 {
		return b
	}
	n := max(mysqlSalt2, int(b[block+mysqlBlock-1])-mysqlBlock)
	b = bytes.Clone(b)
	clear(b[thread:block])
	clear(b[salt2:min(len(b), salt2+n)])
	return b
}

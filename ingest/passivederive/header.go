package passivederive

import (
	"regexp"
	"strings"

	"ivre/ingest/host"
	"ivre/ingest/ntlm"
	"ivre/ingest/passive"
)

// authHeader tells whether a record is of a header that proves or asks for who somebody is.
func authHeader(r *passive.Record) bool {
	if r.Recontype == "HTTP_SERVER_HEADER" {
		return r.Source == "WWW-AUTHENTICATE" || r.Source == "PROXY-AUTHENTICATE"
	}
	return r.Source == "AUTHORIZATION" || r.Source == "PROXY-AUTHORIZATION"
}

// normaliseHeader handles HTTP headers.
func (d *Deriver) normaliseHeader(r *passive.Record, emit func(*passive.Record) error) error {
	switch {
	case authHeader(r):
		return d.normaliseAuth(r, emit)
	case r.Recontype == "HTTP_CLIENT_HEADER" && r.Source == "USER-AGENT":
		r.Value = userAgent(r.Value)
	}
	return emit(r)
}

// agents are user agents that are different for each installation of a program.
var agents = []struct {
	prefix string // needed
	re     *regexp.Regexp
	text   string // what is stored
}{
	{"", regexp.MustCompile(`^[A-Za-z0-9/+]{32,33}AAAAA$`), "SymantecRandomUserAgent"},
	{"AAAAA", regexp.MustCompile(`^AAAAA[A-Za-z0-9_-]{1,2}AB$`), "KasperskyWeirdUserAgent"},
	{"SEP/", regexp.MustCompile(`^SEP/([0-9.]+),? MID/\{[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}\},? SID/[0-9]+(?: SEQ/[0-9]+)?`), "SEP/$1"},
}

func userAgent(s string) string {
	for i := range agents {
		a := &agents[i]
		switch {
		case a.prefix == "" && len(s) != 37 && len(s) != 38, !strings.HasPrefix(s, a.prefix):
			continue
		}
		if m := a.re.FindStringSubmatchIndex(s); m != nil {
			return string(a.re.ExpandString(nil, a.text, s, m)) + s[m[1]:]
		}
	}
	return s
}

// words splits a value into its first word and what follows.
func words(s string) (first, rest string) {
	const blanks = " \t"
	s = strings.TrimLeft(s, blanks)
	i := strings.IndexAny(s, blanks)
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.Trim(s[i:], blanks)
}

// normaliseAuth drops what is different with each request: nonces, responses, tickets.
func (d *Deriver) normaliseAuth(r *passive.Record, emit func(*passive.Record) error) error {
	scheme, rest := words(r.Value)
	switch {
	case strings.EqualFold(scheme, "digest"):
		r.Value = normaliseDigest(scheme, rest)
	case strings.EqualFold(scheme, "ntlm") && rest != "":
		return d.normaliseNTLM(r, scheme, rest, emit)
	case strings.EqualFold(scheme, "negotiate"):
		if word, _ := words(rest); startsNTLM(word) {
			return d.normaliseNTLM(r, scheme, rest, emit)
		}
		r.Value = scheme
	case strings.EqualFold(scheme, "kerberos"), strings.EqualFold(scheme, "oauth"):
		r.Value = scheme
	}
	return emit(r)
}

// startsNTLM tells whether a word in base64 is an NTLM message.
func startsNTLM(word string) bool {
	b, ok := decodeBase64(word)
	return ok && ntlm.IsMessage(b)
}

// digestItems are the beginnings of the items of a Digest header that stay the same.
var digestItems = [...]string{"username=", "realm=", "algorithm=", "qop=", "domain="}

func normaliseDigest(scheme, rest string) string {
	var b strings.Builder
	b.WriteString(scheme)
	sep := byte(' ')
	for item := range quotedItems(rest) {
		for _, name := range digestItems {
			if strings.HasPrefix(item, name) {
				b.WriteByte(sep)
				b.WriteString(item)
				sep = ','
				break
			}
		}
	}
	return b.String()
}

// quotedItems yields what is between the commas of s that are not in double quotes, without blanks around it.
func quotedItems(s string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		start, quoted := 0, false
		for i := range len(s) {
			switch {
			case s[i] == '"':
				quoted = !quoted
			case s[i] == ',' && !quoted:
				if !yield(strings.TrimSpace(s[start:i])) {
					return
				}
				start = i + 1
			}
		}
		yield(strings.TrimSpace(s[start:]))
	}
}

// normaliseNTLM replaces an NTLM message by what it tells. The flags of a client or server say which implementation it
// is, and are a record of their own.
func (d *Deriver) normaliseNTLM(r *passive.Record, scheme, rest string, emit func(*passive.Record) error) error {
	word, _ := words(rest)
	msg, ok := decodeBase64(word)
	if !ok {
		d.warn(r, "dropped, %.60q is not base64", word)
		return nil
	}
	fields, err := ntlm.Decode(msg)
	if err != nil {
		d.warn(r, "dropped: %v", err)
		return nil
	}
	if len(fields) == 0 || fields[0].Key != ntlm.Fingerprint {
		r.Value = scheme
		if len(fields) > 0 {
			r.Value += " " + ntlmText(fields)
		}
		return emit(r)
	}
	flags := *r
	flags.Infos = nil
	flags.Recontype = "NTLM_CLIENT_FLAGS"
	if r.Recontype == "HTTP_SERVER_HEADER" {
		flags.Recontype = "NTLM_SERVER_FLAGS"
	}
	flags.Value = ntlmText(fields[:1])
	if err := emit(&flags); err != nil {
		return err
	}
	r.Value = ""
	if fields = fields[1:]; len(fields) > 0 {
		r.Value = scheme + " " + ntlmText(fields)
	}
	return emit(r)
}

// ntlmText writes fields as sensors do: key:base64,key:base64...
func ntlmText(fields []ntlm.Field) string {
	var b strings.Builder
	for i, f := range fields {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(f.Key)
		b.WriteByte(':')
		if plainPair(f.Key) {
			b.WriteString(f.Value)
		} else {
			b.WriteString(encodeBase64([]byte(f.Value)))
		}
	}
	return b.String()
}

// plainPair tells whether the value of a key is written without base64.
func plainPair(key string) bool { return key == ntlm.NTLMVersion || key == ntlm.Fingerprint }

// headerInfos derives what HTTP headers tell.
func (d *Deriver) headerInfos(r *passive.Record) *host.Object {
	server := r.Recontype == "HTTP_SERVER_HEADER"
	switch {
	case !authHeader(r):
		return nil
	}
	scheme, rest := words(r.Value)
	switch {
	case rest == "":
		return nil
	case strings.EqualFold(scheme, "ntlm"), strings.EqualFold(scheme, "negotiate"):
		return d.pairInfos(r, rest, true)
	case server:
		return nil
	case strings.EqualFold(scheme, "basic"):
		return basicInfos(rest)
	case strings.EqualFold(scheme, "digest"):
		return d.digestInfos(r, rest)
	}
	return nil
}

func basicInfos(rest string) *host.Object {
	b, ok := decodeBase64(rest)
	if !ok {
		return nil
	}
	user, password, ok := strings.Cut(string(b), ":")
	if !ok {
		return nil
	}
	return host.NewObject("username", escape([]byte(user)), "password", escape([]byte(password)))
}

func (d *Deriver) digestInfos(r *passive.Record, rest string) *host.Object {
	o := &host.Object{}
	for item := range quotedItems(rest) {
		key, value, ok := strings.Cut(item, "=")
		if !ok {
			continue
		}
		if n := len(value); n >= 2 && value[0] == '"' && value[n-1] == '"' {
			value = value[1 : n-1]
		}
		if o.Set(key, value); o.Len() > maxPairs {
			d.warn(r, "more than %d items", maxPairs)
			return nil
		}
	}
	return o
}

// maxPairs is how many different keys a value may have. Sensors know a dozen.
const maxPairs = 64

// pairInfos reads key:base64,key:base64... escaped says that the texts in base64 are escaped already, as those are that
// Normalise wrote.
func (d *Deriver) pairInfos(r *passive.Record, text string, escaped bool) *host.Object {
	if text == "" {
		return nil
	}
	o := &host.Object{}
	for item := range strings.SplitSeq(text, ",") {
		key, value, ok := strings.Cut(item, ":")
		switch {
		case !ok:
			d.warn(r, "%.60q has no colon, expected key:base64", item)
			return nil
		case key == "is_guest":
			o.Set(key, value == "true")
		case plainPair(key):
			o.Set(key, value)
		default:
			b, ok := decodeBase64(value)
			if !ok {
				d.warn(r, "the value of %.60q is not base64: %.60q", key, value)
				return nil
			}
			if escaped && isPrintable(b) {
				o.Set(key, string(b))
			} else {
				o.Set(key, escape(b))
			}
		}
		if o.Len() > maxPairs {
			d.warn(r, "more than %d different keys", maxPairs)
			return nil
		}
	}
	return o
}

func isPrintable(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

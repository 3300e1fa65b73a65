package passivederive

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"ivre/ingest/host"
	"ivre/ingest/ntlm"
	"ivre/ingest/passive"
)

// Agents that make up a new name for every request, or put an identifier of the machine into it.
var (
	symantec  = regexp.MustCompile(`^[A-Za-z0-9/+]{32,33}AAAAA$`)
	kaspersky = regexp.MustCompile(`^AAAAA[A-Za-z0-9_-]{1,2}AB$`)
	endpoint  = regexp.MustCompile(`^(SEP/[0-9.]+),? MID/\{[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}\},? SID/[0-9]+(?: SEQ/[0-9]+)?`)
)

// normalAgent is a user agent without what differs between the requests or machines of one program.
func normalAgent(s string) string {
	switch {
	case strings.HasSuffix(s, "AAAAA") && symantec.MatchString(s):
		return "SymantecRandomUserAgent"
	case strings.HasPrefix(s, "AAAAA") && kaspersky.MatchString(s):
		return "KasperskyWeirdUserAgent"
	case strings.HasPrefix(s, "SEP/"):
		if m := endpoint.FindStringSubmatchIndex(s); m != nil {
			return s[m[2]:m[3]] + s[m[1]:]
		}
	}
	return s
}

// isAuth tells whether a header is about authentication.
func isAuth(r *passive.Record) bool {
	if r.Recontype == "HTTP_SERVER_HEADER" {
		return r.Source == "WWW-AUTHENTICATE" || r.Source == "PROXY-AUTHENTICATE"
	}
	return r.Source == "AUTHORIZATION" || r.Source == "PROXY-AUTHORIZATION"
}

// header normalises the header of a request or an answer.
func (d *Deriver) header(r *passive.Record, emit func(*passive.Record) error) error {
	if r.Recontype == "HTTP_CLIENT_HEADER" && r.Source == "USER-AGENT" {
		r.Value = normalAgent(r.Value)
	}
	if !isAuth(r) {
		return emit(r)
	}
	scheme, rest, _ := strings.Cut(r.Value, " ")
	rest = strings.TrimSpace(rest)
	switch lower := strings.ToLower(scheme); {
	case lower == "digest":
		r.Value = scheme + " " + strings.Join(digestItems(rest), ",")
	case rest != "" && (lower == "ntlm" || lower == "negotiate" && isNTLM(rest)):
		return d.ntlmHeader(r, scheme, rest, emit)
	case lower == "negotiate" || lower == "kerberos" || lower == "oauth":
		r.Value = scheme
	}
	return emit(r)
}

// digestKeys are what stays of the parameters of a digest (RFC 7616): what does not change with each request.
var digestKeys = []string{"username=", "realm=", "algorithm=", "qop=", "domain="}

// digestItems are the parameters that stay.
func digestItems(s string) (out []string) {
	for len(s) > 0 {
		item := s
		quoted := false
		for i := 0; i < len(s); i++ {
			if s[i] == '"' {
				quoted = !quoted
			}
			if s[i] == ',' && !quoted {
				item = s[:i]
				break
			}
		}
		s = strings.TrimPrefix(s[len(item):], ",")
		item = strings.TrimSpace(item)
		for _, key := range digestKeys {
			if strings.HasPrefix(item, key) {
				out = append(out, item)
			}
		}
	}
	return out
}

// unbase64 decodes base64 (RFC 4648), leaving out characters that are none of its alphabet.
func unbase64(s string) ([]byte, error) {
	clean := make([]byte, 0, len(s))
	for i := range len(s) {
		if c := s[i]; c == '+' || c == '/' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' {
			clean = append(clean, c)
		}
	}
	if len(clean)%4 == 1 {
		return nil, errors.New("this is not base64")
	}
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(clean)))
	n, err := base64.RawStdEncoding.Decode(out, clean)
	return out[:n], err
}

func isNTLM(s string) bool {
	b, err := unbase64(firstWord(s))
	return err == nil && strings.HasPrefix(string(b), "NTLMSSP")
}

func firstWord(s string) string {
	w, _, _ := strings.Cut(s, " ")
	return w
}

// ntlmHeader puts what an NTLM message tells into the value; the flags become a record of their own.
func (d *Deriver) ntlmHeader(r *passive.Record, scheme, data string, emit func(*passive.Record) error) error {
	msg, err := unbase64(firstWord(data))
	if err != nil {
		return fmt.Errorf("%s %s: %w", r.Recontype, r.Source, err)
	}
	pairs, err := ntlm.Parse(msg)
	if err != nil {
		return fmt.Errorf("%s %s: %w", r.Recontype, r.Source, err)
	}
	items := make([]string, 0, len(pairs))
	for _, p := range pairs {
		if p.Key == ntlm.Fingerprint {
			flags := *r
			flags.Recontype = "NTLM_CLIENT_FLAGS"
			if r.Recontype == "HTTP_SERVER_HEADER" {
				flags.Recontype = "NTLM_SERVER_FLAGS"
			}
			flags.Value = p.Key + ":" + p.Value
			if err := emit(&flags); err != nil {
				return err
			}
			continue
		}
		value := p.Value
		if p.Key != ntlm.Version && p.Key != "Product_Version" {
			value = encode([]byte(value))
		}
		if p.Key != ntlm.Version {
			value = base64.StdEncoding.EncodeToString([]byte(value))
		}
		items = append(items, p.Key+":"+value)
	}
	r.Value = ""
	if len(items) > 0 {
		r.Value = scheme + " " + strings.Join(items, ",")
	}
	return emit(r)
}

// headerInfos is what headers about authentication and the software of servers tell.
func (d *Deriver) headerInfos(r *passive.Record) *host.Object {
	if r.Recontype == "HTTP_SERVER_HEADER" && r.Source == "SERVER" {
		answer := append([]byte("HTTP/1.1 200 OK\r\nServer: "), decode(r.Value)...)
		return d.service("GetRequest", append(answer, "\r\n\r\n"...))
	}
	if !isAuth(r) {
		return nil
	}
	scheme, rest, ok := strings.Cut(r.Value, " ")
	if !ok {
		return nil
	}
	switch strings.ToLower(scheme) {
	case "ntlm", "negotiate":
		return keyed(rest)
	case "basic":
		if r.Recontype == "HTTP_SERVER_HEADER" {
			return nil
		}
		b, err := unbase64(rest)
		user, password, ok := strings.Cut(string(b), ":")
		if err != nil || !ok {
			return nil
		}
		return host.NewObject("username", encode([]byte(user)), "password", encode([]byte(password)))
	case "digest":
		if r.Recontype == "HTTP_SERVER_HEADER" {
			return nil
		}
		o := &host.Object{}
		for _, item := range digestItems(rest) {
			key, value, _ := strings.Cut(item, "=")
			o.Set(key, strings.Trim(value, `"`))
		}
		return o
	}
	return nil
}

// keyed reads KEY:BASE64,KEY:BASE64...; nil if an item has no key.
func keyed(s string) *host.Object {
	o := &host.Object{}
	for item := range strings.SplitSeq(s, ",") {
		key, value, ok := strings.Cut(item, ":")
		if !ok {
			return nil
		}
		switch key {
		case ntlm.Version, ntlm.Fingerprint:
			o.Set(key, value)
			continue
		case "is_guest":
			o.Set(key, value == "true")
			continue
		}
		b, err := unbase64(value)
		if err != nil {
			return nil
		}
		if o.Len() < maxKeys {
			o.Set(key, plainOr(b))
		}
	}
	return o
}

// maxKeys bounds the members that are made of a value: finding one takes time that grows with their number.
const maxKeys = 64

// plainOr is a decoded value: texts that were escaped before they were encoded stay as they are.
func plainOr(b []byte) string {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return encode(b)
		}
	}
	return string(b)
}

// pairInfos reads what NTLM messages and SMB sessions tell.
func (d *Deriver) pairInfos(r *passive.Record) *host.Object { return keyed(r.Value) }

func (d *Deriver) flagInfos(r *passive.Record) *host.Object {
	if flags, ok := strings.CutPrefix(r.Value, ntlm.Fingerprint+":"); ok {
		return host.NewObject(ntlm.Fingerprint, flags)
	}
	return nil
}

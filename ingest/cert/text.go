package cert

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"ivre/ingest/host"
)

// Text describes a certificate for people, one line for each thing that is known, and the PEM text.
func Text(c *host.Object) string {
	var b strings.Builder
	line := func(label string, v host.Value) {
		switch v := v.(type) {
		case nil:
		case time.Time:
			fmt.Fprintf(&b, "%s%s\n", label, host.FormatTime(v))
		default:
			fmt.Fprintf(&b, "%s%v\n", label, v)
		}
	}
	get := func(o *host.Object, key string) host.Value {
		v, _ := o.Get(key)
		return v
	}
	line("Subject: ", get(c, "subject_text"))
	line("Issuer: ", get(c, "issuer_text"))
	key, _ := get(c, "pubkey").(*host.Object)
	line("Public Key type: ", get(key, "type"))
	line("Public Key bits: ", get(key, "bits"))
	line("Not valid before: ", get(c, "not_before"))
	line("Not valid after:  ", get(c, "not_after"))
	san, _ := get(c, "san").(host.List)
	for _, s := range san {
		line("Subject Alternative Name: ", s)
	}
	for _, h := range [][2]string{{"MD5:   ", "md5"}, {"SHA-1: ", "sha1"}, {"SHA-256:", "sha256"}} {
		if hash := c.Text(h[1]); hash != "" {
			b.WriteString(h[0] + grouped(hash) + "\n")
		}
	}
	b.WriteString(c.Text("pem"))
	return b.String()
}

// grouped puts a blank after each four digits.
func grouped(s string) string {
	var parts []string
	for len(s) > 4 {
		parts, s = append(parts, s[:4]), s[4:]
	}
	return strings.Join(append(parts, s), " ")
}

// AddHostnames adds the names that a certificate is for: the common name of its subject, then its alternative names.
func AddHostnames(h *host.Host, c *host.Object) {
	v, _ := c.Get("subject")
	if subject, ok := v.(*host.Object); ok {
		h.AddHostname(subject.Text("commonName"), "cert-subject-cn")
	}
	v, _ = c.Get("san")
	list, _ := v.(host.List)
	for _, item := range list {
		text, ok := item.(string)
		if !ok {
			continue
		}
		if kind, name, ok := alternativeName(text); ok {
			h.AddHostname(name, "cert-san-"+kind)
		}
	}
}

// alternativeName takes the name out of an alternative name.
func alternativeName(s string) (kind, name string, ok bool) {
	kind, value, _ := strings.Cut(s, ":")
	switch kind {
	case "DNS":
		return "dns", value, true
	case "URI":
		if strings.HasPrefix(value, "://") {
			value = "dummy" + value
		}
		u, err := url.Parse(value)
		if err != nil {
			return "", "", false
		}
		return "uri", u.Hostname(), true
	case "DirName":
		k, v, ok := strings.Cut(value, "=")
		return "dirname-cn", strings.TrimSpace(v), ok && strings.EqualFold(strings.TrimSpace(k), "cn")
	case "othername":
		sub, v, ok := strings.Cut(value, ":")
		if !ok {
			return "", "", false
		}
		if sub == "UPN" {
			name, ok = upnHost(v)
			return "othername-upn", name, ok
		}
		return "othername-" + strings.ToLower(sub), v, true
	}
	return "", "", false
}

// upnHost is the host in a user principal name like host/name.example@REALM.
func upnHost(v string) (string, bool) {
	if strings.HasPrefix(v, "S-1-") {
		return "", false
	}
	if _, after, ok := strings.Cut(v, "/"); ok {
		v, _, _ = strings.Cut(after, "@")
	}
	return v, true
}

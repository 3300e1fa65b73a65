package passive

import (
	"strings"

	"ivre/ingest/host"
)

// InfoTexts are the members of a record's information that tables have columns for. Empty ones are absent.
type InfoTexts struct {
	ServiceName, ServiceProduct, ServiceVersion, ServiceHostname string
	MD5, SHA1, SHA256                                            string
}

// Clone is a copy with texts of its own.
func (t InfoTexts) Clone() InfoTexts {
	for _, s := range [...]*string{&t.ServiceName, &t.ServiceProduct, &t.ServiceVersion, &t.ServiceHostname, &t.MD5, &t.SHA1, &t.SHA256} {
		*s = strings.Clone(*s)
	}
	return t
}

// AppendInfos appends information as JSON, nothing if there is none, and returns the members with columns.
func AppendInfos(dst []byte, infos *host.Object) ([]byte, InfoTexts) {
	if infos.Len() == 0 {
		return dst, InfoTexts{}
	}
	return host.AppendValue(dst, infos), InfoTexts{
		ServiceName: infos.Text("service_name"), ServiceProduct: infos.Text("service_product"),
		ServiceVersion: infos.Text("service_version"), ServiceHostname: infos.Text("service_hostname"),
		MD5: infos.Text("md5"), SHA1: infos.Text("sha1"), SHA256: infos.Text("sha256"),
	}
}

// StoredInfos tells whether the information of a kind of records is stored. That of DNS answers is not: it is the lists of
// their names with the parents of these ("domain" of Value, "domaintarget" of TargetVal), and would take more room than
// the records.
func StoredInfos(recontype string) bool { return recontype != "DNS_ANSWER" }

// AppendAllInfos appends the information of a record as JSON. stored is what is stored of it.
func AppendAllInfos(dst []byte, r *Record, stored string) []byte {
	if stored != "" || StoredInfos(r.Recontype) {
		return append(dst, stored...)
	}
	sep := "{"
	for _, f := range [...]struct{ key, name string }{{"domain", r.Value}, {"domaintarget", r.TargetVal}} {
		if IsName(f.name) {
			dst = append(dst, sep...)
			dst = append(host.AppendString(dst, f.key), ": ["...)
			dst = append(appendDomains(dst, f.name), ']')
			sep = ", "
		}
	}
	if sep != "{" {
		dst = append(dst, '}')
	}
	return dst
}

// Bounds of the names whose parents are listed. A name has 253 characters at most (RFC 1035), more if they are escaped.
const (
	MaxName   = 1024 // bytes
	MaxLabels = 128
)

// IsName tells whether a text can be a name, by its length.
func IsName(s string) bool {
	return s != "" && len(s) <= MaxName && strings.Count(s, ".") < MaxLabels
}

func appendDomains(dst []byte, name string) []byte {
	for {
		dst = host.AppendString(dst, name)
		_, rest, ok := strings.Cut(name, ".")
		if !ok {
			return dst
		}
		dst = append(dst, ", "...)
		name = rest
	}
}

package zeekflow

import (
	"path/filepath"
	"strings"

	"ivre/ingest/zeeklog"
)

// pathOfName returns the path of the log that a file is named after, "" if the name does not tell.
func pathOfName(name string) string {
	if name == "" {
		return ""
	}
	name, _, _ = strings.Cut(filepath.Base(name), ".")
	if kinds[name] != nil {
		return name
	}
	i := strings.IndexAny(name, "-_")
	if i < 0 || i+1 == len(name) || kinds[name[:i]] == nil {
		return ""
	}
	if next := name[i+1]; '0' <= next && next <= '9' {
		return name[:i]
	}
	if name[i] == '_' {
		return name // conn_long, dns_red, ...
	}
	return ""
}

// Columns that tell the logs apart. Zeek leaves unset columns out of JSON, so that only those that are
// always set, or at least one of several, can be relied on.
const (
	hasConnState = iota
	hasTransDepth
	hasRequestPath
	hasResponsePath
	hasCallID
	hasRequestLen
	hasTransID
	hasQType
	hasRejected
	hasResumed
	hasEstablished
	hasAuthAttempts
	hasKexAlg
	hasCertCount
	hasSecurityProtocol
	hasCookie
	hasGetBulk
	hasFunc
	hasUnit
	hasPDU
	hasException
	hasMessage
	hasMACSrc
	hasPktSrc
)

var telling = zeeklog.NewSchema(
	zeeklog.Column{Name: "conn_state"},
	zeeklog.Column{Name: "trans_depth"},
	zeeklog.Column{Name: "request_path"},
	zeeklog.Column{Name: "response_path"},
	zeeklog.Column{Name: "call_id"},
	zeeklog.Column{Name: "request_body_len"},
	zeeklog.Column{Name: "trans_id"},
	zeeklog.Column{Name: "qtype"},
	zeeklog.Column{Name: "rejected"},
	zeeklog.Column{Name: "resumed"},
	zeeklog.Column{Name: "established"},
	zeeklog.Column{Name: "auth_attempts"},
	zeeklog.Column{Name: "kex_alg"},
	zeeklog.Column{Name: "cert_count"},
	zeeklog.Column{Name: "security_protocol"},
	zeeklog.Column{Name: "cookie"},
	zeeklog.Column{Name: "get_bulk_requests"},
	zeeklog.Column{Name: "func"},
	zeeklog.Column{Name: "unit"},
	zeeklog.Column{Name: "pdu_type"},
	zeeklog.Column{Name: "exception"},
	zeeklog.Column{Name: "request_response"}, // modbus_detailed of the ICSNPP plugins
	zeeklog.Column{Name: "mac_src"},
	zeeklog.Column{Name: "pkt_src"},
)

// pathOfColumns returns the path of the flow log that has these columns, "" if there is none.
func pathOfColumns(w zeeklog.Row) string {
	switch {
	case w.Has(hasConnState):
		return "conn"
	case w.Has(hasTransDepth) && (w.Has(hasRequestPath) || w.Has(hasResponsePath) || w.Has(hasCallID)):
		return "sip"
	case w.Has(hasTransDepth) && w.Has(hasRequestLen):
		return "http"
	case w.Has(hasTransID) && (w.Has(hasQType) || w.Has(hasRejected)):
		return "dns"
	case w.Has(hasResumed) && w.Has(hasEstablished):
		return "ssl"
	case w.Has(hasAuthAttempts) || w.Has(hasKexAlg):
		return "ssh"
	case w.Has(hasCertCount) && (w.Has(hasSecurityProtocol) || w.Has(hasCookie)):
		return "rdp"
	case w.Has(hasGetBulk):
		return "snmp"
	case w.Has(hasFunc) && (w.Has(hasUnit) || w.Has(hasPDU) || w.Has(hasException)) && !w.Has(hasMessage):
		return "modbus"
	case w.Has(hasMACSrc) && w.Has(hasPktSrc):
		return "arp"
	}
	return ""
}

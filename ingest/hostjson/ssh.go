package hostjson

import (
	"ivre/ingest/host"
	nse "ivre/ingest/nmapscript"
)

// addHASSH adds the fingerprint of an SSH server to the structure and to the output of ssh2-enum-algos. It is
// made from the algorithms that the server offers for its own direction.
// See https://github.com/salesforce/hassh.
func addHASSH(s *host.Object) {
	algorithms := object(s, "ssh2-enum-algos")
	if algorithms == nil {
		return
	}
	var lists [4][]string
	for i, kind := range [...]string{"kex_algorithms", "encryption_algorithms", "mac_algorithms", "compression_algorithms"} {
		v, ok := algorithms.Get(kind)
		if !ok {
			v, _ = algorithms.Get(kind + "_server_to_client")
		}
		lists[i] = texts(v)
	}
	if len(lists[0])+len(lists[1])+len(lists[2])+len(lists[3]) == 0 {
		return
	}
	hassh, text := nse.HASSH(lists[0], lists[1], lists[2], lists[3])
	algorithms.Set("hassh", hassh)
	s.Set("output", s.Text("output")+text)
}

// texts returns the texts in a list, or the one that v is.
func texts(v host.Value) (out []string) {
	list, ok := v.(host.List)
	if !ok {
		list = host.List{v}
	}
	for _, item := range list {
		if s, ok := item.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

package viewmerge

import (
	"strings"

	"ivre/ingest/cert"
	"ivre/ingest/host"
)

func (o *observation) tlsServer() {
	client, ja3 := strings.CutPrefix(o.Source, "ja3-")
	switch {
	case ja3:
		o.ja3Server(client)
	case o.Source == "cert" || o.Source == "cacert":
		p, ok := o.open("tcp", "")
		if !ok {
			return
		}
		p.Service.Tunnel = "ssl"
		if s, ok := o.certificate(); ok {
			p.Scripts = []host.Script{s}
		}
	}
}

// certificate describes a certificate, in base64. Names are only taken from a server's or client's own one.
func (o *observation) certificate() (s host.Script, ok bool) {
	if o.Infos.Len() == 0 {
		return s, false
	}
	c := with(o.Infos, "pem", pemText(o.Value))
	if o.Source == "cert" {
		cert.AddHostnames(o.h, c)
	}
	return script("ssl-"+o.Source, cert.Text(c), host.List{c}), true
}

func pemText(base64 string) string {
	var b strings.Builder
	b.WriteString("-----BEGIN CERTIFICATE-----\n")
	for len(base64) > 0 {
		n := min(64, len(base64))
		b.WriteString(base64[:n])
		b.WriteByte('\n')
		base64 = base64[n:]
	}
	b.WriteString("-----END CERTIFICATE-----\n")
	return b.String()
}

func (o *observation) ja3Server(clientMD5 string) {
	p, ok := o.open("tcp", "")
	if !ok {
		return
	}
	client := host.NewObject("md5", clientMD5)
	if v, _ := o.Infos.Get("client"); v != nil {
		known, _ := v.(*host.Object)
		addHashes(client, known)
	}
	ja3 := host.NewObject("md5", o.Value, "client", client)
	addHashes(ja3, o.Infos)
	p.Scripts = []host.Script{script("ssl-ja3-server", o.Value+" - "+clientMD5, host.List{ja3})}
}

// addHashes adds what a fingerprint was made from, and other hashes of it, if they are known.
func addHashes(to, from *host.Object) {
	for _, key := range [...]string{"raw", "sha256", "sha1"} {
		if v, ok := from.Get(key); ok {
			to.Set(key, v)
		}
	}
}

func (o *observation) tlsClient() {
	switch o.Source {
	case "cert", "cacert":
		if s, ok := o.certificate(); ok {
			o.client(s)
		}
	case "ja3":
		ja3 := host.NewObject("md5", o.Value)
		addHashes(ja3, o.Infos)
		o.fingerprint(script("ssl-ja3-client", o.Value, host.List{ja3}), ja3Scanners)
	case "ja4":
		data := host.NewObject("ja4", o.Value)
		if o.Infos.Len() > 0 {
			data = with(o.Infos, "ja4", o.Value)
		}
		o.fingerprint(script("ssl-ja4-client", o.Value, host.List{data}), ja4Scanners)
	}
}

// fingerprint adds the fingerprint of a client, and the scanner that has it.
func (o *observation) fingerprint(s host.Script, known map[string]knownScanner) {
	scanner, ok := known[o.Value]
	if !ok {
		o.client(s)
		return
	}
	named := host.NewObject("name", scanner.name)
	if scanner.probe != "" {
		named.Set("probes", host.List{host.NewObject("proto", "tls", "name", scanner.probe)})
	}
	data := host.NewObject("scanners", host.List{named}, "probes", host.List{host.NewObject("proto", "tls", "value", o.Value)})
	o.client(s, script("scanner", "Scanner:\n - "+scanner.name+" ["+o.Value+"/tls]", data))
}

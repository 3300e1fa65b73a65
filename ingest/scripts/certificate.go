package scripts

import (
	"math/big"
	"strings"

	"ivre/ingest/host"
)

// certificate makes the result of ssl-cert and ssl-cacert a list of one certificate. With the certificate itself, it is
// read anew, and says more than Nmap does.
func (pl *Pipeline) certificate(h *host.Host, s *host.Script) {
	o, ok := s.Data.(*host.Object)
	if !ok {
		return
	}
	cert := o
	if pem := o.Text("pem"); pem != "" && pl.Cert != nil {
		if c := pl.Cert(pem); c != nil {
			cert = c
			if pl.CertText != nil {
				s.Output, s.HasOutput = pl.CertText(c), true
			}
		}
	}
	if cert == o {
		cleanKey(o)
	}
	s.Data = host.List{cert}
	if s.ID == "ssl-cert" && pl.CertNames != nil {
		pl.CertNames(h, cert)
	}
}

// cleanKey removes the parts of a key that older versions of Nmap could not write, and writes the modulus in decimal.
func cleanKey(cert *host.Object) {
	v, _ := cert.Get("pubkey")
	key, ok := v.(*host.Object)
	if !ok {
		return
	}
	for _, name := range []string{"modulus", "exponent"} {
		if strings.HasPrefix(key.Text(name), "BIGNUM: ") {
			key.Delete(name)
		}
	}
	if m := key.Text("modulus"); m != "" && len(m) <= 8192 {
		if n, ok := new(big.Int).SetString(m, 16); ok {
			key.Set("modulus", n.String())
		}
	}
}

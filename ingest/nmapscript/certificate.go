package nmapscript

import (
	"math/big"
	"strings"

	"ivre/ingest/host"
)

// maxModulus is the length of an RSA modulus, in hexadecimal digits, that is written in decimal: 32768 bits.
const maxModulus = 8192

// changeCertificate makes a list of one certificate. With the certificate itself, it is read anew, which says more than
// Nmap does; the output then is that of CertText.
func changeCertificate(j *job, v host.Value) host.Value {
	o, ok := v.(*host.Object)
	if !ok {
		return v
	}
	if pem := o.Text("pem"); pem != "" && j.pl.Cert != nil {
		if cert := j.pl.Cert(pem); cert != nil {
			if j.pl.CertText != nil {
				j.s.Output, j.s.HasOutput = j.pl.CertText(cert), true
			}
			return host.List{cert}
		}
		j.warn("the certificate can't be read: what Nmap says about it is kept")
	}
	v, _ = o.Get("pubkey")
	if key, ok := v.(*host.Object); ok {
		cleanKey(key)
	}
	return host.List{o}
}

// cleanKey drops the numbers of a key that Nmap could not write, and writes the modulus in decimal, as all others.
func cleanKey(key *host.Object) {
	for _, name := range [...]string{"modulus", "exponent"} {
		if strings.HasPrefix(key.Text(name), "BIGNUM: ") {
			key.Delete(name)
		}
	}
	modulus := key.Text("modulus")
	if len(modulus) > maxModulus || !isHex(modulus) {
		return
	}
	if n, ok := new(big.Int).SetString(modulus, 16); ok {
		key.Set("modulus", n.String())
	}
}

// finishCertificate adds the names in a server's own certificate.
func finishCertificate(j *job) bool {
	if j.s.ID != "ssl-cert" || j.pl.CertHostnames == nil {
		return true
	}
	list, _ := j.s.Data.(host.List)
	for _, item := range list {
		if cert, ok := item.(*host.Object); ok {
			j.pl.CertHostnames(j.h, cert)
		}
	}
	return true
}

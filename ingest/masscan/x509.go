package masscan

import (
	"bytes"
	"encoding/base64"
	"fmt"

	"ivre/ingest/host"
)

// certificate reads a certificate: DER in base64. If that fails, the script keeps the banner as its output.
func (r *reading) certificate() error {
	if r.Cert == nil {
		return nil
	}
	text := bytes.TrimRight(bytes.TrimSpace(r.raw), "=")
	der, err := base64.RawStdEncoding.AppendDecode(nil, text)
	if err != nil {
		return fmt.Errorf("a certificate is not readable and stays as it was reported: %w", err)
	}
	cert := r.Cert(der)
	if cert == nil {
		return fmt.Errorf("a certificate of %d bytes is not readable and stays as it was reported", len(der))
	}
	r.s.Data = host.List{cert}
	if r.CertText != nil {
		r.s.Output = r.CertText(cert)
	}
	if r.s.ID == "ssl-cert" && r.CertHostnames != nil {
		r.CertHostnames(r.h, cert)
	}
	return nil
}

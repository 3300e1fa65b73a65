package passivegen

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/big"
	"math/rand/v2"
	"time"
)

// certificates makes certificates as base64 of their DER form. Their keys are numbers that nobody has a private key for:
// making those would take minutes, and not give the same twice. The authority's signature is real, and no secret.
func certificates(n int, seed uint64) ([]string, error) {
	secret := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("authority"), seed))
	authority := ed25519.NewKeyFromSeed(secret[:])
	r := rand.New(rand.NewPCG(seed, 0x6365727473))
	from := time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC)
	var out []string
	for i := range n {
		key, err := publicKey(i, r)
		if err != nil {
			return nil, err
		}
		issuer := &x509.Certificate{Subject: pkix.Name{
			CommonName: fmt.Sprintf("Example CA %d", i%7), Organization: []string{"Example Trust"}, Country: []string{"FR"},
		}}
		name := fmt.Sprintf("www.d%d.example", i)
		c := &x509.Certificate{
			SerialNumber: new(big.Int).SetBytes(bytesOf(r, 16)),
			Subject:      pkix.Name{CommonName: name, Organization: []string{fmt.Sprintf("Organisation %d", i)}},
			NotBefore:    from.AddDate(0, 0, -r.IntN(300)), NotAfter: from.AddDate(0, 0, 90),
			KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
			DNSNames: []string{name}, OCSPServer: []string{"http://ocsp.example/"}, BasicConstraintsValid: true,
		}
		for j := range r.IntN(10) {
			c.DNSNames = append(c.DNSNames, fmt.Sprintf("s%d.d%d.example", j, i))
		}
		// ed25519 signs without chance
		der, err := x509.CreateCertificate(nil, c, issuer, key, authority)
		if err != nil {
			return nil, fmt.Errorf("making a certificate: %w", err)
		}
		out = append(out, base64.StdEncoding.EncodeToString(der))
	}
	return out, nil
}

// publicKey is of RSA (2048 bits) or of P-256.
func publicKey(i int, r *rand.Rand) (any, error) {
	if i%2 == 0 {
		n := new(big.Int).SetBytes(bytesOf(r, 256))
		n.SetBit(n.SetBit(n, 2047, 1), 0, 1)
		return &rsa.PublicKey{N: n, E: 65537}, nil
	}
	scalar := bytesOf(r, 32)
	scalar[0] &= 0x7f // below the order of the curve
	k, err := ecdh.P256().NewPrivateKey(scalar)
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), k.PublicKey().Bytes())
}

func bytesOf(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	b[0] |= 1
	return b
}

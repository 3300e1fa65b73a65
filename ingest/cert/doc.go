// Package cert describes X.509 certificates (RFC 5280) as records hold them. Certificates that scans find are often
// malformed: each part is read by itself, and one that cannot be read costs only that part.
package cert

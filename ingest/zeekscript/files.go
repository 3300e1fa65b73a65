package zeekscript

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Name is the name of the package, of its folder and of its log.
const Name = "passiverecon"

// EnumPrefix is what values of the column recon_type begin with.
const EnumPrefix = "PassiveRecon::"

// Column is a column of the log, with its type as Zeek writes it.
type Column struct{ Name, Type string }

// Columns returns the columns of the log, in their order.
func Columns() []Column {
	return []Column{
		{"ts", "time"}, {"uid", "string"}, {"host", "addr"}, {"srvport", "port"}, {"recon_type", "enum"},
		{"source", "string"}, {"value", "string"}, {"targetval", "string"},
	}
}

// Recontypes returns the kinds of observations that the scripts write, without EnumPrefix. UNKNOWN is the default of
// the column.
func Recontypes() []string {
	return []string{
		"UNKNOWN",
		"HTTP_CLIENT_HEADER", "HTTP_CLIENT_HEADER_SERVER", "HTTP_SERVER_HEADER", "HTTP_HONEYPOT_REQUEST",
		"SSH_CLIENT", "SSH_SERVER", "SSH_CLIENT_ALGOS", "SSH_SERVER_ALGOS", "SSH_SERVER_HOSTKEY",
		"SSH_CLIENT_HASSH", "SSH_SERVER_HASSH", "SSL_CLIENT", "SSL_SERVER",
		"DNS_ANSWER", "DNS_HONEYPOT_QUERY", "FTP_CLIENT", "FTP_SERVER", "POP_CLIENT", "POP_SERVER",
		"TCP_CLIENT_BANNER", "TCP_SERVER_BANNER", "TCP_HONEYPOT_HIT", "UDP_HONEYPOT_HIT", "STUN_HONEYPOT_REQUEST",
		"OPEN_PORT", "MAC_ADDRESS",
		"NTLM_NEGOTIATE", "NTLM_CHALLENGE", "NTLM_AUTHENTICATE", "NTLM_CLIENT_FLAGS", "NTLM_SERVER_FLAGS", "SMB",
	}
}

//go:embed all:passiverecon
var files embed.FS

// Files returns the files of the package: zkg.meta, README.md and the folder scripts.
func Files() fs.FS {
	sub, err := fs.Sub(files, Name)
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return sub
}

// Write writes the package into the folder Name of dir, which it makes, and returns the path of that folder. A folder
// that is already there is not touched and an error that is fs.ErrExist.
func Write(dir string) (string, error) {
	target := filepath.Join(dir, Name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("writing the Zeek package: %w", err)
	}
	if err := os.Mkdir(target, 0o755); err != nil {
		return "", fmt.Errorf("writing the Zeek package (remove an older one first): %w", err)
	}
	if err := os.CopyFS(target, Files()); err != nil {
		return "", fmt.Errorf("writing the Zeek package: %w", err)
	}
	return target, nil
}

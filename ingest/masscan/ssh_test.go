package masscan

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"

	"ivre/ingest/host"
)

func sshText(list ...string) []byte {
	var b []byte
	for _, s := range list {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	return b
}

func packet(payload []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(1+len(payload)+4))
	b = append(b, 4)
	return append(append(b, payload...), make([]byte, 4)...)
}

func kexInitPacket(lists ...string) []byte {
	payload := append([]byte{sshKexInit}, make([]byte, 16)...)
	payload = append(payload, sshText(lists...)...)
	return packet(append(payload, 0, 0, 0, 0, 0))
}

// The algorithms are those of vector 11.
func TestSSH(t *testing.T) {
	key := sshText("ssh-rsa", "\x01\x00\x01", "\x00\x80"+strings.Repeat("\x01", 255))
	raw := []byte("SSH-2.0-OpenSSH_9.3\r\n")
	raw = append(raw, kexInitPacket("curve25519-sha256,x", "ssh-rsa", "aes256-ctr", "aes128-ctr", "hmac-sha1", "hmac-sha1", "none", "none", "", "")...)
	raw = append(raw, packet(append([]byte{sshKexReply}, sshText(string(key), "f", "sig")...))...)
	raw = append(raw, packet([]byte{sshNewKeys})...)
	raw = append(raw, kexInitPacket("late")...)
	r := apply(t, &Banners{DB: patterns(t)}, "tcp", 22, "ssh", Encode(raw))
	r.wantIDs(t, "banner", "ssh2-enum-algos", "ssh-hostkey")
	r.wantOutput(t, "banner", "SSH-2.0-OpenSSH_9.3")
	if s := r.p.Service; s.Name != "ssh" || s.Product != "OpenSSH" || s.Version != "9.3" {
		t.Errorf("service is %+v", s)
	}
	hassh := `"version": "1.1", "raw": "curve25519-sha256,x;aes128-ctr;hmac-sha1;none", "md5": "7ab55a5b369a2ea00c8f40dc5c1b77d1",
		"sha1": "33559299bf9ce41c4a0b8f42a49976afeee7111b", "sha256": "dff73e35fcad63920fcaa2e3ea90b542700d6e8a8f5fe042c3fcf55a73d70cec"`
	sameJSON(t, "algorithms", r.p.Script("ssh2-enum-algos").Data, `{"kex_algorithms": ["curve25519-sha256", "x"], "server_host_key_algorithms": ["ssh-rsa"],
		"encryption_algorithms_client_to_server": ["aes256-ctr"], "encryption_algorithms_server_to_client": ["aes128-ctr"],
		"mac_algorithms": ["hmac-sha1"], "compression_algorithms": ["none"], "hassh": {`+hassh+`}}`)
	out := r.p.Script("ssh2-enum-algos").Output
	const start = "\n  kex_algorithms (2)\n      curve25519-sha256\n      x\n  server_host_key_algorithms (1)\n      ssh-rsa\n" +
		"  encryption_algorithms_client_to_server (1)\n      aes256-ctr\n  encryption_algorithms_server_to_client (1)\n      aes128-ctr\n" +
		"  mac_algorithms (1)\n      hmac-sha1\n  compression_algorithms (1)\n      none\n  HASSH\n    version: 1.1\n    raw: "
	if !strings.HasPrefix(out, start) {
		t.Errorf("output is %q", out)
	}
	sum := md5.Sum(key)
	text := base64.StdEncoding.EncodeToString(key)
	sameJSON(t, "key", r.p.Script("ssh-hostkey").Data, `[{"type": "ssh-rsa", "bits": 2048, "key": "`+text+`", "fingerprint": "`+hex.EncodeToString(sum[:])+`"}]`)
	out = r.p.Script("ssh-hostkey").Output
	if !strings.HasPrefix(out, "\n  2048 ") || !strings.HasSuffix(out, " (RSA)\nssh-rsa "+text) || strings.Count(out, ":") != 15 {
		t.Errorf("output is %q", out)
	}
}

func TestSSHKeys(t *testing.T) {
	for _, tt := range []struct {
		key  []byte
		want string
	}{
		{sshText("ssh-ed25519", strings.Repeat("k", 32)), "256 (ED25519)"},
		{sshText("ecdsa-sha2-nistp256", "nistp256", "point"), "256 (ECDSA)"},
		{sshText("ecdsa-sha2-nistp521", "nistp521", "point"), "521 (ECDSA)"},
		{sshText("ssh-dss", "\x00\xff"+strings.Repeat("p", 127), "q"), "1024 (DSS)"},
		{sshText("unheard-of", "x"), "- (UNHEARD-OF)"},
		{sshText("ssh-rsa"), "- (RSA)"},
	} {
		raw := append([]byte("SSH-2.0-x\n"), packet(append([]byte{sshKexReply}, sshText(string(tt.key))...))...)
		r := apply(t, &Banners{}, "tcp", 22, "ssh", Encode(raw))
		s := r.p.Script("ssh-hostkey")
		if s == nil {
			t.Errorf("%s: no key", tt.want)
			continue
		}
		line, _, _ := strings.Cut(s.Output[1:], "\n")
		f := strings.Fields(line)
		if f[0]+" "+f[2] != tt.want {
			t.Errorf("got %q, want %s", line, tt.want)
		}
		if _, ok := s.Data.(host.List)[0].(*host.Object).Get("bits"); ok == (f[0] == "-") {
			t.Errorf("%s: bits known: %t", tt.want, ok)
		}
	}
}

// What is cut leaves the banner.
func TestSSHCut(t *testing.T) {
	kex := kexInitPacket("a", "b", "c", "c", "d", "d", "e", "e", "", "")
	for n := range kex {
		r := apply(t, &Banners{}, "tcp", 22, "ssh", Encode(append([]byte("SSH-2.0-x\n"), kex[:n]...)))
		r.wantIDs(t, "banner")
	}
	r := apply(t, &Banners{}, "tcp", 22, "ssh", "SSH-2.0-x")
	r.wantIDs(t, "banner")
	r.wantOutput(t, "banner", "SSH-2.0-x")
}

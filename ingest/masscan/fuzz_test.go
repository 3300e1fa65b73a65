package masscan

import (
	"bytes"
	"testing"

	"ivre/ingest/host"
)

// fuzzApply checks that nothing that a banner holds makes trouble.
func fuzzApply(t *testing.T, b *Banners, proto string, port int, name, banner string) {
	t.Helper()
	var h host.Host
	p := host.Port{Protocol: proto, Port: port}
	_ = b.Apply(&h, &p, name, banner) // errors are fine
	if name != "" && len(p.Scripts) == 0 {
		t.Errorf("%s: the banner is lost", name)
	}
	kept := false
	for _, s := range p.Scripts {
		if s.ID == "" || !s.HasOutput {
			t.Errorf("%s: a script without id or output: %+v", name, s)
		}
		kept = kept || s.Masscan != nil
	}
	if name != "" && !kept {
		t.Errorf("%s: the banner as it was reported is lost", name)
	}
}

func FuzzApply(f *testing.F) {
	for name := range kinds {
		f.Add(name, "x", uint16(80))
	}
	f.Add("http", `HTTP/1.1 200 OK\x0d\x0aServer: nginx/1.22.1\x0d\x0aETag: \x226b0719ad-4c\x22\x0d\x0a\x0d`, uint16(80))
	f.Add("html", `\x3ctitle\x3eIndex of /pub\x3c/title\x3e\x0a\x3ca href=\x22a.txt\x22\x3ea.txt\x3c/a\x3e 2024-01-02 10:11  12K`, uint16(80))
	f.Add("smb", smbBanner, uint16(445))
	f.Add("vnc", `RFB 003.008 SECURITY=[VNC none] NAME=[My Desk top] SIZE=1x1 ERROR=a b`, uint16(5900))
	f.Add("s7comm", Encode(s7Session(s7Status(0x1c, 34, 1, "Plant"))), uint16(102))
	f.Add("unknown", Encode(dicomCalled), uint16(104))
	f.Add("X509", "ZGVyIQ==", uint16(443))
	b := &Banners{DB: patterns(f), Cert: func([]byte) *host.Object { return &host.Object{} }}
	f.Fuzz(func(t *testing.T, name, banner string, port uint16) {
		fuzzApply(t, b, "tcp", int(port), name, banner)
	})
}

func FuzzIKE(f *testing.F) {
	f.Add(isakmp(payloadSA, ikeSA(0, []byte{0x80, 1, 0, 7, 0, 12, 0, 4, 0, 0, 0x70, 0x80})))
	f.Add(isakmp(payloadNotification, payloadOf(payloadVendor, []byte{0, 0, 0, 1, 1, 0, 0, 14})))
	b := &Banners{Probes: []string{"ike"}}
	f.Fuzz(func(t *testing.T, raw []byte) {
		fuzzApply(t, b, "udp", 500, "unknown", Encode(raw))
	})
}

func FuzzSSH(f *testing.F) {
	f.Add(kexInitPacket("a,b", "b", "c", "c", "d", "d", "e", "e", "", ""))
	f.Add(packet(append([]byte{sshKexReply}, sshText(string(sshText("ssh-rsa", "\x01\x00\x01", "\x80\x01")))...)))
	f.Fuzz(func(t *testing.T, packets []byte) {
		fuzzApply(t, &Banners{}, "tcp", 22, "ssh", Encode(append([]byte("SSH-2.0-x\r\n"), packets...)))
	})
}

func FuzzDICOM(f *testing.F) {
	f.Add(dicomCalled)
	f.Add(append([]byte{2, 0, 0, 0, 0, 76}, append(dicomFixed, 0x50, 0, 0, 4, 0x51, 0, 0, 0)...))
	f.Fuzz(func(t *testing.T, raw []byte) {
		fuzzApply(t, &Banners{}, "tcp", 104, "unknown", Encode(raw))
	})
}

func FuzzUnescape(f *testing.F) {
	f.Add([]byte("a\\\x00\xff<&>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if raw, _ := Unescape(Encode(b)); !bytes.Equal(raw, b) {
			t.Errorf("%q becomes %q", b, raw)
		}
	})
}

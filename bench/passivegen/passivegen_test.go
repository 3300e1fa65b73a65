package passivegen_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"math"
	"net/netip"
	"strings"
	"testing"

	"ivre/bench/passivegen"
	"ivre/ingest/cert"
	"ivre/ingest/passive"
	"ivre/ingest/passivederive"
	"ivre/ingest/passiverecon"
)

// A log is read without a bad line, has the mix that it says, and is the same again.
func TestWrite(t *testing.T) {
	o := passivegen.Options{Observations: 40_000, Seed: 1}
	var log, again bytes.Buffer
	if err := passivegen.Write(&log, o); err != nil {
		t.Fatal(err)
	}
	if err := passivegen.Write(&again, o); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(log.Bytes(), again.Bytes()) {
		t.Error("two logs of the same options differ")
	}
	kinds, records := map[string]int{}, map[passive.ID]bool{}
	certs, servers := map[string]bool{}, map[netip.Addr]bool{}
	below, named := 0, 0
	var buf []byte
	var d passivederive.Deriver
	stats, err := passiverecon.Read(context.Background(), &log, passiverecon.Options{Bad: func(line uint64, err error) { t.Errorf("line %d: %v", line, err) }}, func(r *passive.Record) error {
		kinds[r.Recontype]++
		if r.Recontype == "SSL_SERVER" {
			certs[strings.Clone(r.Value)] = true
		}
		if r.Recontype == "DNS_ANSWER" && strings.HasSuffix(r.Value, "."+passivegen.BusyDomain) {
			below++
		}
		if r.Value == passivegen.BusyName {
			named++
		}
		if r.Addr.IsValid() && r.Addr.As16()[12] == 11 {
			servers[r.Addr] = true
		}
		return d.Normalise(r, func(r *passive.Record) error {
			var id passive.ID
			id, buf = r.Identity(buf)
			records[id] = true
			return nil
		})
	})
	if err != nil || stats.Records != uint64(o.Observations) || stats.Bad != 0 {
		t.Fatal(stats, err)
	}
	for kind, share := range map[string]float64{"DNS_ANSWER": 60, "HTTP_CLIENT_HEADER": 12, "TCP_SERVER_BANNER": 5, "SSL_SERVER": 5, "MAC_ADDRESS": 3, "OPEN_PORT": 4, "SSH_SERVER_HOSTKEY": 3} {
		if got := 100 * float64(kinds[kind]) / float64(o.Observations); math.Abs(got-share) > 1 {
			t.Errorf("%s: %.1f %% of the observations, want %.0f", kind, got, share)
		}
	}
	if n := len(records); n < o.Observations/4 || n > o.Observations*9/10 {
		t.Errorf("%d records of %d observations: things have to come again, but not all of them", n, o.Observations)
	}
	if below < o.Observations/50 || named < o.Observations/500 {
		t.Errorf("%d answers below %s and %d of %s: they are not busy", below, passivegen.BusyDomain, named, passivegen.BusyName)
	}
	if n := len(servers); n < o.Observations/20*9/10 {
		t.Errorf("%d servers, want most of %d", n, o.Observations/20)
	}
	if len(certs) < 300 {
		t.Errorf("%d certificates, want about 400", len(certs))
	}
	for c := range certs {
		der, err := base64.StdEncoding.DecodeString(c)
		if err != nil {
			t.Fatal(err)
		}
		info := cert.Parse(der)
		if info.Text("subject_text") == "" || info.Text("sha256") == "" {
			t.Fatalf("a certificate that cannot be read: %s", c)
		}
	}
}

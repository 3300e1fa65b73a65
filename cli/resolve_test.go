package cli

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The addresses of a name are looked up, and those of the last time stay if that fails.
func TestGetWebDataNames(t *testing.T) {
	dir := t.TempDir()
	var messages bytes.Buffer
	w := webLists{downloader: downloader{env: &env{stderr: &messages}, dir: dir, quiet: true}, urls: map[string]string{
		"tor_exit_nodes.txt": "", "cdn_nuclei.json": "", "ssigouvfr_scanners.txt": "", "censys_scanners.txt": "", "rapid7_scanners.txt": "", "govcloud_aws.json": "", "govcloud_azure.json": "",
	}}
	addrs, failure := []netip.Addr{netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("192.0.2.10"), netip.MustParseAddr("192.0.2.9")}, error(nil)
	w.resolve = func(_ context.Context, network, name string) ([]netip.Addr, error) {
		if network != "ip" || name != "scanner.scanning.service.ncsc.gov.uk" {
			t.Errorf("looks up %s of %s", network, name)
		}
		return addrs, failure
	}
	fetch := func(want string) {
		t.Helper()
		messages.Reset()
		if err := w.all(context.Background()); err != nil {
			t.Error(err)
		}
		text, err := os.ReadFile(filepath.Join(dir, "ukncsc_scanners.txt"))
		if err != nil || string(text) != "192.0.2.9\n192.0.2.10\n2001:db8::1\n" {
			t.Errorf("%q, error %v", text, err)
		}
		if got := messages.String(); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("messages %q, want %q", got, want)
		}
	}
	fetch("")
	failure = errors.New("no such host")
	fetch("ukncsc_scanners.txt: cannot use dns:scanner.scanning.service.ncsc.gov.uk: no such host; the old one stays")
	addrs, failure = nil, nil
	fetch("there are no addresses in it; the old one stays")

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := w.all(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}
